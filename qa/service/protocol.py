"""HTTP/1.1 on a connection: uvicorn's protocol with limits on headers, pipelining and waiting.

uvicorn's protocol parses with httptools, which holds headers of any size, and reads on while requests are pipelined.
"""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from qa.service.connections import Connections, client_of
from qa.service.refusals import Refusals

MAX_HEADERS = 100  # fields
MAX_HEAD = 32 * 1024  # bytes of a URL and all headers; a question of 2,000 letters in a URL takes up to 24,000
_MAX_OVERHEAD = 2 * MAX_HEAD  # bytes that are neither body nor parsed yet; chunks of a body may take as much as it
_MAX_DISCARDED = 16_000_000  # bytes read after a refusal, so that clients that send first can read it
_REFUSALS = {
    400: ("Bad request", "invalid HTTP: send one HTTP/1.1 request at a time"),
    408: ("Request timeout", "the headers were not received in time: send the request again"),
    431: ("Headers too large", f"more than {MAX_HEADERS} headers or {MAX_HEAD} bytes of URL and headers: send fewer"),
    503: ("Unavailable", "too many open connections: retry in 1 s"),
}


class _Refused(Exception):
    """Ends the parsing of a request."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. A request that arrives before the last one is answered is dropped and the connection closed.

    RFC 9112, section 9.3.2, expects that of clients that pipeline: they send again what was not answered.
    """

    def __init__(self, connections: Connections, refusals: Refusals, **options: Any) -> None:
        """Handle a connection, which counts among `connections`."""
        super().__init__(**options)
        self.client_address = ""
        self._connections = connections
        self._refusals = refusals
        self._metrics = refusals.metrics
        self._ending = False  # what is received from now on is discarded
        self._reason = "malformed"  # of the refusal, if parsing fails
        self._begun = self._headers_complete = self._has_host = False
        self._head = self._fields = 0
        self._overhead = 0  # bytes received for this request without its body
        self._discarded = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection, or refuse it."""
        super().connection_made(transport)
        self.client_address = client_of(self.client[0] if self.client else "")
        self._metrics.count_connection()
        if not self._connections.open(self):
            self._refuse(503, "connections")
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remove the connection."""
        self._connections.close(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what was received, unless the connection is ending."""
        if self._ending:
            self._discard(len(data))
            return
        self._overhead += len(data)
        super().data_received(data)
        if self._overhead > _MAX_OVERHEAD and not self._ending:
            self._reason = "headers"
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the signature of uvicorn
        """Refuse what was received; it is also called if parsing fails."""
        self._ending = True
        if self._reason == "pipelined":
            self._refusals.count("pipelined")
            self.cycle.keep_alive = False  # so that the connection is closed after the answer
        elif self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self._refusals.count(self._reason)
            self.transport.abort()
        else:
            self._refuse(431 if self._reason == "headers" else 400, self._reason)

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._reason = "pipelined"
            raise _Refused
        self._begun, self._headers_complete, self._has_host = True, False, False
        self._head = self._fields = self._overhead = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Add a part of the URL."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header; trailers are dropped."""
        self._fields += 1
        self._count(len(name) + len(value))
        if self._headers_complete:
            return
        if name.lower() == b"host":
            if self._has_host:  # proxies may choose the other one (RFC 9112, section 3.2)
                raise _Refused
            self._has_host = True
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, unless its target is at another host than its header says."""
        if self.url[:1] not in (b"/", b"*"):  # `GET http://host/`: the header does not count (RFC 9112, section 3.2.2)
            target = urlsplit(self.url).netloc.lower()
            if (b"host", target) not in [(name, value.lower()) for name, value in self.headers]:
                raise _Refused
        self._headers_complete = True
        self._metrics.count_bytes(headers=self._head)
        self._connections.work(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Add a part of the body."""
        self._overhead -= 2 * len(body)
        self._metrics.count_bytes(body=len(body))
        if self.cycle.response_complete:
            self._discard(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._begun, self._overhead = False, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._connections.wait(self)
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Note that the client takes its response slowly."""
        super().pause_writing()
        self._connections.stall(self)

    def resume_writing(self) -> None:
        """Note that the client has taken its response."""
        self._connections.resume(self)
        super().resume_writing()

    def expire(self) -> None:
        """Close the connection: it has waited too long for a request."""
        if self._begun and not self._headers_complete and not self._ending:
            self._refuse(408, "slow_headers")
        self.transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def unsent(self) -> int:
        """Return the number of bytes that the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD or self._fields > MAX_HEADERS:
            self._reason = "headers"
            raise _Refused

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discarded > _MAX_DISCARDED:
            self.transport.abort()

    def _refuse(self, status: int, reason: str) -> None:
        """Send a refusal and nothing more; what is received until the client closes is discarded."""
        self._refusals.count(reason)
        self._ending = True
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # the request is refused while its body is read
            self.cycle.message_event.set()
        title, detail = _REFUSALS[status]
        body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
        retry = b"retry-after: 1\r\n" if status == 503 else b""
        head = b"content-type: application/problem+json\r\ncontent-length: %d\r\nconnection: close\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + retry + b"\r\n" + body)
        self._connections.wait(self)  # so that it is closed if the client does not
        if self.transport.can_write_eof():
            self.transport.write_eof()
