"""Sanitizes article text and URLs for display."""

import re
from urllib.parse import urlsplit

# Control characters and bidirectional formatting. Indexing removes them already: this is a second safeguard.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def sanitize(text: str) -> str:
    """Return a text of the same length with U+FFFD in place of each control and bidirectional formatting character."""
    return _UNSAFE.sub("\ufffd", text)


def safe_url(url: str | None) -> str | None:
    """Return a URL if it is an http or https address that is safe to link to, else None."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if url and parts.scheme in ("http", "https") and parts.hostname and sanitize(url) == url else None
