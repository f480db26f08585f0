"""Read the first lines of a text that are its fields, such as `Date: 2026-02-14` or `Publié le 14/02/2026`."""

import re

from index.read import dates
from index.read.fields import our_name

_MAX_LINES = 10
_FIELD = re.compile(
    r"[*_]{0,3}(?P<name>title|titre|titel|titolo|titulo|título|headline|date|datum|fecha|data|published|publié|author"
    r"|auteure?|autore?|by|par|source|url|link|language|langue|lang)[*_]{0,3}[^\S\n]*:[*_]{0,3}[^\S\n]*(?P<value>\S.*)",
    re.IGNORECASE,
)
_OTHER_NAMES = {"by": "author", "par": "author", "auteure": "author", "publié": "date"}
_SHORT_DATE = re.compile(
    r"\s*date\s+(?P<date>\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{1,2}(?:er|\.)?\s[^\W\d_]+\.?\s\d{4})(?=\s|$)\s*",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")  # meant as a date, also if it is none
_SCORE = re.compile(r"\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d\d")  # such as 6-4-10, which is no date on its own
_DATE_LINE = re.compile(
    r"(?:date|datum|fecha|(?:article )?publiée?|postée?|paru|mis en ligne|(?:first )?published|posted|veröffentlicht"
    r"|publicad[oa]|pubblicat[oa])\b.{4,120}$",
    re.IGNORECASE,
)

_BYLINE = re.compile(r"(?:par|by|por|von|di|door)\s+[^\W\d_]", re.IGNORECASE)
_MAX_DATE = 40  # code points of a line that is nothing but a date
_MAX_LENGTH = 150  # code points of a line that is about the article
_SEPARATOR = re.compile(
    r"\s*[·|•]\s*|\s+[–—-]\s+|,?\s+(?=(?:par|by|von|por|di|door|dans|in)\s)|,\s+(?=(?:le|am|el|il)\s)", re.IGNORECASE
)


def split(content: str) -> tuple[dict[str, str], str]:
    """Return the fields of the first lines by our names, such as of `Date: 2026-02-14`, and the text after them."""
    match = _SHORT_DATE.match(content)
    if match and ("-" in match["date"] or _is_date(match["date"])):
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
    certain = len(fields) > 1 or _is_date(fields.get("date")) or _NUMERIC.fullmatch(fields.get("date", ""))
    return (fields, rest) if certain else ({}, content)


def published(line: str) -> str | None:
    """Return the part of a line that says when an article was published, such as `Publié le 14/02/2026`.

    That is also the date of a line such as `By Ana Mora | 14 February 2026`.
    """
    found = parts(line)
    labelled = (part for part in found if _BYLINE.match(line) or _DATE_LINE.match(part))
    return next(filter(_is_date, labelled), None)


def parts(line: str) -> list[str]:
    """Return the parts of a line that are separated by dots, strokes, or words such as "by"."""
    return _SEPARATOR.split(line)


def split_date(content: str) -> tuple[str | None, str]:
    """Return the date of a line among the first lines, as of `published`, and the text without it.

    If there is none, it is that of the only line of the text that is nothing but a date.
    """
    start = 0
    alone: list[tuple[int, int]] = []  # the lines that are nothing but a date
    for number, line in enumerate(content.split("\n")):
        bare = line.strip(" \t*_")
        end = start + len(line) + 1
        if number < _MAX_LINES and len(bare) <= _MAX_LENGTH and (date := published(bare)):
            return date, content[:start] + content[end:]
        if len(bare) <= _MAX_DATE and _is_date(bare) and not _SCORE.fullmatch(bare):
            alone.append((start, end))
        start = end
    if len(alone) == 1 and content.count("\n", 0, alone[0][0]) < _MAX_LINES:
        start, end = alone[0]
        return content[start:end].strip(" \t*_\n"), content[:start] + content[end:]
    return None, content


def _is_date(text: str | None) -> bool:
    """Return whether a text is a date to the day, although its order of day and month may be unknown."""
    try:
        return text is not None and dates.parse(text).missing is None
    except ValueError:
        return False
