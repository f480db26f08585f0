"""Read a file that is compressed with gzip."""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import content
from index.read.article import Problem, RawArticle

MAX_BYTES = 2_000_000_000  # of all that one packed file holds
MAX_RATIO = 200  # of unpacked to packed bytes; articles have about 3, repeated bytes 1000
MIN_BYTES = 10_000_000  # below this, any ratio is allowed


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the articles of a compressed file.

    Raises:
        ArticleError: the file is damaged, too large or cannot be read.
    """
    try:
        yield from content.read(file, name, io.BufferedReader(_Unpacked(file, stream)), packed=True)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArticleError(f"{file}: not a complete gzip file: {error}") from error


class _Unpacked(io.RawIOBase):
    """The content of a gzip stream, within limits."""

    def __init__(self, file: Path, stream: BinaryIO) -> None:
        self._file = file
        self._packed = stream
        self._content = gzip.GzipFile(fileobj=stream)
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._content.readinto(buffer)
        self._size += count
        if self._size > max(MIN_BYTES, min(MAX_BYTES, MAX_RATIO * self._packed.tell())):
            raise ArticleError(
                f"{self._file}: too large when unpacked, {self._size // 1_000_000} MB so far: unpack it first"
            )
        return count
