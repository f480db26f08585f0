"""A site on a port of this machine that serves pages in several encodings, and answers that fail."""

import gzip
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Reply:
    """A response."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


_HTML = "text/html; charset={}"
# The encoding of a page, the charset of its header and that of its meta element; '' if it is not named.
_ENCODINGS = (
    ("utf-8", "utf-8", "utf-8"),
    ("cp1252", "windows-1252", ""),
    ("utf-8", "", "utf-8"),
    ("iso-8859-15", "", "iso-8859-15"),
    ("utf-8", "ISO-8859-1", "utf-8"),  # a header that is wrong
    ("utf-16", "", ""),  # with a byte order mark
    ("cp1252", "", ""),
)
_JAPANESE = (("shift_jis", "", "shift_jis"), *_ENCODINGS[:1], *_ENCODINGS[4:6])
_OTHER_SCRIPTS = (*_ENCODINGS[:1], *_ENCODINGS[2:3], *_ENCODINGS[4:6])


def reply(number: int, html: str, language: str) -> Reply:
    """Return a page as bytes; its number chooses the encoding and the compression."""
    known = {"ja": _JAPANESE, "ar": _OTHER_SCRIPTS}.get(language, _ENCODINGS)
    encoding, header, meta = known[number % len(known)]
    source = html.replace("{charset}", f'<meta charset="{meta}">' if meta else "", 1)
    body = source.encode(encoding, "xmlcharrefreplace")
    headers = {"Content-Type": _HTML.format(header) if header else "text/html"}
    coding = ("", "gzip", "br", "zstd")[number % 4]
    if coding:
        body = _compressed(coding, body)
        headers["Content-Encoding"] = coding
    return Reply(body, headers=headers)


def _compressed(coding: str, body: bytes) -> bytes:
    # Here, since only the extra `web` has them.
    import brotli
    from backports import zstd

    packed: bytes = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[coding](body)
    return packed


def _slowly() -> Iterator[bytes]:
    for _ in range(600):
        yield b"<p>"
        time.sleep(0.1)


def _endless() -> Iterator[bytes]:
    while True:
        yield b"<p>Le port rouvre ses quais.</p>" * 2000


_SCRIPTS = b'<html><head><script src="/app.js"></script></head><body><div id="root"></div></body></html>'
FAILURES: Mapping[str, tuple[Reply, str]] = {
    "/missing": (Reply(status=404), "404 Not Found: check the address"),
    "/gone": (Reply(status=410), "410 Gone: check the address"),
    "/busy": (Reply(status=429, headers={"Retry-After": "1"}), "429 Too Many Requests: try again later"),
    "/broken": (Reply(status=500), "500 Internal Server Error: try again later"),
    "/closed": (Reply(status=403), "403 Forbidden: it is not open to everybody"),
    "/slow": (Reply(headers={"Content-Type": "text/html"}), "timed out: try again later"),
    "/endless": (Reply(headers={"Content-Type": "text/html"}), "larger than 10 MB"),
    "/huge": (Reply(b" " * 10_500_000, headers={"Content-Type": "text/html"}), "larger than 10 MB"),
    "/empty": (Reply(headers={"Content-Type": "text/html"}), "no text of an article in this page"),
    "/scripts": (Reply(_SCRIPTS, headers={"Content-Type": "text/html"}), "if scripts load it"),
    "/circle": (Reply(status=302, headers={"Location": "/circle"}), "redirects more than 5 times"),
    "/metadata": (Reply(status=302, headers={"Location": "http://169.254.169.254/"}), "of cloud metadata"),
    "/image": (Reply(b"\x89PNG\r\n\0", headers={"Content-Type": "image/png"}), "image/png is not a page"),
    "/damaged": (Reply(b"\x1f\x8b nothing", headers={"Content-Encoding": "gzip"}), "its content is damaged"),
}
"""Answers that give no article by path, and words of the message that has to name the reason."""
# Bodies that are sent in parts, without their length.
_BODIES = {"/slow": _slowly, "/endless": _endless}


class Site:
    """Serves replies by path, and those of `FAILURES`; a context manager. `url` is its address."""

    def __init__(self, port: int = 0) -> None:
        """Listen on a port of this machine, by default a free one."""
        self.pages: dict[str, Reply] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                failure, _ = FAILURES.get(self.path, (Reply(status=404), ""))
                site.send(self, site.pages.get(self.path, failure))

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    @staticmethod
    def send(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        """Send a reply; a client that leaves early ends it."""
        parts: Iterable[bytes] = _BODIES[handler.path]() if handler.path in _BODIES else (reply.body,)
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            if handler.path not in _BODIES:
                handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            for part in parts:
                handler.wfile.write(part)
        except OSError:
            handler.close_connection = True

    def join(self) -> None:
        """Wait until the site is stopped."""
        self._thread.join()

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
