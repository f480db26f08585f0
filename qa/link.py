"""Which addresses of articles may be followed."""

from urllib.parse import urlsplit


def link(url: str | None) -> str | None:
    """Return an address if it is one of a web page, and so does nothing when it is followed but show that page."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname and url and url.isprintable() else None
