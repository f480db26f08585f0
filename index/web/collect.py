"""Web addresses become articles: pages as they are, feeds and sitemaps through their links."""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from index.errors import FetchError
from index.read import address
from index.read.content import module_of
from index.web import article, feed, sitemap, urls
from index.web.article import Found
from index.web.feed import Entry, Feed
from index.web.fetch import Fetched, Fetcher
from index.web.known import KnownPages

_MAX_HOSTS = 8  # fetched at the same time; each host gets one request after another
_MAX_URLS = 50_000  # of one call
_MAX_DEPTH = 3  # of sitemaps that list sitemaps
_SNIFFED = 4096  # bytes in which a document says what it is
_PROLOG = rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:(?><\?.*?\?>|<!--.*?-->|<!doctype[^>]*>|\s+))*+<(?:\w+:)?"
_FEED = re.compile(_PROLOG + rb"(?:rss|feed|rdf)[\s>]", re.IGNORECASE | re.DOTALL)
_SITEMAP = re.compile(_PROLOG + rb"(?:urlset|sitemapindex)[\s>]", re.IGNORECASE | re.DOTALL)

Write = Callable[[str, list[Found] | FetchError], Awaitable[None]]
"""Takes what was found at a URL, nothing if it has not changed, or why it cannot be read."""
Conditions = Mapping[str, str | None]
"""Arguments `etag` and `modified` of `Fetcher.get`."""


async def collect(
    addresses: Iterable[str],
    fetcher: Fetcher,
    write: Write,
    max_bytes: int,
    max_urls: int = _MAX_URLS,
    *,
    known: KnownPages | None = None,
) -> None:
    """Fetch URLs, and the pages that feeds and sitemaps among them list; hand each article to `write`.

    Each URL is fetched once, and at most `max_urls` are. A sitemap that is compressed may have `max_bytes` bytes. Pages
    that are `known` are asked for only if they have changed. What `write` raises ends it.
    """
    collection = _Collection(fetcher, write, max_bytes, max_urls, known)
    try:
        async with asyncio.TaskGroup() as tasks:
            collection.tasks = tasks
            for url in addresses:
                await collection.add(_Job(url))
    except BaseExceptionGroup as group:
        raise _first(group) from None


async def fetch_articles(fetcher: Fetcher, url: str) -> list[Found]:
    """Return the article at a URL, or those of a live blog.

    Raises:
        FetchError: it cannot be fetched, or it is a feed or a sitemap.
    """
    fetched = await _get(fetcher, url)
    content = fetched.content
    if _begins(content, _FEED) or _begins(content, _SITEMAP) or feed.is_json_feed(content):
        raise FetchError(url, "a feed or sitemap, not an article: use newsqa feeds add, or newsqa index")
    return await _read(fetcher, fetched)


async def entry_articles(
    fetcher: Fetcher, feed_url: str, source: Feed, entry: Entry, conditions: Conditions = MappingProxyType({})
) -> list[Found]:
    """Return the articles of an entry: of the page that it links to, or else its own content if it has all of it.

    With `conditions` the result is empty if the page has not changed.

    Raises:
        FetchError: there is neither.
    """
    failure = FetchError(feed_url, f"the entry '{entry.key}' has no link")
    if entry.link:
        try:
            fetched = await fetcher.get(entry.link, **conditions)
            return await _read(fetcher, fetched, entry, source.title) if fetched else []
        except FetchError as error:
            failure = error
    found = await asyncio.to_thread(article.from_entry, feed_url, entry, source.title)
    if found is None:
        raise failure
    return [found]


def read_feed(fetched: Fetched) -> Feed | None:
    """Return the feed that a response is, or None if it is none.

    Raises:
        FetchError: it is a damaged feed.
    """
    if feed.is_json_feed(fetched.content):
        return feed.read_json(fetched.url, fetched.content)
    if _begins(fetched.content, _FEED):
        return feed.read_xml(fetched.url, fetched.content, fetched.charset)
    return None


@dataclass(frozen=True, slots=True)
class _Job:
    url: str
    depth: int = 0
    entry: tuple[str, Feed, Entry] | None = None  # of the feed at an address


