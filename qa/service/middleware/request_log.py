"""What each request meets first and each answer last: an id, a line in the log, metrics, headers for browsers."""

import logging
import re
import uuid
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.service.logs import request_id
from qa.service.metrics import Metrics
from qa.service.middleware.auth import template
from qa.service.problems import problem

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# The page of the documentation begins with a script of its own; all it loads is ours.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The page runs the script beside it, which can make no markup of what it is given.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
_POLICIES = {"/": _PAGE_POLICY, "/docs": _DOCS_POLICY}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LEFT = 499  # what nginx calls a client that did not wait for the answer
_log = logging.getLogger("newsqa")


class RequestLog:
    """The outermost middleware. It says which route it is in `scope["route_path"]`, None if there is none."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Log the requests to `app` and count them in `metrics`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell what became of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
        route = scope["route_path"] = template(scope)
        policy = _POLICIES.get(route or "", _POLICY)
        status = _LEFT
        begun = request_id.set(identity)

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS | {"X-Request-Id": identity, "Content-Security-Policy": policy})
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the log its place
            _log.error("unexpected error", exc_info=error)
            if status == _LEFT:
                await problem(500, "an unexpected error; the service's log has it")(scope, receive, sent)
        finally:
            seconds = perf_counter() - began
            self._metrics.requested(scope["method"], route, status, seconds)
            key = scope.get("key")
            fields = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            _log.info("request", extra=fields | {"key": key.id if key else None})
            request_id.reset(begun)
