"""One address for an article that has several: without tracking, AMP, www and the like."""

import re
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

_MAX_LENGTH = 2000  # of an address, in code points; a longer one is data
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|hsa|mc|at|ns|itm|vero|oly|mkt)_\w+|_(?:ga|gl|hsenc|hsmi)|ga_\w+|xtor|xtref|cmp|cmpid|cmp_id|ocid|"
    r"smid|smtyp|mkt_tok|ref_src|ref_url|s_cid|icid|ncid|sharetoken|igsh|igshid|li_fat_id|"
    r"(?:fbc|gc|dc|twc|ttc|yc|ysc)lid|msclkid|(?:gb|wb)raid",
    re.IGNORECASE,
)
_AMP = re.compile(r"amp(?:=(?:1|true|amp)?)?|(?:outputtype|output|amp_mode)=amp|amp_\w+=.*", re.IGNORECASE)
# Without www these names are registries, such as gov.uk, not outlets.
_REGISTRIES = frozenset("ac asso co com edu gob gouv gov net or org".split())


def canonical(url: str) -> str | None:
    """Return the canonical form of an address, or None if it is not one of the web.

    Addresses with equal forms lead to the same article: they differ in http and https, `www.`, capitals of the
    host, the default port, a slash at the end, tracking parameters, AMP or the fragment.
    """
    url = url.strip()
    if len(url) > _MAX_LENGTH or re.search(r"[\s<>\"\x00-\x1f]", url):
        return None
    try:
        parts = _original(urlsplit(url))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[^\s/@]*[^\W_][^\s/@]*", host):
        return None
    without_www = host.removeprefix("www.")
    if "." in without_www and without_www.partition(".")[0] not in _REGISTRIES:
        host = without_www
    if ":" in host:
        host = f"[{host}]"
    usual = port in (None, 80, 443)
    if not usual:
        host = f"{host}:{port}"
    path = re.sub(r"(?<=.)/amp/?$|/+$", "", parts.path)
    return urlunsplit(("https" if usual else parts.scheme, host, path, _query(parts.query), ""))


def identity(url: str) -> str:
    """Return what an article is known by: the canonical form of its address with its fragment, or its address."""
    page, mark, fragment = url.partition("#")
    return (canonical(page) or page) + mark + fragment


def _original(parts: SplitResult) -> SplitResult:
    """Return the address behind a cache of AMP pages."""
    host = parts.hostname or ""
    cached = re.fullmatch(r"/[a-z]/(s/)?(.+)", parts.path) if host.endswith(".cdn.ampproject.org") else None
    if host in ("www.google.com", "google.com"):
        cached = re.fullmatch(r"/amp/(s/)?(.+)", parts.path)
    if cached is None:
        return parts
    original = unquote(cached[2])
    return urlsplit(f"https://{original}{'?' if parts.query and '?' not in original else ''}{parts.query}")


def _query(query: str) -> str:
    """Return the parameters of an address that choose its content, in their order."""
    kept = [
        part
        for part in query.split("&")
        if part and not _TRACKING.fullmatch(part.partition("=")[0]) and not _AMP.fullmatch(part)
    ]
    return "&".join(kept)
