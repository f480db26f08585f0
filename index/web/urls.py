"""URLs that can be fetched, and their parts."""

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from index.web.addresses import ascii_host

_MAX_LENGTH = 2048  # characters, as in sitemaps
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_SAFE = "!$%&'()*+,/:;=@~?[]-._"


def is_url(text: str) -> bool:
    """Return whether a text is meant as a URL rather than as the name of a file."""
    return _URL.match(text) is not None


def normalized(url: str) -> str:
    """Return a URL in its usual form: ASCII, lower-case host, no default port and no fragment.

    Raises:
        ValueError: it is not a URL that can be fetched; the message says why.
    """
    if len(url) > _MAX_LENGTH:
        raise ValueError(f"longer than {_MAX_LENGTH} characters")
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise ValueError("has spaces, control characters or backslashes: encode them")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not url[len(parts.scheme) :].startswith("://"):
        raise ValueError("not an http or https address")
    if "@" in parts.netloc:
        raise ValueError("has a user name or password: remove it")
    return urlunsplit(
        (parts.scheme, _host_and_port(parts), quote(parts.path or "/", _SAFE), quote(parts.query, _SAFE), "")
    )


def is_fetchable(url: str) -> bool:
    """Return whether a URL has the form of one that can be fetched."""
    try:
        return bool(normalized(url))
    except ValueError:
        return False


def _host_and_port(parts: SplitResult) -> str:
    host, port = parts.netloc, ""
    if match := re.fullmatch(r"(.*[^:\[]|\[[^\]]*\]):([0-9]*)", host):
        host, port = match.groups()
    if not host:
        raise ValueError("has no host")
    name = ascii_host(host)
    name = f"[{name}]" if ":" in name else name
    number = parts.port  # checked by urlsplit
    return name if not port or number == _PORTS[parts.scheme] else f"{name}:{number}"


def join(base: str, link: str) -> str:
    """Return the absolute form of a link on a page, normalized.

    Raises:
        ValueError: as `normalized`.
    """
    return normalized(urljoin(base, link.strip()))


def host_of(url: str) -> str:
    """Return the host of a normalized URL."""
    return urlsplit(url).hostname or ""


def same_site(url: str, other: str) -> bool:
    """Return whether the host of one URL is that of the other, or below it; `www.` does not count."""
    hosts = [f".{host_of(each).removeprefix('www.')}" for each in (url, other)]
    return hosts[0].endswith(hosts[1]) or hosts[1].endswith(hosts[0])
