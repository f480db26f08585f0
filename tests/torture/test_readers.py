"""Any file is read or reported as invalid, within a time limit."""

import json
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval import trec
from eval.data import load
from index.errors import FieldError, NewsqaError
from index.local.snapshot import restore, snapshot
from index.process import ArticleProcessor
from index.read.article import RawArticle, without_file
from index.read.files import read
from qa.service.keys import Keys
from tests.fakes import HashEmbedder, build_archive, identifier, write_files
from tests.torture.rounds import rounds

_MAX_SECONDS = 2.0  # of processor time
_MARKS = [
    *(
        "---\n",
        "---",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "    ",
        "\0",
        "\ufeff",
        "\u2028",
        "\u202e",
        "\u200b",
        "\u0301",
        "\x1b[31m",
    ),
    *("title: Le pont\n", "date: 2026-02-30\n", "date: 2026-01-02T25:00", "language: fr_FR\n", "author: [a, {b: c}]\n"),
    *(
        "&a ",
        "*a",
        "!!python/object:os.system ",
        "? ",
        ": ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "|\n",
        ">\n",
        "%YAML 9\n",
        "'",
        '"',
    ),
    *(
        "# ",
        "## Titre\n",
        "> ",
        "* ",
        "1. ",
        "`",
        "```\n",
        "~~~",
        "**",
        "__",
        "~~",
        "![",
        "](",
        ")",
        "<",
        ">",
        "\\",
        "|",
    ),
    *(
        "<p>",
        "</p>",
        "<div",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<![CDATA[",
        "<a href='",
        "<br/>",
        "<table><tr><td>",
    ),
    *("&amp;", "&#0;", "&#x110000;", "&#xD800;", "&nonsense;", "&", "https://example.org/", "date 2026-01-02 "),
    *(
        '{"text": "Il neige."}\n',
        '"text": ',
        '"_id": "q1"',
        "null",
        "true",
        "1e999",
        "9" * 50,
        "\\ud800",
        "NaN",
        "\t0\t1\n",
    ),
    *(
        "Le pont rouvre lundi. ",
        "M. Dupont, 3.14 % à 9 h. 30… ",
        "港口重新开放。",
        "الجسر يفتح.",
        "👩‍👩‍👧",
        "é",
        "ﷺ",
        "١٢",
    ),
]
_PIECES = st.sampled_from(_MARKS) | st.text(max_size=8)
_MIXED = st.lists(_PIECES, max_size=40).map("".join)
_LONG = st.builds(lambda unit, times, end: unit * times + end, _MIXED, st.integers(1, 2000), _MIXED).map(
    lambda text: text[:30_000]
)
_CONTENT = st.one_of(_MIXED, _LONG).map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=200)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _MIXED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_MIXED, inner, max_size=3),
    max_leaves=6,
)


