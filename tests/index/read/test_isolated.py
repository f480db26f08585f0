"""Files that would exhaust memory or time are problems, and the files after them are read."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.read import files
from index.read.article import Problem, RawArticle
from index.read.isolated import IsolatedReader

_LARGE = "Le pont ouvre lundi. " * 2000


@pytest.fixture
def reader() -> Iterator[IsolatedReader]:
    with IsolatedReader(max_seconds=20) as reader:
        yield reader


def _write(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def test_another_process_reads_the_same(tmp_path: Path, reader: IsolatedReader) -> None:
    lines = '{"text": "Le pont ouvre.", "date": "03/04/2026"}\n{"text": 1}\n' * 500
    for file in (_write(tmp_path, "a.md", _LARGE), _write(tmp_path, "b.jsonl", lines)):
        assert [*reader.read(file, file.name)] == [*files.read(file, file.name)]


def test_a_file_that_takes_too_long_is_a_problem_and_the_next_one_is_read(tmp_path: Path) -> None:
    pipe, following = tmp_path / "a.pdf", _write(tmp_path, "b.md", _LARGE)
    os.mkfifo(pipe)  # reading it never ends
    began = time.monotonic()
    with IsolatedReader(max_seconds=3) as reader:
        (problem,) = reader.read(pipe, pipe.name)
        assert problem == Problem(pipe, f"{pipe}: not read within 3 s: leave it out, or convert it")
        assert isinstance(next(reader.read(following, "b.md")), RawArticle)
    assert time.monotonic() - began < 15


def test_a_file_that_takes_too_much_memory_is_a_problem_and_the_next_one_is_read(tmp_path: Path) -> None:
    large, following = (
        _write(tmp_path, "a.json", "[" + '{"a": 1},' * 3_000_000 + "1]"),
        _write(tmp_path, "b.md", _LARGE),
    )
    with IsolatedReader(max_memory=300_000_000) as reader:
        (problem,) = reader.read(large, large.name)
        assert isinstance(problem, Problem)
        assert "MemoryError" in problem.message or "ended the process" in problem.message
        assert isinstance(next(reader.read(following, "b.md")), RawArticle)


def test_a_file_that_is_not_read_to_its_end_leaves_nothing_for_the_next_one(
    tmp_path: Path, reader: IsolatedReader
) -> None:
    lines = _write(tmp_path, "a.jsonl", '{"text": "Le pont ouvre."}\n' * 2000)
    items = reader.read(lines, lines.name)
    next(items)
    items.close()  # type: ignore[attr-defined]
    (item,) = reader.read(_write(tmp_path, "b.md", _LARGE), "b.md")
    assert isinstance(item, RawArticle)
    assert item.name == "b.md"


def test_aliases_and_references_do_not_multiply_text(tmp_path: Path) -> None:
    lines = ["a0:", "  &a0 [x,x,x,x,x,x,x,x,x]"]
    for number in range(1, 10):
        lines += [f"a{number}:", f"  &a{number} [{','.join([f'*a{number - 1}'] * 9)}]"]
    lists = "\n".join(["---", *lines, "title:", "  - *a9", "---", "Le pont ouvre."])
    links = f"[a]: http://x/{'y' * 80_000}\n\n" + "\n\n".join(["[a] " * 200] * 5)
    word = "z" * 80_000
    began = time.process_time()
    for content in (lists, links, word):
        (item,) = files.read(_write(tmp_path, "a.md", content), "a.md")
        assert isinstance(item, RawArticle)
        assert len(item.text) < 100_000
    assert time.process_time() - began < 5


def test_a_library_in_c_reads_in_another_process_whatever_the_name_says(tmp_path: Path, reader: IsolatedReader) -> None:
    page = _write(tmp_path, "a.md", "<html><body><p>Le pont ouvre.</p></body></html>")
    (item,) = reader.read(page, page.name)
    assert item.file == page
    assert reader._process is not None


_PAGE = b"<html><body><h1>Le pont</h1>" + b"<p>Le pont du port rouvre lundi, dit la mairie de la ville.</p>" * 5


def test_a_page_from_the_web_is_read_in_another_process_and_small_plain_text_is_not(reader: IsolatedReader) -> None:
    (plain,) = reader.response(b"Le pont ouvre.", "https://news.example/a", "text/plain", None)
    assert (plain.text, reader._process) == ("Le pont ouvre.", None)
    (page,) = reader.response(_PAGE, "https://news.example/b", "text/html", None)
    assert "Le pont du port rouvre lundi" in page.text
    assert reader._process is not None
    with pytest.raises(ArticleError, match=r"^image/png is not a page"):
        reader.response(b"png", "https://news.example/c", "image/png", None)
    with pytest.raises(ArticleError, match=r"^damaged, or not a PDF"):
        reader.response(b"%PDF-1.7 broken", "https://news.example/d.pdf", "application/pdf", None)


def test_a_page_that_ends_the_process_or_takes_too_long_is_an_error_and_the_next_one_is_read() -> None:
    with IsolatedReader(max_seconds=0.001) as slow, pytest.raises(ArticleError, match=r"^not read within 0.001 s"):
        slow.response(_PAGE, "https://news.example/a", "text/html", None)
    with (
        IsolatedReader(max_memory=20_000_000) as small,
        pytest.raises(ArticleError, match=r"^reading it ended|MemoryError"),
    ):
        small.response(_PAGE, "https://news.example/a", "text/html", None)
    with IsolatedReader() as reader:
        reader.response(_PAGE, "https://news.example/a", "text/html", None)
        assert reader._process
        reader._process.kill()
        reader._process.wait()
        with pytest.raises(ArticleError, match=r"^reading it ended"):
            reader.response(_PAGE, "https://news.example/a", "text/html", None)
        assert reader.response(_PAGE, "https://news.example/a", "text/html", None)


def test_several_threads_get_the_articles_of_their_own_response(reader: IsolatedReader) -> None:
    def text(number: int) -> str:
        body = _PAGE.replace(b"lundi", f"jour {number}".encode())
        return reader.response(body, f"https://news.example/{number}", "text/html", None)[0].text

    with ThreadPoolExecutor(4) as pool:
        assert all(f"jour {number}" in found for number, found in enumerate(pool.map(text, range(12))))
