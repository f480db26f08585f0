"""Article text and URLs are sanitized for display."""

import re
from urllib.parse import urlsplit

# Controls, and what turns the direction of writing. Reading takes them out: this is to be sure.
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def sanitize(text: str) -> str:
    """Return a text, as long as it was, with a sign for each character that would act on a terminal."""
    return _ACTING.sub("\ufffd", text)


def safe_url(url: str | None) -> str | None:
    """Return an address if it is one of a web page, and so does nothing when it is followed but show that page."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if url and parts.scheme in ("http", "https") and parts.hostname and sanitize(url) == url else None
