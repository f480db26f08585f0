"""Read the first lines of a text that are its fields, such as `Date: 2026-02-14` or `Publié le 14/02/2026`."""

import re
from itertools import islice

from index.read import dates
from index.read.fields import our_name

_MAX_LINES = 10
_FIELD = re.compile(
    r"[*_]{0,3}(?P<name>title|titre|titel|titolo|titulo|título|headline|date|datum|fecha|data|published|publié|author"
    r"|auteure?|autore?|by|par|source|url|link|language|langue|lang)[*_]{0,3}[^\S\n]*:[*_]{0,3}[^\S\n]*(?P<value>\S.*)",
    re.IGNORECASE,
)
_OTHER_NAMES = {"by": "author", "par": "author", "auteure": "author", "publié": "date"}
_SHORT_DATE = re.compile(r"\s*date\s+(?P<date>\d{4}-\d{2}-\d{2})(?=\s|$)\s*", re.IGNORECASE)
_DATE_LINE = re.compile(
    r"(?:date|datum|fecha|(?:article )?publiée?|postée?|paru|mis en ligne|(?:first )?published|posted|veröffentlicht"
    r"|publicad[oa]|pubblicat[oa])\b.{4,120}$",
    re.IGNORECASE,
)

_BYLINE = re.compile(r"(?:par|by|por|von|di|door)\s+[^\W\d_]", re.IGNORECASE)
_MAX_LENGTH = 150  # code points of a line that is about the article
_SEPARATOR = re.compile(
    r"\s*[·|•]\s*|\s+[–—-]\s+|,?\s+(?=(?:par|by|von|por|di|door)\s)|,\s+(?=(?:le|am|el|il)\s)", re.IGNORECASE
)


def split(content: str) -> tuple[dict[str, str], str]:
    """Return the fields of the first lines by our names, such as of `Date: 2026-02-14`, and the text after them."""
    if match := _SHORT_DATE.match(content):
        return {"date": match["date"]}, content[match.end() :]
    fields: dict[str, str] = {}
    rest = content.lstrip()
    for _ in range(_MAX_LINES):
        line, _, following = rest.partition("\n")
        if not (match := _FIELD.fullmatch(line.strip())):
            break
        name = match["name"].lower()
        fields[_OTHER_NAMES.get(name) or our_name(name) or name] = match["value"]
        rest = following
    return (fields, rest) if len(fields) > 1 or _is_date(fields.get("date")) else ({}, content)


def published(line: str) -> str | None:
    """Return the part of a line that says when an article was published, such as `Publié le 14/02/2026`."""
    return next((part for part in parts(line) if _DATE_LINE.match(part) and _is_date(part)), None)


def parts(line: str) -> list[str]:
    """Return the parts of a line that are separated by dots, strokes, or words such as "by"."""
    return _SEPARATOR.split(line)


def split_date(content: str) -> tuple[str | None, str]:
    """Return the date of a line such as `Publié le 14/02/2026` among the first lines, and the text without it.

    A line such as `By Ana Mora | 14 February 2026` has one, too.
    """
    start = 0
    for line in islice(content.split("\n"), _MAX_LINES):
        bare = line.strip(" \t*_")
        if len(bare) <= _MAX_LENGTH and (date := published(bare) or _of_byline(bare)):
            return date, content[:start] + content[start + len(line) + 1 :]
        start += len(line) + 1
    return None, content


def _of_byline(line: str) -> str | None:
    return next(filter(_is_date, parts(line)), None) if _BYLINE.match(line) else None


def _is_date(text: str | None) -> bool:
    """Return whether a text is a date to the day, although its order of day and month may be unknown."""
    try:
        return text is not None and dates.parse(text).missing is None
    except ValueError:
        return False
