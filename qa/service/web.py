"""Fetches articles for clients of the service, and updates its feeds."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Collection, Generator, Sequence
from dataclasses import replace
from pathlib import Path

from index.errors import FetchError, NewsqaError
from index.ingest import Ingest, Outcome
from index.read.article import RawArticle
from index.types import Summary
from index.web import feeds
from index.web.article import Found
from index.web.collect import fetch_articles
from index.web.fetch import Fetcher, Options
from index.web.refused import RefusedLog
from index.web.store import Store
from qa.service.admission import DeadlineExceeded, QueueFull

MAX_ADDRESSES = 10
"""Addresses that a request may have to be fetched."""
_MAX_PARALLEL = 4  # addresses fetched at the same time
_MAX_WAITING = 100  # addresses that wait or are fetched
_WHOLE = 20.0  # seconds for one response
_DEADLINE = 60.0  # seconds for an address with its redirects and its wait
_MEGABYTE = 1_000_000
_log = logging.getLogger("newsqa")

Write = Callable[[Generator[None, None, list[Outcome]]], Awaitable[list[Outcome]]]
"""Does a write in steps on the writing thread of the service."""


class WebArticles:
    """Fetches single articles for clients, who wait for them. Use it from one event loop."""

    def __init__(self, options: Options) -> None:
        """Fetch as `options` say, with one attempt; nothing is opened until something is fetched."""
        self._options = replace(options, attempts=1, whole=_WHOLE)
        self._fetcher: Fetcher | None = None
        self._parallel = asyncio.Semaphore(_MAX_PARALLEL)
        self._waiting = 0

    async def fetch(self, url: str) -> list[Found]:
        """Return the article at a URL, or those of a live blog.

        Raises:
            FetchError: it cannot be fetched, or holds no article.
            SettingsError: the extra `web` is not installed.
            QueueFull: too many addresses are waiting; retry later.
        """
        self._fetcher = self._fetcher or Fetcher(self._options)
        if self._waiting >= _MAX_WAITING:
            raise QueueFull(f"{self._waiting} addresses are waiting to be fetched: retry later")
        self._waiting += 1
        try:
            async with asyncio.timeout(_DEADLINE), self._parallel:
                return await fetch_articles(self._fetcher, url)
        except TimeoutError as error:
            raise FetchError(url, f"not fetched within {_DEADLINE:g} s: try again later", temporary=True) from error
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._fetcher.reader.close()  # it would keep its memory

    async def aclose(self) -> None:
        """Close the connections."""
        if self._fetcher is not None:
            await self._fetcher.aclose()


async def keep_feeds(
    data: Path, options: Options, ingest: Ingest, write: Write, *, interval: float, disk_floor: int
) -> None:
    """Update the feeds of a data folder every `interval` seconds, until it is cancelled; failures are logged.

    Nothing is fetched while less than `disk_floor` MB are free.
    """
    while True:
        try:
            if shutil.disk_usage(data).free < disk_floor * _MEGABYTE:
                _log.warning("feeds not updated: less than %d MB free on the disk", disk_floor)
            else:
                await _update_feeds(data, options, ingest, write, interval)
        except (NewsqaError, OSError) as error:
            _log.warning("feeds not updated: %s", error)
        await asyncio.sleep(interval)


async def _update_feeds(data: Path, options: Options, ingest: Ingest, write: Write, interval: float) -> None:
    async def patient(articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str]) -> list[Outcome]:
        while True:
            try:
                return await write(ingest.steps(articles, replacing))
            except (QueueFull, DeadlineExceeded) as error:  # requests of clients come first
                await asyncio.sleep(error.retry_after)

    log, summary = RefusedLog(data), Summary()
    store = Store(log, patient, summary, lambda *_: None)
    try:
        async with Fetcher(options) as fetcher:
            await feeds.update(feeds.Feeds(data), fetcher, store.write, interval=interval)
    finally:
        log.save()
    for problem in summary.problems:
        _log.warning("not fetched: %s", problem)
    if summary.added or summary.updated:
        _log.info("feeds: %d new articles, %d changed", summary.added, summary.updated)
