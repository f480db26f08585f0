"""Access control before a request is read: host, API key, scope, rate limit and free disk space."""

import logging
import math
import shutil
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from qa.service.connections import client_of
from qa.service.fair import client
from qa.service.keys import Key, Keys, KeysError, Scope
from qa.service.middleware.origin import foreign_origin
from qa.service.problems import problem
from qa.settings import Settings

REQUIRED_SCOPES: Mapping[tuple[str, str], Scope | None] = {
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
    ("GET", "/v1/models/{model}"): "read",
    ("POST", "/v1/chat/completions"): "read",
    ("POST", "/v1/responses"): "read",
    ("POST", "/v1/embeddings"): "read",
    ("GET", "/articles"): "read",
    ("GET", "/articles/{article_id}"): "read",
    ("GET", "/passages/{passage_id}"): "read",
    ("POST", "/mcp"): "read",
    ("POST", "/articles"): "ingest",
    ("PUT", "/articles/{article_id}"): "ingest",
    ("DELETE", "/articles/{article_id}"): "ingest",
}
"""The scope that each route requires, None for public routes; requests to routes missing here are refused."""

_WORKING = frozenset({"/readyz"})  # public routes that cost work; web pages of other sites may use only the others
KEYED_RATE = "600/minute"
"""The rate limit of each key, unless `NEWSQA_RATE` is set."""
_LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="newsqa"'}
_MEGABYTE = 1_000_000
_log = logging.getLogger("newsqa")


def is_loopback(host: str) -> bool:
    """Return whether a listen address is reachable from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Auth:
    """Middleware that enforces `REQUIRED_SCOPES` and the settings; it sets `scope["key"]`, None without keys."""

    def __init__(self, app: ASGIApp, keys: Keys, settings: Settings) -> None:
        """Require a key if any was created, and always if other machines can reach the service."""
        self._app = app
        self._keys = keys
        self._settings = settings
        self._loopback = is_loopback(settings.host)
        self._hosts = {*_LOOPBACK_HOSTS, *settings.hosts, settings.host} if self._loopback or settings.hosts else None
        self._keys_required = keys.exist or not self._loopback
        public = urlsplit(settings.public_url or "")
        self._origins = {*settings.cors_origins, f"{public.scheme}://{public.netloc}"}
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        key = scope.get("key")
        token = client.set(key.id if key else client_of(str((scope.get("client") or ("",))[0])))
        try:
            await (refusal or self._app)(scope, receive, send)
        finally:
            client.reset(token)

    def _refusal(self, scope: ASGIScope) -> Response | None:
        headers = Headers(scope=scope)
        method, path = scope["method"].replace("HEAD", "GET"), scope["route_path"]
        if path is not None and (method, path) not in REQUIRED_SCOPES:
            return problem(403, f"{method} {path} has no scope configured: add it to auth.REQUIRED_SCOPES")
        required: Scope | None = REQUIRED_SCOPES[method, path] if path is not None else "read"
        if required is None and path not in _WORKING:
            return None
        if path is not None and (origin := foreign_origin(headers, self._origins)):
            return problem(
                403,
                f"a web page of {origin} may not use this: add its origin to NEWSQA_CORS_ORIGINS if it should",
                reason="origin",
            )
        # Elsewhere probes of /readyz may use any name of the machine.
        is_checked = self._hosts is not None and (required is not None or self._loopback)
        if is_checked and (host := _host(headers.get("host", ""))) not in (self._hosts or ()):
            return problem(421, f"unknown host '{host}': add it to NEWSQA_HOSTS", reason="host")
        if required is None:
            return None
        try:
            # Stays required once a key was created: deleting the key file must not open a running service.
            self._keys_required = self._keys_required or self._keys.exist
            key = self._keys.find(_bearer(headers)) if self._keys_required else None
        except KeysError as error:
            _log.error("%s", error)
            return problem(503, "the API keys cannot be read: see the service log", reason="keys")
        if self._keys_required and key is None:
            detail = "missing or invalid API key: send Authorization: Bearer nqa_…"
            return problem(401, detail, headers=_CHALLENGE, reason="key")
        scope["key"] = key
        if key and not key.allows(required):
            challenge = f'{_CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{required}"'
            detail = f"the key {key.id} has the scope {key.scope}, but {required} is required: use another key"
            return problem(403, detail, headers={"WWW-Authenticate": challenge}, reason="scope")
        return self._check_rate(scope, key) or (self._check_disk() if required == "ingest" else None)

    def _check_rate(self, scope: ASGIScope, key: Key | None) -> Response | None:
        rate = self._settings.rate or (KEYED_RATE if key else "off")
        if rate == "off":
            return None
        name = key.id if key else client_of(str((scope.get("client") or ("",))[0]))
        limit = parse(rate)
        if self._limiter.hit(limit, name):
            return None
        reset = self._limiter.get_window_stats(limit, name).reset_time
        wait = seconds_until(reset, time.time(), limit.get_expiry())
        detail = f"rate limit of {rate} exceeded: retry in {wait} s"
        return problem(429, detail, headers={"Retry-After": str(wait)}, reason="rate")

    def _check_disk(self) -> Response | None:
        refusal = disk_refusal(self._keys.file.parent, self._settings)
        return problem(507, refusal, reason="disk_floor") if refusal else None


def disk_refusal(data: Path, settings: Settings) -> str | None:
    """Return why nothing may be written to a data folder, or None if enough disk space is free."""
    floor = settings.disk_floor
    try:
        free = shutil.disk_usage(data).free
    except FileNotFoundError:  # the archive reports its missing folder itself
        return None
    if free >= floor * _MEGABYTE:
        return None
    return f"less than {floor} MB free on the disk (NEWSQA_DISK_FLOOR): free disk space; reads still work"


def seconds_until(reset: float, now: float, period: int) -> int:
    """Return the whole seconds until a time, at least 1; never more than the period, though the clock was set back."""
    return min(max(1, math.ceil(reset - now)), period)


def _host(header: str) -> str:
    """Return a Host header without its port."""
    name, _, port = header.rpartition(":")
    return (name if name and port.isdecimal() else header).lower()


def _bearer(headers: Headers) -> str:
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""
