"""Read a zip archive of files, or a document of Word, Excel or OpenDocument, which is one."""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from index.errors import ArticleError
from index.read import content, docx, opendocument, workbook
from index.read.article import Problem, RawArticle
from index.read.formats import DOCUMENTS, format_of, kind_of
from index.read.gzipped import MAX_BYTES, MAX_RATIO, MIN_BYTES

MAX_ENTRIES = 50_000
_WORKBOOKS = frozenset(("xl/workbook.xml", "xl/workbook.bin"))
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_ENTRY = re.compile(rb"PK(?:\x01\x02|\x03\x04)")  # begins a file, or its line in the list of entries
_MAX_DIRECTORY = 10_000_000  # bytes of the list of entries, which is read as a whole
_OTHERS = {
    "ppt/presentation.xml": "a presentation: save it as .pdf",
    "content.xml": "an OpenDocument file of another kind than text or tables: save it as .odt or .pdf",
    "META-INF/container.xml": "an e-book: only its pages in HTML can be read",
}


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the articles of the files in an archive, named `archive.zip/folder/file`; others are counted.

    Raises:
        ArticleError: the archive is damaged, too large, or has no articles.
    """
    try:
        if not stream.seekable():
            stream = io.BytesIO(stream.read())
        _check_directory(file, stream)
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            if docx.MAIN in names:
                yield docx.article(file, name, archive)
                return
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
            if opendocument.MAIN in names and kind.startswith(opendocument.TYPE):
                yield opendocument.article(file, name, archive)
                return
            if _WORKBOOKS & names or kind.startswith(_SPREADSHEET):
                for entry in archive.infolist():
                    check_size(file, entry)
                stream.seek(0)
                yield from workbook.articles(file, name, stream.read())
                return
            if file.suffix.lower() in DOCUMENTS:
                raise ArticleError(f"{file}: damaged, or not a document of Word, Excel or OpenDocument")
            if reason := next((reason for entry, reason in _OTHERS.items() if entry in names), None):
                raise ArticleError(f"{file}: {reason}")
            yield from _entries(file, name, archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error) as error:
        raise ArticleError(f"{file}: not a complete zip file: {error}") from error


def _check_directory(file: Path, stream: BinaryIO) -> None:
    """Check the size of the list of entries before it is read, and that it is not that of an archive within."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(size - 65_557, 0))
    end = stream.read()
    place = end.rfind(b"PK\x05\x06")
    if place >= 0 and int.from_bytes(end[place + 12 : place + 16], "little") > _MAX_DIRECTORY:
        raise ArticleError(f"{file}: more than {MAX_ENTRIES} files: unpack it first")
    comment = int.from_bytes(end[place + 20 : place + 22], "little")
    if place >= 0 and _ENTRY.search(end, place + 22 + comment):
        raise ArticleError(f"{file}: not a complete zip file: it ends before its list of files")
    stream.seek(0)


def _entries(file: Path, name: str, archive: zipfile.ZipFile) -> Iterator[RawArticle | Problem]:
    visible = [entry for entry in archive.infolist() if _is_visible(entry)]
    entries = [entry for entry in visible if format_of(Path(entry.filename))]
    if len(entries) > MAX_ENTRIES:
        raise ArticleError(f"{file}: more than {MAX_ENTRIES} files: unpack it first")
    if not entries:
        raise ArticleError(f"{file}: no articles in this archive")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise ArticleError(f"{file}: more than {MAX_BYTES // 1_000_000} MB when unpacked: unpack it first")
    if others := Counter(kind_of(Path(entry.filename)) for entry in visible if not format_of(Path(entry.filename))):
        yield Problem(file, f"{file}: {others.total()} files of other formats", warning=True, passed_over=dict(others))
    for entry in entries:
        inner = f"{file}/{entry.filename}"
        try:
            check_size(Path(inner), entry)
            if entry.flag_bits & 1:
                raise ArticleError(f"{inner}: encrypted: unpack it first")
            with archive.open(entry) as stream:
                buffered: io.BufferedReader = io.BufferedReader(cast("io.RawIOBase", stream))  # it has its methods
                for item in content.read(Path(inner), f"{name}/{entry.filename}", buffered, packed=True):
                    yield replace(item, file=file)
        except ArticleError as error:
            yield Problem(file, str(error))
        except Exception as error:  # noqa: BLE001 - as in `files.read`: a damaged entry does not stop the others
            yield Problem(
                file, f"{inner}: cannot be read: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            )


def _is_visible(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts
    return not entry.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in parts)


def check_size(file: Path, entry: zipfile.ZipInfo) -> None:
    """Check the size of an entry, which is never larger than its header says.

    Raises:
        ArticleError: it is too large, or is compressed as no text is.
    """
    if entry.file_size > max(MIN_BYTES, min(MAX_BYTES, MAX_RATIO * entry.compress_size)):
        raise ArticleError(f"{file}: too large when unpacked, {entry.file_size // 1_000_000} MB: unpack it first")
