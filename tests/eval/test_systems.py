"""Services, baselines and runs have one interface; their errors are counted failures or clear messages."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from eval.ask import ask_all
from eval.data import load
from eval.errors import EvaluationError
from eval.systems import Bm25, Service, TrecRun, write_articles
from eval.types import Document, Expected, Question, SystemAnswer, SystemFailed
from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.eval.fakes import data_set, evaluate, question, quoting, write_beir
from tests.eval.web import Reply, Website, json_reply, serving
from tests.fakes import SHARED, HashEmbedder, identifier, index_paths, no_progress, write_files

_ABOUT = {"status": "ready", "version": "1", "model": "fake@0", "articles": 3, "generation": 1}
_PASSAGE: dict[str, Any] = {
    "id": "a:0",
    "article_id": "a",
    "title": "t",
    "url": None,
    "text": "The pool",
    "start_char_index": 0,
    "end_char_index": 8,
    "score": 0.5,
    "also_in": [],
}
_CITATION = {"article_id": "a", "url": None, "start_char_index": 4, "end_char_index": 8, "cited_text": "pool"}
_ANSWER: dict[str, Any] = {
    "passages": [_PASSAGE],
    "citations": [_CITATION],
    "answer": "pool",
    "status": "answered",
    "confidence": None,
}
_QUESTION = question("q", text="why?")


@contextmanager
def _newsqa(answer: Callable[[], Reply | None], **others: Callable[[], Reply | None]) -> Iterator[Service]:
    """Connect to a server that answers every question alike."""
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": answer} | others)
    with serving(site) as (address, _), Service(address) as service:
        yield service


# --- a service as it should be


def test_an_answer_is_read_whole() -> None:
    named = _PASSAGE | {"article_id": "b", "url": "https://corpus.invalid/doc 1#2", "also_in": ["c"]}
    body = _ANSWER | {"passages": [_PASSAGE, named], "status": "abstained", "confidence": 0.25}
    with _newsqa(lambda: json_reply(body)) as service:
        assert (service.about.version, service.about.model) == ("1", "fake@0")
        found = service.ask(_QUESTION, 7)
    first, second = found.passages
    assert (first.id, first.article, first.start, first.end, first.score) == ("a:0", "a", 0, 8, 0.5)
    assert (first.title, first.text, first.also_in) == ("t", "The pool", ())
    assert (second.article, second.also_in) == ("doc 1#2", ("c",))
    (cited,) = found.citations
    assert (cited.article, cited.start, cited.end, cited.text) == ("a", 4, 8, "pool")
    assert (found.text, found.abstained, found.confidence) == ("pool", True, 0.25)


def test_a_question_is_sent_as_it_is_with_k() -> None:
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": lambda: json_reply(_ANSWER)})
    with serving(site) as (address, _), Service(address + "/") as service:
        service.ask(question("q", text="L’été 🏊 北京 ؟"), 7)
    assert json.loads(site.asked[-1]) == {"question": "L’été 🏊 北京 ؟", "top_k": 7}


# --- a service that goes wrong


@pytest.mark.parametrize(
    ("status", "body", "fragment"),
    [
        (500, b'{"detail": "an unexpected error"}', "500: an unexpected error"),
        (503, b'{"detail": "the archive has gone"}', "503: the archive has gone"),
        (429, b'{"detail": "64 questions are waiting"}', "429: 64 questions are waiting"),
        (422, b'{"detail": "the question is empty"}', "422: the question is empty"),
        (500, b"<html>Internal Server Error</html>", "500"),
        (502, b"", "502"),
        (429, b"[]", "429"),
        (301, b"", "301"),
        (204, b"", "204"),
        (200, b"", "200"),
        (200, b"<html>welcome</html>", "200"),
        (200, b"{", "200"),
        (200, b"\xff\xfe\x00", "200"),
        (200, b"[" * 100_000, "200"),
        (200, b"null", "200"),
        (200, b"[]", "200"),
        (200, b"{}", "200"),
    ],
)
def test_what_is_no_answer_is_a_failure(status: int, body: bytes, fragment: str) -> None:
    with _newsqa(lambda: (status, body)) as service, pytest.raises(SystemFailed) as failed:
        service.ask(_QUESTION, 3)
    assert fragment in str(failed.value)
    assert "\n" not in str(failed.value)


_WRONG: list[tuple[str, object]] = [
    ("passages", None),
    ("passages", "none"),
    ("passages", {}),
    ("passages", ["a"]),
    ("passages", [{}]),
    ("citations", None),
    ("citations", [{"article_id": "a"}]),
    ("answer", 5),
    ("confidence", "high"),
    ("confidence", [0.5]),
    ("status", None),
    ("passages", [_PASSAGE | {"url": 5}]),
    ("passages", [_PASSAGE | {"also_in": None}]),
    ("passages", [_PASSAGE | {"also_in": "abc"}]),
    ("passages", [_PASSAGE | {"id": None}]),
    ("passages", [_PASSAGE | {"article_id": []}]),
    ("passages", [_PASSAGE | {"title": None}]),
    ("passages", [_PASSAGE | {"text": None}]),
    ("passages", [_PASSAGE | {"score": "high"}]),
    ("passages", [_PASSAGE | {"score": None}]),
    ("passages", [_PASSAGE | {"score": float("nan")}]),
    ("passages", [_PASSAGE | {"start_char_index": "0"}]),
    ("passages", [_PASSAGE | {"end_char_index": 1.5}]),
    ("citations", [_CITATION | {"cited_text": None}]),
    ("citations", [_CITATION | {"start_char_index": None}]),
    *((name, ...) for name in _ANSWER),
]


def _test_id(value: object) -> str:
    """Return the difference between a value and a valid one, as the id of a test."""
    (first, *_) = value if isinstance(value, list) and value else [value]
    if not isinstance(first, dict):
        return json.dumps(first, default=lambda _: "missing")
    return json.dumps({key: given for key, given in first.items() if (_PASSAGE | _CITATION).get(key, ...) != given})


@pytest.mark.parametrize(("name", "value"), _WRONG, ids=[f"{name}-{_test_id(value)}" for name, value in _WRONG])
def test_an_answer_of_the_wrong_shape_is_counted_as_a_failure(name: str, value: object) -> None:
    body = {key: given for key, given in (_ANSWER | {name: value}).items() if given is not ...}
    bodies = iter([_ANSWER, body, _ANSWER])
    with _newsqa(lambda: json_reply(next(bodies))) as service:
        data = data_set(*(question(f"q{number}", quoting("pool", "eight months")) for number in range(3)))
        result = evaluate(data, service.ask)
    assert [one.failure is not None for one in result.questions] == [False, True, False]


def test_a_connection_that_closes_half_way_is_a_failure() -> None:
    with _newsqa(lambda: None) as service, pytest.raises(SystemFailed, match="RemoteProtocolError"):
        service.ask(_QUESTION, 3)


def test_a_service_that_stops_half_way_fails_the_questions_that_are_left() -> None:
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": lambda: json_reply(_ANSWER)})
    with serving(site) as (address, stop), Service(address) as service:

        def ask(asked: Question, k: int) -> SystemAnswer:
            if asked.id == "q5":
                stop()
            return service.ask(asked, k)

        replies, _ = ask_all([question(f"q{number}") for number in range(60)], ask, 3, 1, no_progress)
    assert [reply.failure is None for reply in replies] == [True] * 5 + [False] * 55
    assert "ConnectError" in (replies[5].failure or "")
    assert (replies[-1].failure or "").startswith("not asked")


def test_a_service_that_stops_before_its_citations_are_checked_loses_nothing() -> None:
    listed = json_reply({"total": 1, "articles": [{"id": "a", "url": None}]})
    site = Website({"GET /readyz": lambda: json_reply(_ABOUT), "POST /ask": lambda: json_reply(_ANSWER)})
    site.replies["GET /articles"] = lambda: listed
    with serving(site) as (address, stop), Service(address) as service:

        def ask(asked: Question, k: int) -> SystemAnswer:
            if asked.id == "q5":
                stop()
            return service.ask(asked, k)

        data = data_set(*(question(f"q{number}", Expected("a")) for number in range(8)))
        result = evaluate(data, ask, lookup=service.document)
    assert result.failures == 3
    assert result.figures["articles Success@1"].value == 5 / 8


def test_answers_now_and_then_are_kept() -> None:
    turn = iter(range(100))
    with _newsqa(lambda: json_reply(_ANSWER) if next(turn) % 2 else (500, b"")) as service:
        replies, _ = ask_all([question(f"q{number}") for number in range(10)], service.ask, 3, 1, no_progress)
    assert [reply.failure is None for reply in replies] == [False, True] * 5


# --- a wrong address


def _unused() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "newsqa",
        "localhost:8000",
        "ftp://localhost",
        "http://",
        "http://[::1",
        "http://localhost:port",
        "http://localhost:99999",
        "http://a b/",
        "http://.invalid",
        f"http://{'a' * 300}/",
        "http://été..example/",
        "http://xn--a.invalid/",
        "http://\ud800/",
        "http://local\nhost/",
    ],
)
def test_a_url_that_means_nothing_is_refused_by_name(url: str) -> None:
    with pytest.raises(EvaluationError, match="--url") as refused:
        Service(url)
    assert str(refused.value).isprintable() or not url.isprintable()


def test_an_address_where_nothing_listens_is_refused() -> None:
    url = _unused()
    with pytest.raises(EvaluationError, match=rf"^{url}: no newsqa service responds"):
        Service(url)


@pytest.mark.parametrize(
    "reply",
    [
        (404, b"not found"),
        (200, b"<html></html>"),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"status": "ready"}'),
        (503, b'{"detail": "the archive cannot be read"}'),
        (200, b"[" * 100_000),
        None,
    ],
)
def test_a_server_that_is_no_newsqa_is_refused(reply: Reply | None) -> None:
    with (
        serving(Website({"GET /readyz": lambda: reply})) as (address, _),
        pytest.raises(EvaluationError, match=address),
    ):
        Service(address)


def test_a_newsqa_that_is_not_ready_says_why() -> None:
    reply = json_reply({"detail": "the archive cannot be read"}, 503)
    with (
        serving(Website({"GET /readyz": lambda: reply})) as (address, _),
        pytest.raises(EvaluationError, match="the archive cannot be read"),
    ):
        Service(address)


# --- articles of a service


def test_an_article_that_is_not_there_is_none() -> None:
    listed = json_reply({"total": 0, "articles": []})
    with _newsqa(lambda: None, **{"GET /articles": lambda: listed}) as service:
        assert service.document("nowhere") is None
        assert list(service.documents()) == []


def test_an_article_is_looked_up_by_its_whole_name() -> None:
    listed = json_reply({"total": 0, "articles": []})
    others = {"GET /articles": lambda: listed, "GET /articles/a": lambda: json_reply({"title": "t", "text": "x"})}
    with _newsqa(lambda: None, **others) as service:
        assert service.document("a") == Document("a", "t", "x")
        for name in ("a#b", "a?b", "../readyz", "./a", "a/../a", "x\ny", "a\x00"):
            assert service.document(name) is None, name


@pytest.mark.parametrize("reply", [(500, b"{}"), (200, b"{"), (200, b"{}"), (200, b"[]"), None])
def test_articles_that_cannot_be_listed_or_read_are_a_failure(reply: Reply | None) -> None:
    with _newsqa(lambda: None, **{"GET /articles": lambda: reply}) as service:
        with pytest.raises(SystemFailed):
            service.document("a")
        with pytest.raises(SystemFailed):
            list(service.documents())
    listed = json_reply({"total": 1, "articles": [{"id": "a", "url": None}]})
    with (
        _newsqa(lambda: None, **{"GET /articles": lambda: listed, "GET /articles/a": lambda: reply}) as service,
        pytest.raises(SystemFailed, match="a"),
    ):
        service.document("a")


def test_articles_that_come_and_go_while_they_are_listed_end_the_listing() -> None:
    page = json_reply({"total": 2, "articles": [{"id": "a", "url": None}]})  # whatever the offset
    pages = iter([page] * 20)
    others = {
        "GET /articles": lambda: next(pages, (500, b"")),
        "GET /articles/a": lambda: json_reply({"title": "t", "text": "x"}),
    }
    with _newsqa(lambda: None, **others) as service:
        assert [document.id for document in service.documents()] == ["a"]


# --- newsqa itself


_DOCUMENTS = [
    Document("doc:1#2", "La piscine", "La piscine municipale ferme en juin. Les travaux durent huit mois."),
    Document("été/2?x=y&z", "", "L’été 🏊 commence mal pour les nageurs de la ville."),
    Document("泳池 %20", "泳池", "市政游泳池六月关闭。\u2028工程持续八个月。\u0085完。"),
    Document("marked", "Marked", "\ufeffThe works last eight months, says the town."),
]


@contextmanager
def _served(data: Path) -> Iterator[Service]:
    with (
        LocalArchive(data) as archive,
        serve_in_thread(Asker(archive, HashEmbedder(), identifier()), Settings()) as address,
        Service(address) as service,
    ):
        yield service


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an archive of documents."""
    folder = tmp_path_factory.mktemp("corpus")
    write_articles(_DOCUMENTS, folder / "corpus.jsonl")
    summary = index_paths(folder / "corpus.jsonl", data=folder / "data")
    assert summary.added == len(_DOCUMENTS)
    return folder / "data"


