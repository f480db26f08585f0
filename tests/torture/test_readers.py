"""Whatever a file holds, it is read, or it is said what is wrong with it, in little time."""

import json
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eval import data as cases
from eval import trec
from index.errors import FieldError, NewsqaError
from index.local.snapshot import restore, snapshot
from index.process import ArticleProcessor
from index.read.article import RawArticle, without_file
from index.read.files import read
from qa.service.keys import Keys
from tests.fakes import HashEmbedder, build_archive, identifier, write_files
from tests.torture.rounds import rounds

_MOST = 2.0  # seconds of this process
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


def _tried(content: st.SearchStrategy[object], work: Callable[[object], object], *, small: int = 40) -> None:
    """Do some work with many contents, each in little time."""

    @settings(
        max_examples=rounds(small, 2000),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(content)
    def one(content: object) -> None:
        began = time.process_time()
        work(content)
        spent = time.process_time() - began
        assert spent < _MOST, f"{spent:.1f} s for {str(content)[:200]}"

    one()


def _objects(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    """Return lines of JSON objects with these fields, or with others in their places, or something else."""
    one = st.fixed_dictionaries({}, optional={name: values | _JSON for name, values in fields.items()})
    lines = st.lists(one.map(lambda value: json.dumps(value).encode()) | _CONTENT, max_size=4)
    return lines.map(b"\n".join)


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("suffix", [".md", ".txt", ".jsonl"])
def test_any_file_becomes_articles_or_problems_in_little_time(tmp_path: Path, suffix: str) -> None:
    processor = ArticleProcessor(HashEmbedder(), identifier())
    file = tmp_path / f"article{suffix}"
    lines = _objects(text=_MIXED, title=_MIXED, date=_MIXED, language=_MIXED, url=_MIXED, author=st.lists(_MIXED))
    matter = st.builds(lambda matter, body: b"---\n" + matter + b"\n---\n" + body, _CONTENT, _CONTENT)

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        file.write_bytes(content)
        for found in read(file, file.name):
            if isinstance(found, RawArticle):
                article = processor.article(found.id, found)
                passages = processor.process(article, processor.fingerprint(article)).entry.passages
                assert "".join(article.text[one.start : one.end] for one in passages).split()
            else:
                assert found.message.startswith(str(file))

    _tried(st.one_of(_CONTENT, lines if suffix == ".jsonl" else matter), work)


@pytest.mark.parametrize("piece", ["![", "**__![", "[a](", "~~a ", "<b>", "> - ", "a*b ", "&amp;", "a\n\n"])
@pytest.mark.parametrize("most", [99, 999])
def test_what_is_costly_to_read_again_and_again_takes_little_time(tmp_path: Path, piece: str, most: int) -> None:
    block = piece * most + "\n\n"
    file = write_files(tmp_path, {"article.md": block * (30_000 // len(block) + 1)}) / "article.md"
    began = time.process_time()
    assert len(list(read(file, file.name))) == 1
    assert time.process_time() - began < _MOST


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

    _tried(fields, work)
    assert refused <= {"text", *names}


def _refused(work: Callable[[], object]) -> bool:
    """Tell whether some work is refused, in one line."""
    told = ""
    try:
        work()
    except NewsqaError as error:
        told = str(error)
    assert "\n" not in told
    return told != ""


def _altered(sound: bytes) -> st.SearchStrategy[bytes]:
    """Return what differs from a sound file in one place, or is none at all."""
    places = st.integers(0, len(sound))
    changed = st.builds(
        lambda at, gone, put: sound[:at] + put + sound[at + gone :], places, st.integers(0, 5000), _CONTENT
    )
    return changed.filter(lambda content: content != sound) | _CONTENT


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

    _tried(_altered(file.read_bytes()), work)


@pytest.mark.timeout(36_000)
def test_any_file_of_keys_is_read_or_refused_and_lets_nobody_in(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, secret = keys.create("lecteur", "read")
    sound = keys.file.read_bytes()

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        keys.file.write_bytes(content)
        again = Keys(tmp_path)
        if _refused(again.all):
            return
        assert again.find("nqa_x_y") is None
        found = again.find(secret)
        assert found is None or found.sha256 in sound.decode()

    _tried(_altered(sound), work)


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
        _refused(partial(cases.load, file))

    _tried(lines, work)


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
        _refused(partial(cases.load, folder))

    _tried(st.tuples(corpus, queries, answers, qrels), work)


@pytest.mark.timeout(36_000)
def test_any_trec_file_is_read_or_refused(tmp_path: Path) -> None:
    file = tmp_path / "run"

    def work(content: object) -> None:
        assert isinstance(content, bytes)
        file.write_bytes(content)
        _refused(partial(trec.read_run, file))
        _refused(partial(trec.read_qrels, file))

    _tried(_ROWS | _CONTENT, work)
