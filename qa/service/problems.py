"""What goes wrong is told as `application/problem+json` (RFC 9457)."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from index.errors import ArchiveError, QuestionError
from qa.service import schemas
from qa.service.admission import QueueFull, Refused

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
_MOST_TOLD = 20  # errors in one body
_log = logging.getLogger("newsqa")


def problem(
    status: int, detail: str, errors: Sequence[dict[str, str]] = (), headers: dict[str, str] | None = None
) -> Response:
    """Return an error as `application/problem+json`."""
    told = detail.encode(errors="replace").decode()  # JSON can bring half a pair of surrogates in
    content = schemas.Problem(title=_TITLES.get(status, "Error"), status=status, detail=told, errors=list(errors))
    body = content.model_dump(exclude_defaults=True) | {"type": content.type}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def add_problems(app: FastAPI) -> None:
    """Make an app answer with problems where it raises our errors or refuses a request."""

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = error.errors()[:_MOST_TOLD]
        errors = [_located(item) for item in found]
        if any(item["type"] == "json_invalid" for item in found):
            return problem(400, f"the body is not JSON: {errors[0]['detail']}", errors)
        return problem(422, "; ".join(f"{_name(item['pointer'])}{item['detail']}" for item in errors), errors)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(QuestionError)
    @app.exception_handler(Refused)
    @app.exception_handler(ArchiveError)
    async def failed(_: Request, error: QuestionError | Refused | ArchiveError) -> Response:
        return refusal(error)


def refusal(error: QuestionError | Refused | ArchiveError) -> Response:
    """Return what is told when a question is not answered."""
    if isinstance(error, QuestionError):
        return problem(422, str(error))
    if isinstance(error, Refused):
        status = 429 if isinstance(error, QueueFull) else 503
        return problem(status, str(error), headers={"Retry-After": str(error.again)})
    _log.error("%s", error)
    return problem(503, str(error))


def _located(item: Any) -> dict[str, str]:
    place = [str(part) for part in item["loc"] if part not in schemas.ONE_OR_MORE]
    pointer = "/".join(["#", *place[1:]]) if place[0] == "body" else "/".join(place)
    detail = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "json_invalid":
        return {"pointer": "#", "detail": f"{item.get('ctx', {}).get('error', detail)} at character {place[-1]}"}
    if item["type"] == "extra_forbidden":
        detail = "unknown field: remove it"
    elif item["type"] == "missing" and place == ["body"]:
        detail = "the body is empty: send a JSON object"
    return {"pointer": pointer, "detail": detail[:1].lower() + detail[1:]}


def _name(pointer: str) -> str:
    name = pointer.removeprefix("#/").removeprefix("query/")
    return "" if name in ("#", "query", "question", "q") else f"{name}: "


# --- in the OpenAPI document


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}


STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; or, as a stream: `passages`, then `delta` and `citation` by turns, then `final`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_PROBLEM_SCHEMA = schemas.Problem.model_json_schema()
UNREADY: dict[int | str, dict[str, Any]] = {503: _refusal("The archive cannot be read, or the service is stopping.")}
ABSENCE: dict[int | str, dict[str, Any]] = {404: _refusal("There is no such thing."), **UNREADY}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal("The body is not JSON."),
    408: _refusal("The body did not come."),
    413: _refusal("The body is too large."),
    415: _refusal("The body is not application/json."),
    429: _refusal("Too many are waiting, or too many came: see Retry-After."),
    503: _refusal("It waited too long, the service is stopping, or the archive cannot be read."),
}
FULL: dict[int | str, dict[str, Any]] = {507: _refusal("There is too little room on the disk; reading goes on.")}
WRITING: dict[int | str, dict[str, Any]] = {
    200: {"description": "None is new.", "model": schemas.Written},
    **REFUSALS,
    **FULL,
}
ALWAYS: dict[int | str, dict[str, Any]] = {
    401: _refusal("A key is needed, as `Authorization: Bearer`."),
    403: _refusal("The key does not have the scope that this needs."),
    421: _refusal("The service does not have this name."),
    422: _refusal("The request cannot be understood."),
    429: _refusal("Too many requests came: see Retry-After."),
}
