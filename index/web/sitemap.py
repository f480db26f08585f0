"""Read sitemaps (sitemaps.org): lists of pages, and lists of such lists."""

import zlib
from dataclasses import dataclass
from xml.parsers import expat

from index.errors import FetchError
from index.web import urls

_MAX_URLS = 50_000  # in one sitemap, as in the protocol
_PIECE = 1 << 16  # bytes decompressed at a time


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The valid URLs of a sitemap, normalized, without duplicates."""

    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]


def decompress(url: str, content: bytes, max_bytes: int) -> bytes:
    """Return the content of a gzip file.

    Raises:
        FetchError: it is damaged, or larger than `max_bytes`.
    """
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16)
    parts: list[bytes] = []
    size = 0
    try:
        while content and size <= max_bytes:
            parts.append(decompressor.decompress(content, _PIECE))
            size += len(parts[-1])
            content = decompressor.unconsumed_tail
    except zlib.error as error:
        raise FetchError(url, "a damaged gzip file: try again later") from error
    if size > max_bytes:
        raise FetchError(url, f"larger than {max_bytes / 1e6:g} MB: set NEWSQA_FETCH_MAX_BODY if it must be fetched")
    return b"".join(parts)


def read(url: str, content: bytes) -> Sitemap:
    """Return the URLs of a sitemap at `url`; those that are not valid are left out.

    Raises:
        FetchError: it is not well-formed XML, or has a document type, which sitemaps do not have.
    """
    reader = _Reader(url)
    try:
        reader.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise FetchError(url, f"the sitemap is damaged ({error}): report it to the site, or index its pages") from error
    return Sitemap(tuple(reader.pages), tuple(reader.sitemaps))


class _Reader:
    def __init__(self, url: str) -> None:
        self.pages: dict[str, None] = {}
        self.sitemaps: dict[str, None] = {}
        self._url = url
        self._path: list[str] = []
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append

    def _refuse(self, *_: object) -> None:
        raise FetchError(self._url, "the sitemap has a document type, which may hide huge content: it is not read")

    def _start(self, name: str, _attributes: object) -> None:
        self._path.append(name.rpartition(":")[2])
        self._text.clear()

    def _end(self, _name: str) -> None:
        found = {"url": self.pages, "sitemap": self.sitemaps}.get(self._path[-2] if len(self._path) > 1 else "")
        address = "".join(self._text).strip()
        if self._path.pop() == "loc" and address and found is not None and len(found) < _MAX_URLS:
            try:
                found[urls.join(self._url, address)] = None
            except ValueError:
                return
