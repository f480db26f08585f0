"""Read the content of a response from the web: a page, a text or a PDF."""

import io
from collections.abc import Callable
from pathlib import Path

from index.errors import ArticleError
from index.read import content, markdown
from index.read.article import RawArticle
from index.read.encoding import decode, is_utf_16

Read = Callable[[bytes, str, str, str | None], list[RawArticle]]
"""`read`, or the same in another process."""
_PAGES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "")
_PLAIN = {"text/plain": ".txt", "text/markdown": ".md", "text/x-markdown": ".md"}


def is_plain(body: bytes, kind: str) -> bool:
    """Return whether a response of a media type is text that no library in C parses."""
    return kind in _PLAIN and content.module_of(body) != "pdf"


def read(body: bytes, url: str, kind: str, charset: str | None) -> list[RawArticle]:
    """Return the articles of a response; their urls are those that a page names, which may be of another site.

    `kind` is the media type in lower case, `charset` that of the response. Not thread-safe for PDF.

    Raises:
        ArticleError: it is none of these, or holds no text; the message does not name the url.
    """
    file = Path(url.rpartition("/")[2] or "page")
    try:
        return _read(body, file, url, kind, charset)
    except ArticleError as error:
        raise ArticleError(str(error).removeprefix(f"{file}: ")) from error


def _read(body: bytes, file: Path, url: str, kind: str, charset: str | None) -> list[RawArticle]:
    if content.module_of(body) == "pdf" or kind == "application/pdf":
        from index.read import pdf  # imported here: its library loads slowly

        item = next(pdf.read(file, file.name, io.BytesIO(body)), None)
        if not isinstance(item, RawArticle):
            raise ArticleError(f"no article can be read there: {item.message if item else 'it holds no text'}")
        return [item]
    if suffix := _PLAIN.get(kind):
        document = file.with_suffix(suffix)  # by the type that the server names
        return [markdown.article(document, file.name, decode(file, body, charset))]
    if kind not in _PAGES or (b"\0" in body[:1000] and not is_utf_16(body)):
        raise ArticleError(f"{kind or 'its content'} is not a page, feed, sitemap, text or PDF")
    from index.read import page  # imported here, as above

    return page.raw_articles(page.extract(body, url, charset))
