"""Recognizes requests that web pages of other sites make a browser send."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers


def foreign_origin(headers: Headers, allowed: Collection[str]) -> str | None:
    """Return the origin of a page of another site that sends a request, or None if there is none.

    Browsers say where a request comes from: the newer ones with Sec-Fetch-Site, all with Origin. Other clients send
    neither. `allowed` are origins whose pages may send requests, `*` all.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if {origin, "*"} & {*allowed} or site in ("same-origin", "none"):
        return None
    if site is None and (origin is None or _host(origin) == headers.get("host", "").lower()):
        return None
    return origin or "another site"


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
