"""Request id, log line, metrics and security headers of every request."""

import asyncio
import logging
import re
import uuid
from collections.abc import Sequence
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.service.admission import Draining
from qa.service.logs import request_id
from qa.service.metrics import Metrics
from qa.service.problems import problem, refusal

_VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# /docs has an inline script; all files it loads come from this service.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# The page runs its own script files; Trusted Types keep them from turning text into markup.
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
_CLIENT_CLOSED_REQUEST = 499  # nginx's status for a client that disconnected before the answer
_log = logging.getLogger("newsqa")


class RequestLog:
    """Middleware that logs and counts requests; it sets `scope["route_path"]` to the route's path template or None."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Log the requests to `app` and count them in `metrics`."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, then log and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = perf_counter()
        client_id = Headers(scope=scope).get("x-request-id", "")
        valid_id = client_id if _VALID_ID.fullmatch(client_id) else uuid.uuid4().hex
        route = scope["route_path"] = _route_template(scope)
        policy = _POLICIES.get(route or "", _POLICY)
        status = _CLIENT_CLOSED_REQUEST
        token = request_id.set(valid_id)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS | {"X-Request-Id": valid_id, "Content-Security-Policy": policy})
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except asyncio.CancelledError:  # by the end of the service; a write that is answered so has not been done
            if status == _CLIENT_CLOSED_REQUEST:
                await refusal(Draining())(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets a 500 and the log the location
            _log.error("unexpected error", exc_info=error)
            if status == _CLIENT_CLOSED_REQUEST:
                await problem(500, "unexpected error: see the service log")(scope, receive, send_with_headers)
        finally:
            seconds = perf_counter() - start
            self._metrics.observe_request(scope["method"], route, status, seconds)
            if reason := scope.get("refused"):
                self._metrics.count_refusal(reason)
            key = scope.get("key")
            fields = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            _log.info("request", extra=fields | {"key": key.id if key else None})
            request_id.reset(token)


def _route_template(scope: Scope) -> str | None:
    """Return the path template of a request's route, such as `/articles/{article_id}`; None if no route matches."""
    routes: Sequence[BaseRoute] = scope["app"].routes
    for route in routes:
        if route.matches(scope)[0] is Match.FULL:
            return str(getattr(route, "path", ""))
    return None
