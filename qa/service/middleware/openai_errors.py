"""Errors below `/v1` in OpenAI's format."""

import json

from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.service.urls import path_of

_PATHS = "/v1/"


class Failure(BaseModel):
    """The details of an error."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorResponse(BaseModel):
    """An error in OpenAI's format."""

    error: Failure


class OpenAIErrors:
    """Middleware that converts problem+json responses below `/v1` to OpenAI's format."""

    def __init__(self, app: ASGIApp) -> None:
        """Convert the errors of `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not path_of(scope).startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_converted(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_problem(message):
                start = message
            elif start and message["type"] == "http.response.body":  # problems have one body
                await send(_convert(start, message, has_route=scope.get("route_path") is not None))
                await send(message)
            else:
                await send(message)

        await self._app(scope, receive, send_converted)


def _is_problem(start: Message) -> bool:
    return any(name == b"content-type" and value == b"application/problem+json" for name, value in start["headers"])


def _convert(start: Message, body: Message, *, has_route: bool) -> Message:
    """Convert the error in `body` in place; return the matching start message."""
    problem = json.loads(body["body"])
    type_, code = _TYPES.get(problem["status"], ("invalid_request_error", None))
    if problem["status"] == 404 and has_route:  # the model is all that routes below /v1 look for
        code = "model_not_found"
    pointers = [error["pointer"].removeprefix("#/") for error in problem.get("errors", ())]
    failure = Failure(message=problem["detail"], type=type_, param=pointers[0] if pointers else None, code=code)
    response = JSONResponse(ErrorResponse(error=failure).model_dump())
    body["body"] = response.body
    kept = [(name, value) for name, value in start["headers"] if name not in (b"content-type", b"content-length")]
    return {**start, "headers": [*kept, *response.raw_headers]}


_TYPES: dict[int, tuple[str, str | None]] = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "insufficient_permissions"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("server_error", None),
}
