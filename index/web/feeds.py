"""The feeds of an archive: each has a file beside it with what was read, so that an update continues an older one."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import time

from filelock import FileLock

from index.errors import FetchError, NewsqaError
from index.files import PRIVATE_FILE, make_folder, replace_text
from index.web import discovery, urls
from index.web.collect import Write, entry_articles, read_feed
from index.web.feed import Entry, Feed
from index.web.fetch import Fetched, Fetcher

_FOLDER = "feeds"
_FORMAT = 1
_MAX_PARALLEL = 8  # feeds updated at the same time
_MAX_BACKOFF = 24 * 3600.0  # seconds


class FeedsError(NewsqaError):
    """The feeds of an archive cannot be read or changed."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed and the state of its updates."""

    url: str  # normalized
    title: str | None = None
    etag: str | None = None  # of the content of which every entry was read
    modified: str | None = None  # its Last-Modified header
    updated: str | None = None  # when it was last read, in UTC, ISO 8601
    failures: int = 0  # since then
    error: str | None = None  # why the last update failed
    due: float = 0.0  # when to update it next, in seconds since 1970
    seen: dict[str, str] = field(default_factory=dict)  # the date of each entry that was read, by a hash of its key


class Feeds:
    """The subscribed feeds of a data folder. Other processes may change them at the same time."""

    def __init__(self, data: Path) -> None:
        """Use the feeds of a folder; it need not exist."""
        self._folder = data / _FOLDER

    def all(self) -> list[Subscription]:
        """Return the feeds, by URL.

        Raises:
            FeedsError: a file cannot be read.
        """
        files = self._folder.glob("*.json")
        return sorted((_read(file) for file in files), key=lambda feed: feed.url)

    def add(self, addresses: Iterable[str]) -> list[Subscription]:
        """Subscribe to feeds; return those that are new.

        Raises:
            FeedsError: an address is not valid, then none is added; or a file cannot be written.
        """
        feeds = [Subscription(_normalized(address)) for address in addresses]
        new = [feed for feed in feeds if not self._file(feed.url).exists()]
        for feed in new:
            self._write(feed)
        return new

    def remove(self, address: str) -> None:
        """End a subscription; the articles stay.

        Raises:
            FeedsError: there is none.
        """
        try:
            with FileLock(self._lock(), mode=PRIVATE_FILE):
                self._file(_normalized(address)).unlink()
        except FileNotFoundError as error:
            raise FeedsError(f"{address}: not subscribed: see newsqa feeds list") from error

    def move(self, feed: Subscription, url: str) -> Subscription:
        """Subscribe to another URL instead; return its subscription.

        Raises:
            FeedsError: it cannot be read or written.
        """
        with FileLock(self._lock()):
            file = self._file(url)
            if not file.exists():
                self._write(Subscription(url))
            self._file(feed.url).unlink(missing_ok=True)
            return _read(file)

    def save(self, feed: Subscription) -> None:
        """Store the state of a feed, unless it was removed in the meantime.

        Raises:
            FeedsError: it cannot be written.
        """
        with FileLock(self._lock(), mode=PRIVATE_FILE):
            if self._file(feed.url).exists():
                self._write(feed)

    def _file(self, url: str) -> Path:
        return self._folder / f"{_digest(url)}.json"

    def _lock(self) -> Path:
        make_folder(self._folder)
        return self._folder / "changing.lock"

    def _write(self, feed: Subscription) -> None:
        try:
            make_folder(self._folder)
            replace_text(self._file(feed.url), json.dumps({"format": _FORMAT} | asdict(feed), ensure_ascii=False))
        except OSError as error:
            raise FeedsError(
                f"{self._folder}: cannot be written ({error.strerror}): free space, or set --data"
            ) from error


