"""Reading of files that are compressed with gzip."""

import gzip
import json
import time
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import file_of, find, origin, read


def items(folder: Path, content: bytes, name: str) -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


@pytest.mark.parametrize("name", ["a.txt.gz", "a.TXT.GZ", "a.txt"])
def test_a_compressed_file_is_read_as_the_file_in_it(tmp_path: Path, name: str) -> None:
    (item,) = items(tmp_path, gzip.compress(b"* 1986. Le phare tient."), name)
    assert isinstance(item, RawArticle)
    assert (item.text, item.name, origin(item)) == ("* 1986. Le phare tient.", f"presse/{name}", f"{tmp_path}/{name}")


def test_the_lines_of_a_compressed_file_are_numbered(tmp_path: Path) -> None:
    content = "".join(json.dumps({"text": text}) + "\n" for text in ("Un.", "Deux."))
    found = [
        item for item in items(tmp_path, gzip.compress(content.encode()), "a.jsonl.gz") if isinstance(item, RawArticle)
    ]
    assert [item.name for item in found] == ["presse/a.jsonl.gz:1", "presse/a.jsonl.gz:2"]
    assert {file_of(origin(item)) for item in found} == {tmp_path / "a.jsonl.gz"}


def test_a_compressed_file_without_another_suffix_is_recognized_by_its_content(tmp_path: Path) -> None:
    (item,) = items(tmp_path, gzip.compress(b"<html><body><p>Le phare tient bon.</p></body></html>"), "dump.gz")
    assert isinstance(item, RawArticle)
    assert item.text == "Le phare tient bon."


def test_compressed_files_are_found_in_folders(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(b"")
    assert [name.rpartition("/")[2] for _, name in find([tmp_path])] == ["a.jsonl.gz"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt.gz", b"\x1f\x8b", "not a complete gzip file: "),
        ("a.txt.gz", gzip.compress(b"Le phare tient bon.")[:-9], "not a complete gzip file: "),
        ("a.txt.gz", gzip.compress(b"Le phare tient bon.")[:-4] + b"\0\0\0\0", "not a complete gzip file: "),
        ("a.txt.gz", b"\x1f\x8b" + b"x" * 50, "not a complete gzip file: "),
        ("a.txt.gz", gzip.compress(gzip.compress(b"x")), "packed twice: unpack it first"),
        ("dump.gz", gzip.compress(b"Le phare"), "not an article: files must end in "),
    ],
)
def test_a_compressed_file_that_cannot_be_read_is_a_problem(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (item,) = items(tmp_path, content, name)
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/{name}: {message}")


@pytest.mark.parametrize("name", ["a.txt.gz", "a.jsonl.gz", "a.html.gz"])
def test_a_file_that_grows_too_much_is_refused_within_seconds(tmp_path: Path, name: str) -> None:
    content = gzip.compress(b"0" * 60_000_000)
    start = time.process_time()
    (item,) = items(tmp_path, content, name)
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/{name}: ")
    assert "too large" in item.message
    assert time.process_time() - start < 5
