"""Reading of zip archives."""

import gzip
import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import file_of, origin, read


def zipped(files: dict[str, str | bytes]) -> bytes:
    """Return an archive of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def items(folder: Path, content: bytes, name: str = "a.zip") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


def test_the_files_of_an_archive_are_articles(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in ("Deux.", "Trois."))
    content = zipped(
        {"b/un.md": "# Un\n\nUn.", "b/deux.jsonl": lines, "b/": "", "b/image.png": "x", "__MACOSX/._un.md": "x"}
    )
    read_items = items(tmp_path, content)
    found = [item for item in read_items if isinstance(item, RawArticle)]
    (other,) = (item for item in read_items if isinstance(item, Problem))
    assert (other.warning, other.passed_over) == (True, {".png": 1})
    assert [(item.name, item.text) for item in found] == [
        ("presse/a.zip/b/un.md", "Un\n\nUn."),
        ("presse/a.zip/b/deux.jsonl:1", "Deux."),
        ("presse/a.zip/b/deux.jsonl:2", "Trois."),
    ]
    assert [origin(item) for item in found] == [
        f"{tmp_path}/a.zip/b/un.md",
        f"{tmp_path}/a.zip/b/deux.jsonl:1",
        f"{tmp_path}/a.zip/b/deux.jsonl:2",
    ]
    assert {item.file for item in found} == {file_of(origin(item)) for item in found} == {tmp_path / "a.zip"}


def test_a_folder_named_as_an_archive_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.zip").mkdir()
    assert file_of(f"{tmp_path}/b.zip/c.jsonl:3") == tmp_path / "b.zip" / "c.jsonl"


def test_a_bad_entry_does_not_stop_the_others(tmp_path: Path) -> None:
    content = zipped(
        {
            "a.md": "Un.",
            "b.md": b"\xff\0",
            "c.zip": zipped({"d.md": "x"}),
            "e.txt.gz": gzip.compress(b"x"),
            "f.md": "Deux.",
        }
    )
    found = items(tmp_path, content)
    assert [type(item) for item in found] == [RawArticle, Problem, Problem, Problem, RawArticle]
    assert [item.message for item in found if isinstance(item, Problem)] == [
        f"{tmp_path}/a.zip/b.md: a binary file, not text",
        f"{tmp_path}/a.zip/c.zip: packed twice: unpack it first",
        f"{tmp_path}/a.zip/e.txt.gz: packed twice: unpack it first",
    ]
    assert {item.file for item in found} == {tmp_path / "a.zip"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "not a complete zip file: File is not a zip file"),
        (zipped({"a.md": "Un."})[:60], "not a complete zip file: File is not a zip file"),
        (zipped({"image.png": "x"}), "no articles in this archive"),
        (zipped({"xl/workbook.xml": "x"}), "not a complete workbook: Cannot detect file format"),
        (
            zipped({"content.xml": "x", "mimetype": "x"}),
            "an OpenDocument file of another kind than text or tables: save it as .odt or .pdf",
        ),
    ],
)
def test_an_archive_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes, message: str) -> None:
    (item,) = items(tmp_path, content)
    assert isinstance(item, Problem)
    assert item.message == f"{tmp_path}/a.zip: {message}"


def test_a_damaged_entry_is_a_problem(tmp_path: Path) -> None:
    content = zipped({"a.md": "Un. " * 50}).replace(b"K", b"K")
    damaged = bytearray(content)
    damaged[36:40] = b"\xff\xff\xff\xff"
    (item,) = items(tmp_path, bytes(damaged))
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/a.zip/a.md: cannot be read: ")


def test_an_entry_that_grows_too_much_is_refused_within_seconds(tmp_path: Path) -> None:
    content = zipped({"bomb.txt": b"0" * 30_000_000, "b.md": "Un."})
    start = time.process_time()
    bomb, other = items(tmp_path, content)
    assert isinstance(bomb, Problem)
    assert bomb.message == f"{tmp_path}/a.zip/bomb.txt: too large when unpacked, 30 MB: unpack it first"
    assert isinstance(other, RawArticle)
    assert time.process_time() - start < 5


def test_an_archive_of_too_many_files_is_refused_before_they_are_listed(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.md": "Un."}))
    content[-10:-6] = (50_000_000).to_bytes(4, "little")  # the size of the list
    (item,) = items(tmp_path, bytes(content))
    assert isinstance(item, Problem)
    assert item.message == f"{tmp_path}/a.zip: more than 50000 files: unpack it first"


def test_an_archive_that_is_cut_is_not_read_as_the_archive_within_it(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.md", "Un.")
        archive.writestr("b.zip", zipped({"c.md": "Deux."}))
        archive.writestr("d.md", "Trois.")
    (item,) = items(tmp_path, stream.getvalue()[:-30])
    reason = "not a complete zip file: it ends before its list of files"
    assert item == Problem(tmp_path / "a.zip", f"{tmp_path}/a.zip: {reason}")
