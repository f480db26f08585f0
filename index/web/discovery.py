"""The feed that a page names."""

from contextlib import suppress
from html.parser import HTMLParser

from index.read.encoding import decode_page
from index.web import urls

_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_MAX_BYTES = 500_000  # that are searched; the element is in the head of a page


def feed_of(url: str, content: bytes, charset: str | None) -> str | None:
    """Return the normalized URL of the first feed that a page at `url` links to as an alternative, or None."""
    finder = _Finder(url)
    with suppress(AssertionError):  # of markup such as `<![x`, which ends the search
        finder.feed(decode_page(content[:_MAX_BYTES], charset))
    return finder.found


class _Finder(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.found: str | None = None
        self._url = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the address of a link to a feed."""
        values = {name: value or "" for name, value in attrs}
        kind = values.get("type", "").partition(";")[0].strip().lower()
        alternate = tag == "link" and "alternate" in values.get("rel", "").lower().split()
        if self.found is None and alternate and kind in _TYPES and values.get("href"):
            try:
                self.found = urls.join(self._url, values["href"])
            except ValueError:
                return
