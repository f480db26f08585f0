"""Error responses as `application/problem+json` (RFC 9457)."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from index.errors import (
    ArchiveChanged,
    ArchiveDamaged,
    ArchiveError,
    ArchiveFull,
    FilterError,
    ImportUnfinished,
    NoArchive,
    QuestionError,
    StoreUnavailable,
)
from qa.service.admission import QueueFull, Refused
from qa.service.schemas.problem import Problem
from qa.service.schemas.questions import Filters
from qa.service.schemas.writing import ARTICLE_TAGS, Written

_TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Request timeout",
    413: "Body too large",
    415: "Unsupported media type",
    421: "Misdirected request",
    422: "Unprocessable",
    429: "Too many requests",
    503: "Unavailable",
    507: "Insufficient storage",
}
_MAX_ERRORS = 20  # in one response
_RETRY_ARCHIVE = 30  # seconds; somebody has to repair it
_RETRY_CHANGED = 1  # seconds; the next answer sees the change
_RETRY_STORE = 5  # seconds; a database that restarts comes back
_MAX_SHOWN = 100  # characters of a path, or of the name of a field, in an error
_NOT_PARSED = "There was an error parsing the body"  # what FastAPI answers to other errors than of syntax
_log = logging.getLogger("newsqa")


class VersionGone(HTTPException):
    """An article has changed since a version that is no longer kept, or that never was."""

    def __init__(self, article_id: str, version: str, current: str) -> None:
        """Create the error; `current` is the version that the article has now."""
        super().__init__(404, f"article {article_id} has no version {version}: it may have changed since, to {current}")
        self.current = current


def problem(
    status: int,
    detail: str,
    errors: Sequence[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
    *,
    current_version: str | None = None,
    reason: str = "",
) -> Response:
    """Return an error as `application/problem+json`; `reason` is what a refusal is counted by."""
    encodable = detail.encode(errors="replace").decode()  # a JSON request can contain lone surrogates
    content = Problem(
        title=_TITLES.get(status, "Error"),
        status=status,
        detail=encodable,
        errors=list(errors),
        current_version=current_version,
    )
    body = content.model_dump(exclude_defaults=True) | {"type": content.type}
    return _Problem(body, status, headers, reason)


class _Problem(JSONResponse):
    """A problem, which leaves its reason in the scope of its request for `RequestLog`."""

    media_type = "application/problem+json"

    def __init__(self, body: dict[str, Any], status: int, headers: dict[str, str] | None, reason: str) -> None:
        super().__init__(body, status, headers)
        self._reason = reason

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._reason:
            scope["refused"] = self._reason
        await super().__call__(scope, receive, send)


def add_problem_handlers(app: FastAPI) -> None:
    """Make an app return its errors, ours and the framework's, as problems."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        items = error.errors()[:_MAX_ERRORS]
        errors = [_pointed(item) for item in items]
        if any(item["type"] == "json_invalid" for item in items):
            return problem(400, f"the body is not JSON: {errors[0]['detail']}", errors)
        return problem(422, "; ".join(map(_sentence, errors)), errors)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        headers, detail = dict(error.headers or {}), str(error.detail)
        if "Allow" in headers:  # with the methods of the first route of the path only
            headers["Allow"] = ", ".join(_methods(request))
            detail = f"{request.method} is not allowed here: use {headers['Allow']}"
        elif detail == _NOT_PARSED:
            detail = (
                "the body cannot be read as JSON: send UTF-8, without deep nesting and numbers of thousands of digits"
            )
        elif detail == HTTPStatus.NOT_FOUND.phrase:
            detail = f"nothing is at {request.url.path[:_MAX_SHOWN]}: see /docs for the routes"
        current = error.current if isinstance(error, VersionGone) else None
        return problem(error.status_code, detail, headers=headers, current_version=current)

    @app.exception_handler(QuestionError)
    @app.exception_handler(Refused)
    @app.exception_handler(ArchiveError)
    async def failed(request: Request, error: QuestionError | Refused | ArchiveError) -> Response:
        return refusal(error, "query" if request.method == "GET" else "#/filters")


