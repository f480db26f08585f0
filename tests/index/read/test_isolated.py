"""Files that would exhaust memory or time are problems, and the files after them are read."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

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
