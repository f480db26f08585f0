"""Limits on request bodies: content type, size and the time to receive them."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.service.problems import problem
from qa.service.urls import path_of

MAX_QUESTION_BYTES = 256 * 1024  # bytes
_BODY_TIMEOUT = 60.0  # seconds to receive a body


class BodyLimit:
    """Middleware that passes on complete bodies; articles may be larger than questions."""

    def __init__(self, app: ASGIApp, max_bytes: int, timeout: float = _BODY_TIMEOUT) -> None:
        """Limit bodies of articles to `max_bytes` bytes, and the time to receive any body to `timeout` seconds."""
        self._app = app
        self._max_bytes = max_bytes
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != b"application/json":
            shown = kind.decode("latin-1") or "(none)"
            refusal = problem(415, f"unsupported content type {shown}: send application/json")
            await refusal(scope, receive, send)
            return
        limit = self._max_bytes if path_of(scope).startswith("/articles") else MAX_QUESTION_BYTES
        length = headers.get(b"content-length", b"0")
        try:
            async with asyncio.timeout(self._timeout):
                body = None if length.isdigit() and int(length) > limit else await _body(receive, limit)
        except TimeoutError:
            await problem(408, f"the body was not received within {self._timeout:g} s: send it again")(
                scope, receive, send
            )
            return
        if body is None:
            await problem(413, f"the body is larger than {limit} bytes: send a smaller one")(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Return the whole body, or None if it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            return None
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def receive_again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