class _Collection:
    tasks: asyncio.TaskGroup

    def __init__(self, fetcher: Fetcher, write: Write, max_bytes: int, max_urls: int, known: KnownPages | None) -> None:
        self._known = known
        self._fetcher = fetcher
        self._write = write
        self._max_bytes = max_bytes
        self._max_urls = max_urls
        self._full = False
        self._seen: set[str] = set()
        self._waiting: dict[str, deque[_Job]] = {}  # by host; a host is served while it is here
        self._hosts = asyncio.Semaphore(_MAX_HOSTS)

    async def add(self, job: _Job) -> None:
        """Fetch a URL after the others of its host, unless it was added before."""
        try:
            url = urls.normalized(job.url)
        except ValueError as error:
            await self._write(job.url, FetchError(job.url, f"{error}: write it as https://news.example/story"))
            return
        known = address.canonical(url) or url
        if known in self._seen or self._full:
            return
        if len(self._seen) >= self._max_urls:
            self._full = True
            reason = (
                f"neither this address nor what follows is fetched: more than {self._max_urls} are too many at once"
            )
            await self._write(job.url, FetchError(job.url, f"{reason}; index the rest by itself"))
            return
        self._seen.add(known)
        host = urls.host_of(url)
        if host in self._waiting:
            self._waiting[host].append(job)
        else:
            self._waiting[host] = deque([job])
            self.tasks.create_task(self._serve(host))

    async def _serve(self, host: str) -> None:
        jobs = self._waiting[host]
        while jobs:
            async with self._hosts:
                job = jobs.popleft()
                try:
                    await self._fetch(job)
                except FetchError as error:
                    await self._write(job.url, error)
        del self._waiting[host]

    async def _fetch(self, job: _Job) -> None:
        conditions = self._known.conditions(job.url) if self._known else {}
        if job.entry:
            await self._store(job.url, await entry_articles(self._fetcher, *job.entry, conditions))
            return
        fetched = await self._fetcher.get(job.url, **conditions)
        if fetched is None:
            await self._store(job.url, [])
        elif (found := read_feed(fetched)) is not None:
            await self._add_entries(fetched.url, found)
        elif _is_gzip(fetched.content) or _begins(fetched.content, _SITEMAP):
            await self._add_pages(fetched, job.depth)
        else:
            await self._store(job.url, await _read(self._fetcher, fetched))

    async def _store(self, url: str, found: list[Found]) -> None:
        await self._write(url, found)
        if self._known and found:
            self._known.note(url, found)

    async def _add_entries(self, url: str, found: Feed) -> None:
        for entry in found.entries:
            if entry.link:
                await self.add(_Job(entry.link, entry=(url, found, entry)))
                continue
            try:
                whole: Found | FetchError | None = article.from_entry(url, entry, found.title)
            except FetchError as error:  # of one entry
                whole = error
            if whole is not None:
                await self._write(url, whole if isinstance(whole, FetchError) else [whole])

    async def _add_pages(self, fetched: Fetched, depth: int) -> None:
        content = fetched.content
        if _is_gzip(content):
            content = sitemap.decompress(fetched.url, content, self._max_bytes)
            if not _begins(content, _SITEMAP):
                raise FetchError(fetched.url, "a gzip file that is no sitemap: unpack it, and index its files")
        found = await asyncio.to_thread(sitemap.read, fetched.url, content)
        if found.sitemaps and depth >= _MAX_DEPTH:
            raise FetchError(fetched.url, f"sitemaps list sitemaps more than {_MAX_DEPTH} times: index one of the last")
        for url in (*found.sitemaps, *found.pages):
            await self.add(_Job(url, depth + 1))


async def _get(fetcher: Fetcher, url: str) -> Fetched:
    fetched = await fetcher.get(url)
    assert fetched is not None  # noqa: S101 - without conditions there is always a response
    return fetched


async def _read(
    fetcher: Fetcher, fetched: Fetched, entry: Entry = article.NO_ENTRY, outlet: str | None = None
) -> list[Found]:
    return await asyncio.to_thread(article.from_response, fetched, entry, outlet, fetcher.reader.response)


def _begins(content: bytes, root: re.Pattern[bytes]) -> bool:
    """Return whether an XML document begins with a root element, in any encoding that has the letters of ASCII."""
    return root.match(content[:_SNIFFED].replace(b"\0", b"")) is not None


def _is_gzip(content: bytes) -> bool:
    return module_of(content) == "gzipped"


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first error of a group that is no group itself."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