def refusal(error: QuestionError | Refused | ArchiveError, filters: str = "#/filters") -> Response:
    """Return the response to a question that fails or is refused; `filters` is the place of its filter."""
    if isinstance(error, FilterError):
        place = filters if error.field in Filters.model_fields else filters.removesuffix("/filters")
        return problem(422, str(error), [{"pointer": f"{place}/{error.field}", "detail": str(error)}])
    if isinstance(error, QuestionError):
        return problem(422, str(error))
    if isinstance(error, Refused):
        status = 429 if isinstance(error, QueueFull) else 503
        return problem(status, str(error), headers={"Retry-After": str(error.retry_after)}, reason=error.reason)
    _log.error("%s", error)
    if isinstance(error, ArchiveFull):
        return problem(507, public(error), reason="disk_full")
    seconds = _RETRY_STORE if isinstance(error, StoreUnavailable) else _RETRY_ARCHIVE
    if isinstance(error, ArchiveChanged):
        seconds = _RETRY_CHANGED
    return problem(503, public(error), headers={"Retry-After": str(seconds)}, reason="archive")


def public(error: ArchiveError) -> str:
    """Return what clients may know of an error of the archive, whose message has paths of this machine."""
    if isinstance(error, ArchiveFull):
        return "the disk is full: free disk space; nothing was written"
    if isinstance(error, ArchiveChanged):
        return "articles changed during the answer: ask again"
    if isinstance(error, StoreUnavailable):
        return "the database of the archive does not answer: try again, or see the service log"
    if isinstance(error, ArchiveDamaged):
        return "the archive is damaged: see the service log, and run newsqa doctor"
    if isinstance(error, ImportUnfinished):
        return "the archive is being imported: try again later, or see the service log"
    if isinstance(error, NoArchive):
        return "there is no archive: run newsqa index, or see the service log"
    return "the archive cannot be read or written: see the service log"


def _methods(request: Request) -> list[str]:
    """Return the methods that a path has."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in routes for method in getattr(route, "methods", None) or ()}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def _pointed(item: Any) -> dict[str, str]:
    """Return a validation error of pydantic as `pointer` and `detail`."""
    path = [str(part)[:_MAX_SHOWN] for part in item["loc"] if part not in ARTICLE_TAGS]
    pointer = "/".join(["#", *path[1:]]) if path[0] == "body" else "/".join(path)
    detail = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "json_invalid":
        return {"pointer": "#", "detail": f"{item.get('ctx', {}).get('error', detail)} at character {path[-1]}"}
    if item["type"] == "extra_forbidden":
        detail = "unknown field: remove it"
    elif item["type"] == "missing" and path == ["body"]:
        detail = "the body is empty: send a JSON object"
    return {"pointer": pointer, "detail": detail[:1].lower() + detail[1:]}


def _sentence(error: dict[str, str]) -> str:
    """Return an error of a request with the name of its field, which errors about the question or the body have."""
    name, detail = error["pointer"].removeprefix("#/").removeprefix("query/"), error["detail"]
    return detail if name in ("#", "query") or detail.startswith("the question ") else f"{name}: {detail}"


# --- responses in the OpenAPI document


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}


_EVENT = {  # the schema of each event
    "type": "object",
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "description": "JSON."}},
    "required": ["event", "data"],
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; as a stream: `passages`, a `delta` and a `citation` for each quote, then `final`.",
        "content": {"text/event-stream": {"schema": _EVENT}},
    }
}
_PROBLEM_SCHEMA = Problem.model_json_schema()
UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: _refusal("The archive cannot be read, or the service is shutting down.")
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: _refusal("Not found."), **UNAVAILABLE}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal("The body is not JSON."),
    408: _refusal("The body was not received in time."),
    413: _refusal("The body is too large."),
    415: _refusal("The body is not application/json."),
    429: _refusal("The queue is full or the rate limit is exceeded: see Retry-After."),
    503: _refusal("The request timed out in the queue, the service is shutting down, or the archive cannot be read."),
}
DISK_FULL: dict[int | str, dict[str, Any]] = {507: _refusal("Too little disk space; reads still work.")}
WRITES: dict[int | str, dict[str, Any]] = {
    200: {"description": "No article is new.", "model": Written},
    **REFUSALS,
    **DISK_FULL,
}
EVERY_ROUTE: dict[int | str, dict[str, Any]] = {
    401: _refusal("Missing or invalid API key: send `Authorization: Bearer`."),
    403: _refusal("The key's scope does not include the required one."),
    421: _refusal("Unknown host name."),
    422: _refusal("The request is invalid."),
    429: _refusal("The rate limit is exceeded: see Retry-After."),
    431: _refusal("URL and headers are too large."),
}