async def update(feeds: Feeds, fetcher: Fetcher, write: Write, *, interval: float = 0.0) -> None:
    """Read the feeds that are due, and hand each new or changed article to `write`, which stores it.

    With an `interval` in seconds a feed is due once it has passed since the last update, and later if the feed has
    failed; without one all are. A feed that fails does not prevent others. An interrupted update is continued by the
    next one.

    Raises:
        ArchiveError: `write` cannot store articles.
        FeedsError: the state of a feed cannot be read or written.
    """
    due = [feed for feed in feeds.all() if not interval or feed.due <= time()]
    parallel = asyncio.Semaphore(_MAX_PARALLEL)

    async def run(feed: Subscription) -> None:
        async with parallel:
            await _Update(feeds, fetcher, write, interval).run(feed)

    results = await asyncio.gather(*map(run, due), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


class _Update:
    def __init__(self, feeds: Feeds, fetcher: Fetcher, write: Write, interval: float) -> None:
        self._feeds = feeds
        self._fetcher = fetcher
        self._write = write
        self._interval = interval

    async def run(self, feed: Subscription) -> None:
        """Read one feed, and store how it went."""
        try:
            fetched = await self._fetcher.get(feed.url, etag=feed.etag, modified=feed.modified)
            if fetched is not None:
                feed = await self._read(feed, fetched)
        except Exception as error:
            if isinstance(error, NewsqaError) and not isinstance(error, FetchError):
                raise  # nothing can be stored
            # Whatever a feed contains, the others are read.
            known = error if isinstance(error, FetchError) else FetchError(feed.url, f"{type(error).__name__}: {error}")
            wait = max(min(self._interval * 2 ** min(feed.failures + 1, 20), _MAX_BACKOFF), known.retry_after or 0.0)
            failed = replace(feed, failures=feed.failures + 1, error=known.reason, due=time() + wait)
            self._feeds.save(failed)
            await self._write(feed.url, known)
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._feeds.save(replace(feed, updated=now, failures=0, error=None, due=time() + self._interval))

    async def _read(self, feed: Subscription, fetched: Fetched) -> Subscription:
        content = read_feed(fetched)
        if content is None:
            feed, fetched, content = await self._of_page(feed, fetched)
        stamps = {_digest(entry.key): entry.updated or "" for entry in content.entries}
        seen = {key: stamp for key, stamp in feed.seen.items() if key in stamps}
        feed = replace(feed, title=content.title, seen=seen)
        whole = True
        for entry in _new(content, feed):
            if await self._store(fetched.url, content, entry):
                feed = replace(feed, seen=feed.seen | {_digest(entry.key): entry.updated or ""})
                self._feeds.save(feed)
            else:
                whole = False
        # Without the ETag the next update gets the entries that are missing.
        return replace(feed, etag=fetched.etag if whole else None, modified=fetched.modified if whole else None)

    async def _of_page(self, feed: Subscription, fetched: Fetched) -> tuple[Subscription, Fetched, Feed]:
        """Subscribe to the feed that a page names instead of to the page, and read it."""
        linked = discovery.feed_of(fetched.url, fetched.content, fetched.charset)
        answer = await self._fetcher.get(linked) if linked else None
        content = read_feed(answer) if answer else None
        if linked is None or answer is None or content is None:
            raise FetchError(feed.url, "neither a feed nor a page that names one: look for its address on the site")
        return self._feeds.move(feed, linked), answer, content

    async def _store(self, url: str, content: Feed, entry: Entry) -> bool:
        """Store the article of an entry; return False if that may succeed later."""
        try:
            found = await entry_articles(self._fetcher, url, content, entry)
        except FetchError as error:
            await self._write(entry.link or url, error)
            return not error.temporary
        await self._write(entry.link or url, found)
        return True


def _new(content: Feed, feed: Subscription) -> Iterator[Entry]:
    """Yield the entries that are new or changed, oldest first."""
    for entry in reversed(content.entries):
        if feed.seen.get(_digest(entry.key)) != (entry.updated or ""):
            yield entry


def _read(file: Path) -> Subscription:
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
        if fields.pop("format") != _FORMAT:
            raise ValueError("another format")
        return Subscription(**fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FeedsError(f"{file}: cannot be read: delete it, and add the feed again") from error


def _normalized(address: str) -> str:
    try:
        return urls.normalized(address)
    except ValueError as error:
        raise FeedsError(f"{address}: {error}: write it as https://news.example/feed.xml") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
