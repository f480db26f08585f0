"""Read the pages of web archives (WARC); the only module that imports warcio."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import ArticleError
from index.read import page
from index.read.article import Problem, RawArticle

_PAGE = re.compile(r"(?:text/html|application/xhtml\+xml)\b(?:.*charset=[\"']?([\w.:-]+))?", re.IGNORECASE)


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the articles of the pages in an archive, numbered as its records; pages without an article are skipped.

    Raises:
        ArticleError: the archive is damaged, has no articles, or a package is not installed.
    """
    try:
        # Here, since newsqa can be installed without it.
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError as error:
        raise ArticleError(f"{file}: WARC needs another package: pip install 'newsqa[web]'") from error
    empty = True
    try:
        for number, record in enumerate(ArchiveIterator(stream), start=1):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            type_ = _page_type(record)
            if type_ is None:
                continue
            content = record.content_stream().read(page.MAX_BYTES + 1)
            if record.raw_stream.limit > 0 and not record.raw_stream.read(1):
                empty = False
                yield Problem(file, f"{file}:{number}: the archive ends within this page, {url}: get it again")
                break
            try:
                for raw in page.articles(Path(f"{file}:{number}"), f"{name}:{number}", content, url, type_[1]):
                    empty = False
                    yield replace(raw, file=file)
            except page.NoText:
                continue
            except ArticleError as error:
                yield Problem(file, str(error))
    except ArchiveLoadFailed as error:
        raise ArticleError(f"{file}: damaged, or not a web archive: {error}") from error
    if empty:
        raise ArticleError(f"{file}: no articles: only pages in HTML that were answered with 200 are read")


def _page_type(record: Any) -> re.Match[str] | None:
    """Return the match of the type of a page, or None for other records."""
    if record.rec_type == "response" and record.http_headers and record.http_headers.get_statuscode() == "200":
        return _PAGE.match(record.http_headers.get_header("Content-Type") or "")
    if record.rec_type == "resource":
        return _PAGE.match(record.rec_headers.get_header("Content-Type") or "")
    return None
