"""Errors below `/v1` in the OpenAI format, whoever reports them."""

import json

from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATHS = "/v1/"


class Failure(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorResponse(BaseModel):
    """An error in OpenAI's form."""

    error: Failure


class OpenAIErrors:
    """Middleware that tells problems below `/v1` in OpenAI's form, whoever found them."""

    def __init__(self, app: ASGIApp) -> None:
        """Listen to what an app answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        held: Message | None = None

        async def sent(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_problem(message):
                held = message
            elif held and message["type"] == "http.response.body":  # problems have one body
                await send(_translated(held, message))
                await send(message)
            else:
                await send(message)

        await self._app(scope, receive, sent)


def _is_problem(start: Message) -> bool:
    return any(name == b"content-type" and value == b"application/problem+json" for name, value in start["headers"])


def _translated(start: Message, body: Message) -> Message:
    """Put an error into a body, and return the start that goes with it."""
    problem = json.loads(body["body"])
    kind, code = _KINDS.get(problem["status"], ("invalid_request_error", None))
    pointers = [error["pointer"].removeprefix("#/") for error in problem.get("errors", ())]
    failure = Failure(message=problem["detail"], type=kind, param=pointers[0] if pointers else None, code=code)
    response = JSONResponse(ErrorResponse(error=failure).model_dump())
    body["body"] = response.body
    kept = [(name, value) for name, value in start["headers"] if name not in (b"content-type", b"content-length")]
    return {**start, "headers": [*kept, *response.raw_headers]}


_KINDS: dict[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "insufficient_permissions"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}