def test_newsqa_names_documents_as_their_data_set_does(corpus: Path) -> None:
    with _served(corpus) as service:
        for document in _DOCUMENTS:
            first = service.ask(question("q", text=" ".join(document.text.lstrip("\ufeff").split())), 10).passages[0]
            assert first.article == document.id
            found = service.document(document.id)
            assert found is not None
            assert first.text == found.text[first.start : first.end]
        assert {document.id for document in service.documents()} == {document.id for document in _DOCUMENTS}


def test_documents_keep_their_texts(corpus: Path) -> None:
    with _served(corpus) as service:
        texts = {document.id: document.text for document in service.documents()}
    for document in _DOCUMENTS:
        assert texts[document.id].split() == document.text.lstrip("\ufeff").split()


def test_citations_of_newsqa_are_exact(corpus: Path) -> None:
    data = data_set(question("q", text="quand ferme la piscine municipale ?"))
    with _served(corpus) as service:
        result = evaluate(data, service.ask, lookup=service.document)
    assert result.failures == 0
    assert result.questions[0].citations
    assert result.figures["citation exactness"].value == 1.0


def test_newsqa_answers_several_questions_at_a_time(corpus: Path) -> None:
    questions = [question(f"q{number}", text=f"{number} quand ferme la piscine ?") for number in range(40)]
    with _served(corpus) as service:
        replies, _ = ask_all(questions, service.ask, 3, 16, no_progress)
        assert [reply.failure for reply in replies] == [None] * 40
        with ThreadPoolExecutor(8) as pool:
            assert None not in list(pool.map(service.document, [document.id for document in _DOCUMENTS] * 10))


