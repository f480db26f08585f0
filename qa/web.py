"""Fetches articles and feeds from the web into the archive of the settings, for the commands."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version

from index.errors import ArchiveDamaged
from index.ingest import Outcome
from index.model.cache import Progress
from index.read.article import RawArticle
from index.types import Summary
from index.web import extra, feeds
from index.web.addresses import Allowed
from index.web.collect import Write, collect
from index.web.fetch import Fetcher, Options
from index.web.known import KnownPages
from index.web.refused import RefusedLog
from index.web.store import Store
from qa import archive
from qa.settings import Settings

_MEGABYTE = 1_000_000


def options(settings: Settings) -> Options:
    """Return how the settings allow to fetch."""
    contact = settings.fetch_contact or settings.public_url
    return Options(
        allowed=Allowed(settings.fetch_private, settings.fetch_ports),
        agent=f"newsqa/{version('newsqa')}" + (f" (+{contact})" if contact else ""),
        max_bytes=settings.fetch_max_body * _MEGABYTE,
        proxy=settings.fetch_proxy,
    )


def index(addresses: Sequence[str], settings: Settings, progress: Progress, summary: Summary) -> None:
    """Fetch web addresses into the archive, and add to `summary`; those that are refused are problems, and are logged.

    Raises:
        SettingsError: the extra `web` is not installed.
        ArchiveError: the archive cannot be written.
    """

    known = KnownPages(settings.data, partial(_versions, settings))

    async def fetch(fetcher: Fetcher, write: Write) -> None:
        await collect(addresses, fetcher, write, settings.fetch_max_body * _MEGABYTE, known=known)

    try:
        _store(settings, progress, summary, fetch)
    finally:
        known.save()


def update_feeds(settings: Settings, progress: Progress, interval: float = 0.0) -> Summary:
    """Update the subscribed feeds that are due, see `index.web.feeds.update`.

    Raises:
        FeedsError: there are no feeds, or their state cannot be read or written.
        NewsqaError: as `index`.
    """
    subscribed = feeds.Feeds(settings.data)
    if not subscribed.all():
        raise feeds.FeedsError(f"{settings.data}: no feeds: add one with newsqa feeds add URL")

    async def fetch(fetcher: Fetcher, write: Write) -> None:
        await feeds.update(subscribed, fetcher, write, interval=interval)

    summary = Summary()
    _store(settings, progress, summary, fetch)
    return summary


def refused(settings: Settings) -> list[str]:
    """Return the addresses that were refused when they were last fetched."""
    return [refusal.url for refusal in RefusedLog(settings.data).all()]


def _versions(settings: Settings, ids: Collection[str]) -> dict[str, str]:
    try:
        with archive.open_reader(settings) as reader:
            return {article_id: article.version for article_id, article in reader.articles(ids).items()}
    except ArchiveDamaged:
        return {}  # so that the pages are sent, and replace what is damaged


def _store(
    settings: Settings, progress: Progress, summary: Summary, fetch: Callable[[Fetcher, Write], Awaitable[None]]
) -> None:
    """Store what `fetch` finds; an interrupted call keeps what it has stored."""
    extra.require()  # before a model is prepared
    log = RefusedLog(settings.data)

    async def run(store: Store) -> None:
        async with Fetcher(options(settings)) as fetcher:
            await fetch(fetcher, store.write)

    with archive.ingesting(settings, progress) as ingest, ThreadPoolExecutor(1, "write") as writing:

        async def write(articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str]) -> list[Outcome]:
            return await asyncio.get_running_loop().run_in_executor(writing, ingest.put, articles, replacing)

        store = Store(log, write, summary, progress)
        try:
            asyncio.run(run(store))
        finally:
            log.save()
    with archive.open_reader(settings) as reader:
        summary.articles = reader.sizes()["articles"]
