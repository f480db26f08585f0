"""Reading of web archives."""

import gzip
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import file_of, origin, read


def record(
    url: str,
    body: str,
    *,
    status: str = "200 OK",
    type_: str = "text/html; charset=iso-8859-1",
    kind: str = "response",
) -> bytes:
    """Return a record of an answer."""
    content = body.encode("iso-8859-1")
    size = f"Content-Length: {len(content)}\r\n\r\n"
    if kind == "response":
        content = f"HTTP/1.1 {status}\r\nContent-Type: {type_}\r\n{size}".encode() + content
        type_ = "application/http; msgtype=response"
        size = f"Content-Length: {len(content)}\r\n\r\n"
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nContent-Type: {type_}\r\n{size}"
    return head.encode() + content + b"\r\n\r\n"


PAGE = "<html><head><title>Le phare</title></head><body><p>Le phare %s rallumé tient bon.</p></body></html>"
RECORDS = [
    record("https://goeland.test/a", "x", kind="request", type_="application/http; msgtype=request"),
    record("https://www.goeland.test/a?utm_source=b", PAGE % "1"),
    record("https://goeland.test/b", PAGE % "2", status="404 Not Found"),
    record("https://goeland.test/c", "{}", type_="application/json"),
    record("https://goeland.test/d", "<html><body></body></html>"),
    record("https://goeland.test/e", PAGE % "3", kind="resource"),
]


def items(folder: Path, content: bytes, name: str) -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_the_pages_of_a_web_archive_are_articles(tmp_path: Path, name: str) -> None:
    # Each record is compressed by itself, as crawlers do.
    content = b"".join(gzip.compress(part) if name.endswith("gz") else part for part in RECORDS)
    found = [item for item in items(tmp_path, content, name) if isinstance(item, RawArticle)]
    assert [(item.name, item.url, item.text) for item in found] == [
        (f"presse/{name}:2", "https://goeland.test/a", "Le phare 1 rallumé tient bon."),
        (f"presse/{name}:6", "https://goeland.test/e", "Le phare 3 rallumé tient bon."),
    ]
    assert {file_of(origin(item)) for item in found} == {tmp_path / name}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (RECORDS[2], "no articles: only pages in HTML that were answered with 200 are read"),
        (b"Le phare", "damaged, or not a web archive: "),
        (b"WARC/1.0\r\nContent-Length: x", "no articles: only pages in HTML that were answered with 200 are read"),
    ],
)
def test_a_web_archive_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes, message: str) -> None:
    (item,) = items(tmp_path, content, "a.warc")
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/a.warc: {message}")


def test_a_page_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    content = record("https://goeland.test/z", "<p>" * 70_000) + RECORDS[1]
    problem, item = items(tmp_path, content, "a.warc")
    assert problem == Problem(
        tmp_path / "a.warc", f"{tmp_path}/a.warc:1: more than 60000 elements, too many for a page"
    )
    assert isinstance(item, RawArticle)


def test_a_page_that_the_end_of_an_archive_cuts_is_a_problem_and_no_article(tmp_path: Path) -> None:
    content = RECORDS[1] + record("https://goeland.test/f", PAGE % "4")[:-40]
    item, problem = items(tmp_path, content, "a.warc")
    assert (item.text if isinstance(item, RawArticle) else None) == "Le phare 1 rallumé tient bon."
    message = f"{tmp_path}/a.warc:2: the archive ends within this page, https://goeland.test/f: get it again"
    assert problem == Problem(tmp_path / "a.warc", message)