def test_a_question_that_newsqa_refuses_is_a_failure(corpus: Path) -> None:
    with _served(corpus) as service:
        for text in ("", "   ", "a" * 5000):
            with pytest.raises(SystemFailed, match=r"^422: "):
                service.ask(question("q", text=text), 3)


def test_articles_of_any_archive_are_listed_over_several_pages(tmp_path: Path) -> None:
    write_articles((Document(f"d{number}", "", f"number {number}") for number in range(1201)), tmp_path / "c.jsonl")
    index_paths(tmp_path / "c.jsonl", data=tmp_path / "data")
    with _served(tmp_path / "data") as service:
        assert service.document("d1200") is not None
        assert service.document("d1201") is None


def test_articles_with_urls_of_their_own_have_the_ids_of_the_archive(tmp_path: Path) -> None:
    files = {"pool.md": "---\ntitle: The pool\nurl: https://example.org/pool\n---\nThe pool closes in June.\n"}
    index_paths(write_files(tmp_path / "articles", files), data=tmp_path / "data")
    with _served(tmp_path / "data") as service:
        (document,) = service.documents()
        found = service.ask(question("q", text="when does the pool close?"), 5)
    assert len(document.id) == 16
    assert (document.title, document.text.strip()) == ("The pool", "The pool closes in June.")
    assert [passage.article for passage in found.passages] == [document.id]
    assert {cited.article for cited in found.citations} == {document.id}


