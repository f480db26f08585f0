"""Who may do what: a request passes its host, its key, its rate and the room on the disk before anything reads it."""

import logging
import math
import shutil
import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Request

from qa.service.keys import Key, Keys, KeysError, Scope
from qa.service.problems import problem
from qa.settings import Settings

NEEDED: Mapping[tuple[str, str], Scope | None] = {
    ("GET", "/livez"): None,
    ("GET", "/readyz"): None,
    ("GET", "/docs"): None,
    ("GET", "/docs/oauth2-redirect"): None,
    ("GET", "/openapi.json"): None,
    ("GET", "/static-offline-docs"): None,
    ("GET", "/"): None,
    ("GET", "/page"): None,
    ("GET", "/facets"): "read",
    ("GET", "/metrics"): "read",
    ("GET", "/ask"): "read",
    ("POST", "/ask"): "read",
    ("POST", "/search"): "read",
    ("GET", "/search"): "read",
    ("GET", "/v1/models"): "read",
    ("POST", "/v1/chat/completions"): "read",
    ("GET", "/articles"): "read",
    ("GET", "/articles/{article_id}"): "read",
    ("GET", "/passages/{passage_id}"): "read",
    ("POST", "/mcp"): "read",
    ("POST", "/articles"): "ingest",
    ("PUT", "/articles/{article_id}"): "ingest",
    ("DELETE", "/articles/{article_id}"): "ingest",
}
"""The scope that each route needs, None for those that are open to all; nobody passes to a route that is not here."""

KEYED_RATE = "600/minute"
"""Requests of each key, unless the settings say otherwise."""
_NAMES = ("localhost", "127.0.0.1", "[::1]")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="newsqa"'}
_MEGABYTE = 1_000_000
_log = logging.getLogger("newsqa")


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address to listen on."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def template(request: Request) -> str | None:
    """Return the path that a request's route was declared with, None if there is no such route."""
    routes: Sequence[BaseRoute] = request["app"].routes
    for route in routes:
        if route.matches(request)[0] is Match.FULL:
            return str(getattr(route, "path", ""))
    return None


class Auth:
    """Middleware that lets through what `NEEDED` and the settings allow; `request["key"]` says who it was."""

    def __init__(self, app: ASGIApp, keys: Keys, settings: Settings) -> None:
        """Ask for keys where there are any, and always where others than this machine reach the service."""
        self._app = app
        self._keys = keys
        self._settings = settings
        self._alone = is_loopback(settings.host)
        self._hosts = {*_NAMES, *settings.hosts, settings.host} if self._alone or settings.hosts else None
        self._demanded = keys.exist or not self._alone
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, request: Request, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(request) if request["type"] == "http" else None
        await (refusal or self._app)(request, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        headers = Headers(scope=request)
        method, path = request["method"].replace("HEAD", "GET"), request["route_path"]
        if path is not None and (method, path) not in NEEDED:
            return problem(403, f"{method} {path} is open to nobody: it is missing from the table of routes")
        needed: Scope | None = NEEDED[method, path] if path is not None else "read"
        if needed is None:
            return None
        if self._hosts is not None and (host := _host(headers.get("host", ""))) not in self._hosts:
            return problem(421, f"the host '{host}' is not served here: add it to NEWSQA_HOSTS")
        try:
            # Once there was a key, always: what takes their file away must not open the doors.
            self._demanded = self._demanded or self._keys.exist
            key = self._keys.find(_bearer(headers)) if self._demanded else None
        except KeysError as error:
            _log.error("%s", error)
            return problem(503, "the keys cannot be read: the service's log says why")
        if self._demanded and key is None:
            return problem(401, "send a key that is in force as Authorization: Bearer nqa_…", headers=_CHALLENGE)
        request["key"] = key
        if key and not key.may(needed):
            challenge = f'{_CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{needed}"'
            told = f"the key {key.id} has the scope {key.scope}, and this needs {needed}"
            return problem(403, told, headers={"WWW-Authenticate": challenge})
        return self._too_often(request, key) or (self._full() if needed == "ingest" else None)

    def _too_often(self, request: Request, key: Key | None) -> Response | None:
        rate = self._settings.rate or (KEYED_RATE if key else "off")
        if rate == "off":
            return None
        client = key.id if key else str((request.get("client") or ("",))[0])
        item = parse(rate)
        if self._limiter.hit(item, client):
            return None
        wait = max(1, math.ceil(self._limiter.get_window_stats(item, client).reset_time - time.time()))
        return problem(429, f"more than {rate}: come again in {wait} seconds", headers={"Retry-After": str(wait)})

    def _full(self) -> Response | None:
        floor = self._settings.disk_floor
        try:
            free = shutil.disk_usage(self._keys.file.parent).free
        except FileNotFoundError:  # without its folder the archive says so itself
            return None
        if free >= floor * _MEGABYTE:
            return None
        return problem(
            507, f"less than {floor} MB of the disk are free (NEWSQA_DISK_FLOOR): make room; reading goes on"
        )


def _host(header: str) -> str:
    """Return a Host header without its port."""
    name, _, port = header.rpartition(":")
    return (name if name and port.isdecimal() else header).lower()


def _bearer(headers: Headers) -> str:
    kind, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""