def _try_many(content: st.SearchStrategy[object], work: Callable[[object], object], *, small: int = 40) -> None:
    """Do some work with many contents, each within the time limit."""

    @settings(
        max_examples=rounds(small, 2000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(content)
    def check(content: object) -> None:
        began = time.process_time()
        work(content)
        spent = time.process_time() - began
        assert spent < _MAX_SECONDS, f"{spent:.1f} s for {str(content)[:200]}"

    check()


def _objects(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    """Return JSON Lines: objects with these fields, with values of other types, or lines that are not JSON."""
    objects = st.fixed_dictionaries({}, optional={name: values | _JSON for name, values in fields.items()})
    lines = st.lists(objects.map(lambda value: json.dumps(value).encode()) | _CONTENT, max_size=4)
    return lines.map(b"\n".join)


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("suffix", [".md", ".txt", ".jsonl"])
def test_any_file_becomes_articles_or_problems_within_the_time_limit(tmp_path: Path, suffix: str) -> None:
    processor = ArticleProcessor(HashEmbedder(), identifier())
    file = tmp_path / f"article{suffix}"
    lines = _objects(text=_MIXED, title=_MIXED, date=_MIXED, language=_MIXED, url=_MIXED, author=st.lists(_MIXED))
    matter = st.builds(lambda matter, body: b"---\n" + matter + b"\n---\n" + body, _CONTENT, _CONTENT)

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        file.write_bytes(content)
        for item in read(file, file.name):
            if isinstance(item, RawArticle):
                article = processor.article(item.id, item)
                passages = processor.process(article, processor.fingerprint(article)).entry.passages
                assert "".join(article.text[passage.start : passage.end] for passage in passages).split()
            else:
                assert item.message.startswith(str(file))

    _try_many(st.one_of(_CONTENT, lines if suffix == ".jsonl" else matter), work)


@pytest.mark.parametrize("piece", ["![", "**__![", "[a](", "~~a ", "<b>", "> - ", "a*b ", "&amp;", "a\n\n"])
@pytest.mark.parametrize("count", [99, 999])
def test_repeated_costly_markup_is_read_within_the_time_limit(tmp_path: Path, piece: str, count: int) -> None:
    block = piece * count + "\n\n"
    file = write_files(tmp_path, {"article.md": block * (30_000 // len(block) + 1)}) / "article.md"
    began = time.process_time()
    assert len(list(read(file, file.name))) == 1
    assert time.process_time() - began < _MAX_SECONDS


@pytest.mark.timeout(36_000)
def test_any_fields_become_an_article_or_the_field_is_named() -> None:
    processor = ArticleProcessor(HashEmbedder(), identifier())
    names = ("title", "date", "language", "source", "author", "url")
    refused: set[str] = set()
    fields = st.fixed_dictionaries({"text": _MIXED | _LONG}, optional=dict.fromkeys(names, _MIXED))

    def work(content: object) -> None:
        assert isinstance(content, dict)
        try:
            raw = without_file(content)
        except FieldError as error:
            refused.add(error.field)
            return
        article = processor.article(raw.id, raw)
        processor.process(article, processor.fingerprint(article))

    _try_many(fields, work)
    assert refused <= {"text", *names}


def _refused(work: Callable[[], object]) -> bool:
    """Return whether some work raises our error, with a message of one line."""
    message = ""
    try:
        work()
    except NewsqaError as error:
        message = str(error)
    assert "\n" not in message
    return message != ""


def _altered(valid: bytes) -> st.SearchStrategy[bytes]:
    """Return contents that differ from a valid file in one place, or random contents."""
    positions = st.integers(0, len(valid))
    changed = st.builds(
        lambda start, removed, inserted: valid[:start] + inserted + valid[start + removed :],
        positions,
        st.integers(0, 5000),
        _CONTENT,
    )
    return changed.filter(lambda content: content != valid) | _CONTENT


@pytest.mark.timeout(36_000)
def test_any_file_is_a_snapshot_or_refused(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"pont.md": "# Le pont\n\nLe pont rouvre lundi."})
    file = tmp_path / "news.sqlite"
    snapshot(data, file)

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        file.write_bytes(content)
        with pytest.raises(NewsqaError, match=r"news\.sqlite"):
            restore(file, tmp_path / "back")
        assert not (tmp_path / "back").exists()

    _try_many(_altered(file.read_bytes()), work)


@pytest.mark.timeout(36_000)
def test_any_file_of_keys_is_read_or_refused_and_grants_no_access(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, secret = keys.create("lecteur", "read")
    valid = keys.file.read_bytes()

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        keys.file.write_bytes(content)
        reopened = Keys(tmp_path)
        if _refused(reopened.all):
            return
        assert reopened.find("nqa_x_y") is None
        key = reopened.find(secret)
        assert key is None or key.sha256 in valid.decode()

    _try_many(_altered(valid), work)


@pytest.mark.timeout(36_000)
def test_any_file_of_cases_is_read_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "cases.jsonl"
    expected = st.lists(
        st.fixed_dictionaries({}, optional={"article": _MIXED, "quote": _MIXED, "grade": st.integers()})
    )
    lines = _objects(
        id=_MIXED, language=_MIXED, kind=_MIXED, question=_MIXED, expected=expected, answers=st.lists(_MIXED)
    )

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        file.write_bytes(content)
        _refused(partial(load, file))

    _try_many(lines, work)


_TABLE = st.lists(
    st.lists(st.sampled_from(["q1", "d1", "0", "1", "Q0", "1e999", "nan", "x", ""]) | _MIXED, max_size=7), max_size=5
)
_ROWS = st.builds(
    lambda rows, by: "\n".join(by.join(row) for row in rows).encode("utf-8", "replace"), _TABLE, st.sampled_from("\t ")
)


@pytest.mark.timeout(36_000)
def test_any_beir_folder_is_read_or_refused(tmp_path: Path) -> None:
    folder = tmp_path / "beir"
    corpus = _objects(_id=st.sampled_from(["d1", "d2"]), text=_MIXED, title=_MIXED)
    queries = _objects(_id=st.sampled_from(["q1", "q2"]), text=_MIXED, metadata=_JSON)
    answers = _objects(_id=st.sampled_from(["q1", "q2"]), answers=st.lists(_MIXED), answerable=st.booleans())
    head = st.sampled_from([b"query-id\tcorpus-id\tscore\nq1\td1\t1\n", b""])
    qrels = st.builds(lambda head, rest: head + rest, head, _ROWS | _CONTENT)

    def work(content: object) -> None:
        assert isinstance(content, tuple)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "qrels").mkdir(parents=True)
        for name, each in zip(
            ("corpus.jsonl", "queries.jsonl", "answers.jsonl", "qrels/test.tsv"), content, strict=True
        ):
            (folder / name).write_bytes(each)
        _refused(partial(load, folder))

    _try_many(st.tuples(corpus, queries, answers, qrels), work)


@pytest.mark.timeout(36_000)
def test_any_trec_file_is_read_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "run"

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        file.write_bytes(content)
        _refused(partial(trec.read_run, file))
        _refused(partial(trec.read_qrels, file))

    _try_many(_ROWS | _CONTENT, work)