def test_copies_are_named_as_the_data_set_names_them(tmp_path: Path) -> None:
    text = "The city pool closes in June for eight months."
    write_articles([Document("one", "The pool", text), Document("two", "The pool", text)], tmp_path / "c.jsonl")
    index_paths(tmp_path / "c.jsonl", data=tmp_path / "data")
    with _served(tmp_path / "data") as service:
        found = service.ask(question("q", text="when does the pool close?"), 5)
    named = [{passage.article, *passage.also_in} for passage in found.passages]
    assert set().union(*named) == {"one", "two"}


# --- BM25


def _ask(documents: list[Document], text: str, k: int = 10) -> list[str]:
    return [passage.article for passage in Bm25(documents).ask(question("q", text=text), k).passages]


_TEXTS = [
    Document("fr", "", "L’été a été chaud à Besançon, dit Žižek."),
    Document("zh", "", "北京今天下雨了，市政游泳池六月关闭。"),
    Document("th", "", "ทีมรับของแพนเธอร์สถอดใจที่คะแนน"),
    Document("ar", "", "المسبح البلدي يغلق في يونيو"),
    Document("en", "", "The pool closes in June."),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ETE chaud", "fr"),
        ("besancon", "fr"),
        ("zizek", "fr"),
        ("游泳池何时关闭？", "zh"),
        ("下雨", "zh"),
        ("คะแนน", "th"),
        ("ทีมรับ", "th"),
        ("متى يغلق المسبح؟", "ar"),
        ("POOL", "en"),
        ("Ｊｕｎｅ", "en"),
    ],
)
def test_words_are_found_whatever_their_script_case_and_accents(text: str, found: str) -> None:
    assert _ask(_TEXTS, text) == [found]


