"""Fetches web addresses within limits: only public hosts, few bytes, little time, and no more than a site allows."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from time import monotonic
from typing import Self

import httpx2 as httpx

from index.errors import FetchError
from index.read.isolated import IsolatedReader
from index.web import extra, robots, urls
from index.web.addresses import Allowed
from index.web.response import StatusError, read_body, status_error, transport_error
from index.web.transport import CheckedTransport, Resolver, resolve

_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_WAIT = 60.0  # seconds; after a longer Retry-After the request is not repeated
_MAX_READ = 20.0  # seconds to read the articles of a response
_MAX_MEMORY = 2_000_000_000  # bytes of the process that reads them
_MAX_HOSTS = 1000  # whose last request is remembered


@dataclass(frozen=True, slots=True)
class Options:
    """How to fetch; times are in seconds."""

    allowed: Allowed = field(default_factory=Allowed)
    agent: str = robots.AGENT  # the User-Agent
    max_bytes: int = 10_000_000  # of a response, decoded
    proxy: str | None = None  # the URL of an HTTP proxy, which then resolves names
    attempts: int = 3
    delay: float = 1.0  # at least, between two requests to a host
    backoff: float = 2.0  # before the second attempt, doubled before each later one
    connect: float = 10.0
    read: float = 20.0  # between two parts of a response
    whole: float = 60.0  # for one request with its response


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response with a body."""

    url: str  # normalized, after redirects
    content: bytes  # decoded
    type: str  # the media type in lower case; empty if the server names none
    charset: str | None
    etag: str | None
    modified: str | None  # the Last-Modified header


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free: float = 0.0  # when the next request may begin


def connections_of(options: Options, tls: ssl.SSLContext | None = None) -> httpx.AsyncHTTPTransport:
    """Return connections to addresses, or to the proxy of the options; `tls` holds other trusted certificates."""
    # None is kept open: several names may have one address, and a certificate is checked for one of them only.
    none = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=tls or True, trust_env=False, proxy=options.proxy, limits=none)


class Fetcher:
    """Fetches URLs; a context manager. Use it from one event loop; requests to one host wait for each other."""

    def __init__(
        self,
        options: Options,
        *,
        resolver: Resolver = resolve,
        connections: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Fetch as `options` say; tests pass another resolver, other connections or another sleep.

        Raises:
            SettingsError: the extra `web` is not installed.
        """
        extra.require()
        self._options = options
        self._sleep = sleep
        self._robots = robots.Robots(self._read_robots)
        self._hosts: dict[str, _Host] = {}
        self.reader = IsolatedReader(_MAX_READ, _MAX_MEMORY)
        """Reads responses in a process of its own, which is started by the first that is not small and plain."""
        connections = connections or connections_of(options)
        self._client = httpx.AsyncClient(
            transport=CheckedTransport(options.allowed, connections, None if options.proxy else resolver),
            headers={"User-Agent": options.agent, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # refuses all
            timeout=httpx.Timeout(options.read, connect=options.connect),
            follow_redirects=False,
            trust_env=False,
        )

    async def get(self, url: str, *, etag: str | None = None, modified: str | None = None) -> Fetched | None:
        """Fetch a URL; None if it still has the given ETag or Last-Modified.

        Raises:
            FetchError: it cannot be fetched; the error says why and what to do.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in conditions.items() if value}
        wait = self._options.backoff
        for attempts_left in range(self._options.attempts - 1, -1, -1):
            try:
                return await self._follow(url, headers)
            except FetchError as error:
                wait = max(wait, error.retry_after or 0.0)
                if not (error.temporary and attempts_left and wait <= _MAX_WAIT):
                    raise
            await self._sleep(wait)
            wait *= 2
        raise AssertionError("there is at least one attempt")

    async def _follow(self, url: str, headers: dict[str, str]) -> Fetched | None:
        """Fetch a URL, following redirects; each is checked like the first."""
        at = first = _normalized(url)
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                delay = await self._robots.check(at)
                result = await self._request(at, headers, self._options.max_bytes, max(delay, self._options.delay))
            except FetchError as error:
                raise error.at(url, f"redirects to {at}: " if at != first else "") from error
            if not isinstance(result, _Redirect):
                return result
            at = result.url
        raise FetchError(url, f"redirects more than {_MAX_REDIRECTS} times: open it in a browser, and use its address")

    async def _read_robots(self, url: str) -> bytes:
        """Return a robots.txt, empty if there is none; without a known answer everything is forbidden (RFC 9309)."""
        at = url
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                result = await self._request(at, {}, robots.MAX_BYTES, 0.0, cut=True)
                if not isinstance(result, _Redirect):
                    return result.content if result else b""
                at = result.url
        except StatusError as error:
            if not error.absent:
                raise error.at(at, "robots.txt: ") from error
        return b""  # RFC 9309: more redirects than five are as if there were none

    async def _request(
        self, url: str, headers: dict[str, str], max_bytes: int, delay: float, *, cut: bool = False
    ) -> "Fetched | _Redirect | None":
        """Send one request; with `cut` a longer response is cut off instead of refused."""
        options = self._options
        try:
            async with (
                self._turn(urls.host_of(url), delay),
                asyncio.timeout(options.whole),
                self._client.stream("GET", url, headers=headers) as response,
            ):
                if response.status_code in _REDIRECTS:
                    return _Redirect(_target(url, response))
                if response.status_code == 304 and headers:
                    return None
                if response.status_code != 200:
                    raise status_error(url, response)
                content = await read_body(url, response, max_bytes, cut=cut)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise FetchError(url, "timed out: try again later", temporary=True) from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise transport_error(url, error) from error
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        known = response.headers.get("ETag"), response.headers.get("Last-Modified")
        return Fetched(url, content, kind, response.charset_encoding, *known)

    @asynccontextmanager
    async def _turn(self, name: str, delay: float) -> AsyncIterator[None]:
        """Wait until a host may get the next request."""
        host = self._hosts.setdefault(name, _Host())
        async with host.lock:
            await self._sleep(max(0.0, host.free - monotonic()))
            try:
                yield
            finally:
                host.free = monotonic() + delay
        if len(self._hosts) > _MAX_HOSTS:
            now = monotonic()
            self._hosts = {each: host for each, host in self._hosts.items() if host.lock.locked() or host.free > now}

    async def aclose(self) -> None:
        """Close the connections, and end the process that reads responses."""
        self.reader.close()
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        """Return the fetcher."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()


@dataclass(frozen=True, slots=True)
class _Redirect:
    url: str


def _normalized(url: str) -> str:
    try:
        return urls.normalized(url)
    except ValueError as error:
        raise FetchError(url, f"{error}: write it as https://news.example/story") from error


def _target(url: str, response: httpx.Response) -> str:
    try:
        return urls.join(url, response.headers.get("Location", ""))
    except ValueError as error:
        raise FetchError(url, f"redirects to an address that cannot be fetched ({error})") from error
