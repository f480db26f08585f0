"""Limits on request bodies: content type, size, the time to receive them and their number in memory."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.service.admission import Refused
from qa.service.fair import client
from qa.service.problems import problem, refusal
from qa.service.urls import path_of

MAX_QUESTION_BYTES = 256 * 1024  # bytes
_BODY_TIMEOUT = 60.0  # seconds to receive a body
_MAX_DIGITS = 15  # of a Content-Length; a longer one is too large, and Python refuses more than 4,300
_MAX_BODIES = 8  # of the largest size, in memory at the same time; half of them of one client
_MAX_VALUES = (
    300_000  # objects, lists and fields of a body, by its signs; parsing millions holds the service for seconds
)
_FREE_BYTES = 64 * 1024  # of each body that do not count; the server holds as much anyway

Admit = Callable[[Scope], None]
"""Raises `Refused` if a request would be refused anyway, so that its body is not read."""


def _admit_all(_: Scope) -> None:
    pass


class BodyLimit:
    """Middleware that passes on complete bodies; articles may be larger than questions."""

    def __init__(self, app: ASGIApp, max_bytes: int, admit: Admit = _admit_all, timeout: float = _BODY_TIMEOUT) -> None:
        """Limit bodies of articles to `max_bytes` bytes, and the time to receive any body to `timeout` seconds."""
        self._app = app
        self._max_bytes = max_bytes
        self._admit = admit
        self._timeout = timeout
        self._held = Counter[str]()  # bytes of bodies in memory, by client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it. A body of a request without a route is not read."""
        has_body = scope["type"] == "http" and scope["method"] in ("POST", "PUT", "PATCH")
        if not has_body or scope.get("route_path", "") is None:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != b"application/json":
            shown = kind.decode("latin-1") or "(none)"
            refused = problem(415, f"unsupported content type {shown}: send application/json", reason="content_type")
            await refused(scope, receive, send)
            return
        limit = self._max_bytes if path_of(scope).startswith("/articles") else MAX_QUESTION_BYTES
        body = _Body(self, client.get(), limit)
        try:
            response = await self._read(scope, receive, body, _length(headers))
            await (response or self._app)(scope, body.replay(receive), send)
        except _CutOffError:  # the client is gone, and what it sent may look complete
            return
        finally:
            body.release()

    async def _read(self, scope: Scope, receive: Receive, body: "_Body", length: int) -> Response | None:
        """Read the body of an admitted request; return the refusal, or None."""
        try:
            self._admit(scope)
            async with asyncio.timeout(self._timeout):
                if length <= body.limit and await body.read(receive):
                    return body.refusal()
        except TimeoutError:
            detail = f"the body was not received within {self._timeout:g} s: send it again"
            return problem(408, detail, reason="slow_body")
        except Refused as error:
            return refusal(error)
        return problem(413, f"the body is larger than {body.limit} bytes: send a smaller one", reason="body_size")

    def hold(self, name: str, size: int) -> None:
        """Count `size` bytes more that are held for a client, or fewer if it is negative.

        Raises:
            TooManyBodies: the client, or all clients, would hold too many.
        """
        most = _MAX_BODIES * self._max_bytes
        if size > 0 and (self._held[name] + size > most // 2 or self._held.total() + size > most):
            raise TooManyBodies("too many large bodies at the same time: retry in 1 s, or send one after another")
        self._held[name] += size
        if not self._held[name]:
            del self._held[name]


class TooManyBodies(Refused):
    """There is no memory for another body."""

    reason = "bodies"


class _CutOffError(Exception):
    """The client disconnected before the end of the body."""


class _Body:
    """The body of one request, which counts for its client until it is released."""

    def __init__(self, bodies: BodyLimit, name: str, limit: int) -> None:
        self._bodies = bodies
        self._name = name
        self.limit = limit
        self._counted = 0
        self._content = b""

    async def read(self, receive: Receive) -> bool:
        """Read the whole body; return False if it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise _CutOffError
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.limit:
                return False
            if size > _FREE_BYTES + self._counted:
                self._bodies.hold(self._name, size - _FREE_BYTES - self._counted)
                self._counted = size - _FREE_BYTES
            if not message.get("more_body", False):
                self._content = b"".join(parts)
                return True

    def refusal(self) -> Response | None:
        """Return the refusal of a body that takes long to parse, or None; texts have far fewer of these signs."""
        if sum(map(self._content.count, (b"[", b"{", b":"))) <= _MAX_VALUES:
            return None
        detail = f"the body has more than {_MAX_VALUES} lists, objects and fields: send fewer articles at a time"
        return problem(413, detail, reason="body_size")

    def release(self) -> None:
        """Count no more."""
        if self._counted:
            self._bodies.hold(self._name, -self._counted)
            self._counted = 0

    def replay(self, receive: Receive) -> Callable[[], Awaitable[Message]]:
        """Return a function that receives the body again, then what follows."""
        sent = False

        async def receive_again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": self._content, "more_body": False}

        return receive_again


def _length(headers: dict[bytes, bytes]) -> int:
    """Return the Content-Length, 0 if there is none; a very long one is at least 10 to the power of its digits."""
    digits = headers.get(b"content-length", b"0").lstrip(b"0")
    if not digits.isdigit():
        return 0
    return int(digits) if len(digits) <= _MAX_DIGITS else 10**_MAX_DIGITS