@pytest.mark.parametrize("text", ["zebra", "🏊", "?", "", "雪"])
def test_a_question_without_known_words_finds_nothing(text: str) -> None:
    assert Bm25(_TEXTS).ask(question("q", text=text), 10) == SystemAnswer(())


def test_k_above_the_corpus_gives_what_there_is() -> None:
    documents = [Document(f"d{number}", "", f"pool number {number}") for number in range(5)]
    assert len(_ask(documents, "pool", 1000)) == 5
    assert len(_ask(documents, "pool", 2)) == 2
    assert len(_ask(documents[:1], "pool", 1)) == 1


def test_the_best_comes_first() -> None:
    documents = [
        Document("long", "", "pool " + "other words and more of them " * 20),
        Document("short", "", "pool closes"),
        Document("both", "", "the pool closes in June"),
    ]
    assert _ask(documents, "when pool closes June") == ["both", "short", "long"]
    scores = [one.score for one in Bm25(documents).ask(question("q", text="pool June"), 9).passages]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_titles_are_searched_too() -> None:
    assert _ask([Document("a", "The pool", "It closes."), Document("b", "", "Other.")], "pool") == ["a"]


def test_passages_are_the_paragraphs_of_their_articles() -> None:
    text = "\n\nOne 🏊 pool.\nSecond line.\n\n\n  Another pool.  \n"
    found = Bm25([Document("a", "t", text), Document("b", "", "x")]).ask(question("q", text="pool"), 10).passages
    assert {passage.text.strip() for passage in found} == {"One 🏊 pool.\nSecond line.", "Another pool."}
    assert all(text[passage.start : passage.end] == passage.text for passage in found)
    assert len({passage.id for passage in found}) == 2


