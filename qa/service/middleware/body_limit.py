"""Bodies that are too large or not JSON are refused before anything reads them."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.service.problems import problem

MAX_QUESTION_BYTES = 256 * 1024  # bytes
_PATIENCE = 60.0  # seconds for a body to come


class BodyLimit:
    """Middleware that hands on whole bodies; those of articles may be longer than those of questions."""

    def __init__(self, app: ASGIApp, max_bytes: int, patience: float = _PATIENCE) -> None:
        """Let articles have bodies of at most `max_bytes` bytes, which come within `patience` seconds."""
        self._app = app
        self._max_bytes = max_bytes
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != b"application/json":
            shown = kind.decode("latin-1") or "nothing"
            refusal = problem(415, f"the content type is {shown}: send application/json")
            await refusal(scope, receive, send)
            return
        limit = self._max_bytes if scope["path"].startswith("/articles") else MAX_QUESTION_BYTES
        length = headers.get(b"content-length", b"0")
        try:
            async with asyncio.timeout(self._patience):
                body = None if length.isdigit() and int(length) > limit else await _body(receive, limit)
        except TimeoutError:
            await problem(408, f"the body has not come within {self._patience:g} seconds: send it again")(
                scope, receive, send
            )
            return
        if body is None:
            await problem(413, f"the body has more than {limit} bytes: send less")(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)


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


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
