"""What is known of the pages that were fetched, so that a site need not send those again that have not changed."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from index.errors import NewsqaError
from index.files import make_folder, replace_text
from index.web.article import Found

FILE = "pages.json"
_MAX_URLS = 50_000  # kept, the newest

Versions = Callable[[Collection[str]], Mapping[str, str]]
"""Returns the versions of stored articles by id, without those that are not stored."""


class KnownPages:
    """The ETag and Last-Modified of pages whose articles are stored; changes are stored by `save`.

    What was fetched by another release of newsqa is not known: that may have read it in another way.
    """

    def __init__(self, data: Path, versions: Versions) -> None:
        """Use the file of a data folder; it need not exist, and one that cannot be read is replaced."""
        self._file = data / FILE
        self._versions = versions
        self._release = version("newsqa")
        self._pages = self._read()
        self._changes: dict[str, Sequence[Found]] = {}

    def conditions(self, url: str) -> dict[str, str | None]:
        """Return the arguments `etag` and `modified` of `Fetcher.get`, none if the page has to be sent."""
        etag, modified, articles = self._pages.get(url, (None, None, {}))
        if not articles or self._versions(articles) != articles:
            return {}
        return {"etag": etag, "modified": modified}

    def note(self, url: str, found: Sequence[Found]) -> None:
        """Note the articles that were found at a URL, and are stored."""
        self._changes[url] = found

    def save(self) -> None:
        """Store what was noted.

        Raises:
            NewsqaError: the file cannot be written.
        """
        changes, self._changes = self._changes, {}
        for url, found in changes.items():
            self._pages.pop(url, None)
            first = next(iter(found), None)
            if first and (first.etag or first.modified):
                articles = self._versions([each.id for each in found])
                self._pages[url] = first.etag, first.modified, dict(articles)
        if not changes:
            return
        kept = dict([*self._pages.items()][-_MAX_URLS:])
        try:
            make_folder(self._file.parent)
            replace_text(self._file, json.dumps({"release": self._release, "pages": kept}, ensure_ascii=False))
        except OSError as error:
            raise NewsqaError(f"{self._file}: cannot be written ({error.strerror}): free space") from error

    def _read(self) -> dict[str, tuple[str | None, str | None, dict[str, str]]]:
        try:
            content: Any = json.loads(self._file.read_text(encoding="utf-8"))
            if content["release"] != self._release:
                return {}
            return {
                str(url): (etag, modified, dict(articles))
                for url, (etag, modified, articles) in content["pages"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}