@pytest.mark.parametrize("documents", [[], [Document("a", "", "")], [Document("a", "", "…"), Document("b", "", "🏊")]])
def test_a_corpus_of_nothing_has_no_answers(documents: list[Document]) -> None:
    assert Bm25(documents).ask(question("q", text="pool"), 10) == SystemAnswer(())


def test_several_questions_may_be_asked_at_a_time() -> None:
    documents = [Document(f"d{number}", "", f"pool w{number} w{number % 7}") for number in range(200)]
    system = Bm25(documents)
    questions = [question(f"q{number}", text=f"pool w{number}") for number in range(200)]
    one, _ = ask_all(questions, system.ask, 10, 1, no_progress)
    many, _ = ask_all(questions, system.ask, 10, 8, no_progress)
    assert [reply.answer for reply in one] == [reply.answer for reply in many]


@pytest.mark.parametrize(
    ("name", "split", "limit", "low", "high"),
    [
        ("xquad_mixed", "monolingual_only", None, 0.93, 0.97),
        ("xquad_mixed", "crosslingual_only", 500, 0.05, 0.10),
        ("piaf_dev", None, 500, 0.85, 1.0),
    ],
)
def test_bm25_is_as_good_as_it_is_known_to_be(
    name: str, split: str | None, limit: int | None, low: float, high: float
) -> None:
    folder = SHARED / "eval" / name
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist: BM25 is not measured on it")
    data = load(folder, split=split, limit=limit, seed=1)
    assert data.documents is not None
    result = evaluate(data, Bm25(data.documents).ask)
    assert result.failures == 0
    assert low <= result.figures["articles nDCG@10"].value <= high


# --- TREC runs


def _run(tmp_path: Path, text: str) -> TrecRun:
    (tmp_path / "run").write_text(text, encoding="utf-8")
    folder = tmp_path / "small"
    return TrecRun(tmp_path / "run", load(folder if folder.exists() else write_beir(folder)))


def test_a_run_gives_its_rankings(tmp_path: Path) -> None:
    system = _run(tmp_path, "q1 Q0 d2 1 1.5 t\nq1 Q0 d1 2 2.5 t\n")
    found = system.ask(question("q1"), 10)
    assert [(passage.article, passage.score) for passage in found.passages] == [("d1", 2.5), ("d2", 1.5)]
    assert found.text is None
    assert len(system.ask(question("q1"), 1).passages) == 1


def test_a_question_that_a_run_leaves_out_found_nothing(tmp_path: Path) -> None:
    data = load(write_beir(tmp_path / "small"))
    result = evaluate(data, _run(tmp_path, "q1 Q0 d1 1 1 t\n").ask)
    assert result.failures == 0
    assert result.figures["articles nDCG@10"].value == 0.5


def test_questions_that_are_not_asked_this_time_are_known(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "small", qrels={"one": "q1 0 d1 1\n", "two": "q2 0 d2 1\n"})
    (tmp_path / "run").write_text("q1 Q0 d1 1 1 t\nq2 Q0 d1 1 1 t\n", encoding="utf-8")
    TrecRun(tmp_path / "run", load(folder, split="one"))


@pytest.mark.parametrize(
    ("line", "fragment"), [("q9 Q0 d1 1 1 t", "question q9"), ("q1 Q0 d9 1 1 t", "document d9"), ("q1 Q0", "2 columns")]
)
def test_ids_that_a_data_set_does_not_have_are_named_with_file_and_line(
    tmp_path: Path, line: str, fragment: str
) -> None:
    with pytest.raises(EvaluationError, match=fragment) as refused:
        _run(tmp_path, f"q1 Q0 d1 1 1 t\n{line}\n")
    assert str(refused.value).startswith(f"{tmp_path / 'run'}:2: ")
