"""Read a file as what its first bytes show it to be, whatever its name says."""

import re
from collections.abc import Iterator
from importlib import import_module
from io import BufferedReader
from pathlib import Path

from index.errors import ArticleError
from index.read.article import Problem, RawArticle
from index.read.formats import DOCUMENTS, SUFFIXES, format_of

_HEAD = 4096  # bytes that are looked at
_MODULES = (
    (re.compile(rb"[\s\x00]*%PDF-"), "pdf"),
    (re.compile(rb"\x1f\x8b"), "gzipped"),
    (re.compile(rb"PK\x03\x04"), "zipped"),
    (re.compile(rb"WARC/[01]\.\d"), "warc"),
    (re.compile(rb"\{\\rtf"), "rtf"),
    (
        re.compile(
            rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*){0,9}(?:<!doctype\s+html\b|<html[\s>])",
            re.IGNORECASE | re.DOTALL,
        ),
        "page",
    ),
)
_REFUSED = (
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "a file of an old Microsoft Office: save it as .docx"),
    (re.compile(rb"7z\xbc\xaf\x27|Rar!\x1a|BZh[1-9]1AY|\xfd7zXZ|\x28\xb5\x2f\xfd"), "compressed: write .gz or .zip"),
)
_PACKED = frozenset(("gzipped", "zipped"))


def module_of(head: bytes) -> str | None:
    """Return the module that reads a content, by its first bytes; None if they are of no certain format."""
    return next((module for pattern, module in _MODULES if pattern.match(head)), None)


def read(file: Path, name: str, stream: BufferedReader, *, packed: bool = False) -> Iterator[RawArticle | Problem]:
    """Yield the articles of a file, or of a file in a file, whose content is in `stream`.

    Raises:
        ArticleError: its format is unknown or it cannot be read; a packed file holds another packed file.
    """
    format_ = format_of(file)
    head = stream.peek(_HEAD)[:_HEAD]
    expected = format_.module if format_ and not (packed and format_.module == "gzipped") else None
    module = module_of(head) or expected
    reason = next((reason for pattern, reason in _REFUSED if pattern.match(head)), None)
    if reason:
        raise ArticleError(f"{file}: {reason}")
    if module is None:
        raise ArticleError(f"{file}: not an article: files must end in {', '.join(SUFFIXES)}")
    if packed and module in _PACKED and file.suffix.lower() not in DOCUMENTS:
        raise ArticleError(f"{file}: packed twice: unpack it first")
    yield from import_module(f"index.read.{module}").read(file, name, stream)
