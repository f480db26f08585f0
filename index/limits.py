"""What the texts of articles, ids and filters may hold: every way in and the store check it here."""

import re

from index.errors import FieldError

MAX_ID = 64
MAX_FILTER_VALUES = 200
MAX_FILTER_VALUE = 300  # a name of a file has up to 255 bytes
MAX_LENGTHS = {
    "text": 2_000_000,
    "title": 500,
    "source": 200,
    "author": 500,
    "url": 2000,
    "language": 60,
    "date": 100,
}
"""The limits of the fields of an article, in code points. Each answer repeats all but the text for every passage."""

_SHORTENED = frozenset(("text", "title", "source", "author"))  # the others mean nothing if they are cut
_REFUSED = re.compile("[\0\ud800-\udfff]")


def check_characters(field: str, value: str) -> str:
    """Return a value if it can be stored and compared.

    SQLite ends texts in JSON at U+0000, so that `a` would match `a\\0b`; UTF-8 has no halves of surrogate pairs.

    Raises:
        FieldError: it has one of these characters.
    """
    if match := _REFUSED.search(value):
        name = f"U+{ord(match[0]):04X}" if match[0] == "\0" else f"half a surrogate pair, U+{ord(match[0]):04X},"
        raise FieldError(field, f"'{field}' has {name} at position {match.start()}: remove it")
    return value


def shorten(field: str, value: str) -> tuple[str | None, FieldError | None]:
    """Return a field of an article within its limit, and what was done: a text is cut, another value is left out."""
    limit = MAX_LENGTHS[field]
    if len(value) <= limit:
        return value, None
    length = f"'{field}' has {len(value)} characters, more than {limit}"
    if field in _SHORTENED:
        return value[:limit].rstrip(), FieldError(field, f"{length}: cut")
    return None, FieldError(field, f"{length}: left out")
