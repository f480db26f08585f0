"""A web site made in code, on a free port of this machine, and a fake of the connections to all others."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from types import TracebackType
from typing import Any, Self

import httpx2 as httpx

from index.errors import FetchError
from index.web.addresses import Allowed
from index.web.fetch import Fetched, Fetcher, Options


@dataclass(frozen=True)
class Reply:
    """A response; a body of parts is sent as they come, without its length."""

    body: bytes | Callable[[], Iterator[bytes]] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def page(text: str, title: str = "", **headers: str) -> Reply:
    """Return a page with one paragraph."""
    content = f"<html><head><title>{title}</title></head><body><article><p>{text}</p></article></body></html>"
    return Reply(content.encode(), headers={"Content-Type": "text/html; charset=utf-8"} | headers)


Answer = Reply | Callable[[Mapping[str, str]], Reply]


class Site:
    """A site whose pages are replies, or functions of the request's headers; unknown paths are 404.

    `requests` lists the path and the headers of each request.
    """

    def __init__(
        self, pages: Mapping[str, Answer] | None = None, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.pages = dict(pages or {})
        self.requests: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                answer = site.pages.get(self.path, Reply(status=404))
                site.send(self, answer if isinstance(answer, Reply) else answer(site.requests[-1][1]))

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        """Send a reply."""
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            if isinstance(reply.body, bytes):
                handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            for part in [reply.body] if isinstance(reply.body, bytes) else reply.body():
                handler.wfile.write(part)
        except OSError:
            return  # the client has had enough

    @property
    def paths(self) -> list[str]:
        """The paths of all requests but those for robots.txt."""
        return [path for path, _ in self.requests if path != "/robots.txt"]

    def options(self, **fields: Any) -> Options:
        """Return options that allow this site, without delays."""
        allowed = Allowed((ip_network("127.0.0.1"),), (self.port,))
        return replace(Options(allowed=allowed, delay=0.0, backoff=0.0, max_bytes=100_000), **fields)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class FakeConnections(httpx.AsyncBaseTransport):
    """Answers for every address: redirects by the name of the host, else a page. `addresses` lists those reached."""

    def __init__(self, redirects: Mapping[str, str] | None = None) -> None:
        self._redirects = redirects or {}
        self.addresses: list[str] = []
        self.names: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        self.addresses.append(request.url.host)
        self.names.append(str(request.extensions.get("sni_hostname", "")))
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        name = request.headers["Host"]
        if name in self._redirects:
            return httpx.Response(302, headers={"Location": self._redirects[name]})
        return httpx.Response(200, headers={"Content-Type": "text/html"}, content=b"<p>The canary sings.</p>")


def get(
    site: Site, path: str, *, slept: list[float] | None = None, known: dict[str, str] | None = None, **options: Any
) -> Fetched | str | None:
    """Return what is fetched, or the reason why nothing is."""

    async def sleep(seconds: float) -> None:
        if slept is not None and seconds:
            slept.append(seconds)

    async def run() -> Fetched | str | None:
        async with Fetcher(site.options(**options), sleep=sleep) as fetcher:
            try:
                return await fetcher.get(site.url + path, **(known or {}))
            except FetchError as error:
                return str(error).removeprefix(f"{site.url + path}: ")

    return asyncio.run(run())


def content(site: Site, path: str, **options: Any) -> bytes:
    """Return the content at a path of a site, which must be fetched."""
    fetched = get(site, path, **options)
    assert isinstance(fetched, Fetched), fetched
    return fetched.content
