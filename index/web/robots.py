"""What sites allow automatic readers (robots.txt, RFC 9309); the only module that imports protego."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.errors import FetchError

if TYPE_CHECKING:
    from protego import Protego

AGENT = "newsqa"
"""The name by which robots.txt addresses newsqa."""
MAX_BYTES = 512_000
"""Bytes of a robots.txt that are read, as RFC 9309 requires."""
_LIFETIME = 24 * 3600.0  # seconds for which rules are kept, as RFC 9309 recommends
_MAX_SITES = 1000  # whose rules are kept
_MAX_DELAY = 60.0  # seconds between two requests; a longer Crawl-delay is read as this


@dataclass(slots=True)
class _Site:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: "Protego | None" = None
    expires: float = 0.0


class Robots:
    """The rules of sites, each read once a day. Use it from one event loop."""

    def __init__(self, read: Callable[[str], Awaitable[bytes]]) -> None:
        """Fetch with `read`, which returns the content of a URL, empty if there is none, or raises `FetchError`."""
        self._read = read
        self._sites: OrderedDict[str, _Site] = OrderedDict()

    async def check(self, url: str) -> float:
        """Return the seconds that the site of a normalized URL asks for between requests.

        Raises:
            FetchError: robots.txt forbids the URL, or cannot be read.
        """
        parts = urlsplit(url)
        try:
            rules = await self._rules(f"{parts.scheme}://{parts.netloc}")
        except FetchError as error:
            raise error.at(url) from error
        if not rules.can_fetch(url, AGENT):
            raise FetchError(
                url, "the site's robots.txt forbids it to automatic readers: save the page as a file, and index that"
            )
        return min(rules.crawl_delay(AGENT) or 0.0, _MAX_DELAY)

    async def _rules(self, origin: str) -> "Protego":
        from protego import Protego  # imported here: it belongs to the extra web

        site = self._sites.setdefault(origin, _Site())
        self._sites.move_to_end(origin)
        if len(self._sites) > _MAX_SITES:
            self._sites.popitem(last=False)
        async with site.lock:
            if site.rules is None or monotonic() > site.expires:
                content = await self._read(f"{origin}/robots.txt")
                site.rules = Protego.parse(content.decode("utf-8-sig", "replace"))
                site.expires = monotonic() + _LIFETIME
            return site.rules
