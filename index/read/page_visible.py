"""Fields that a web page shows to its readers, and does not state in its data."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from index.read import dates, html
from index.read.page_lines import Line, head

_SEPARATOR = re.compile(r"\s+[-–—―»/]\s+|\s*[|·•]\s*")
_OF_TITLE = re.compile(rf"{_SEPARATOR.pattern}|\s*:\s+")
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:©\s*)?(?:(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)\d\d)?)?\s*", re.IGNORECASE
)
_CLOCK = re.compile(r"(?:um |à |at |a las )?\d{1,2}\s?[:.hH]\s?\d{2}(?:\s?(?:Uhr|[A-Z]{3,4}|[ap]\.?m\.?))?")
_TRAILING_BY = re.compile(r"(?<=\d),?\s(?:par|by|von|por|di)$", re.IGNORECASE)
_MAX_KICKER = 60  # code points above the title, on one line with it
_MAX_OUTLET = 50  # code points
_MIN_TITLE = 12
_MAX_LINE = 160  # code points of a line with an author or a date
_PARTICLE = "(?:de|da|do|dos|del|della|di|du|des|la|le|van|von|den|der|el|al|ben|bin|y|d['’])"
_NEWSROOM = "(?:(?:la |die |a )?(?:rédaction|redaktion|redacción|redazione|redação|newsroom)(?: web)?|AFP|dpa|EFE|ANSA)"
_NAME = rf"[^\W\d_][\w.'’-]+(?:\s(?:{_PARTICLE}\s?)*[^\W\d_][\w.'’-]*){{1,3}}"
_AND = r"(?:\s*,\s*|\s+(?:et|and|y|und|e|en|و)\s+)"
_BY = re.compile(
    rf"(?:par|by|von|por|di|door|av|af|texte?|testo|texto|words|written by|propos recueillis par|بقلم|كتب|كتبت)\s*:?\s+"
    rf"(?P<names>{_NEWSROOM}|{_NAME}(?:{_AND}{_NAME})*)(?:,.*)?|(?:文|取材・文|記者)\s*[:：=／/]?\s*(?P<japanese>[\u3040-\u30ff\u4e00-\u9fff]{{2,8}})",
    re.IGNORECASE,
)
_CAPITALIZED = re.compile(rf"(?:{_PARTICLE}\s?)*[^\W\d_a-zß-ÿ]")


def title_and_outlet(
    written: str, lines: Sequence[Line], title: str | None, url: str | None, logos: Sequence[str] = ()
) -> tuple[str, str]:
    """Return the parts of a `<title>` that are the title of the article and the name of the outlet, or ''.

    Both must be known: the title by `title` or as a line of the page, the outlet as a line, by the host of `url` or as
    one of `logos`, the texts of pictures; behind a stroke it may be unknown.
    """
    shown = {line.text.casefold() for line in lines}
    for line in lines:
        if mark := _COPYRIGHT.match(line.text):
            shown |= {piece.casefold() for piece in _pieces(line.text[mark.end() :])}
    host = re.sub(r"\W", "", urlsplit(url or "").hostname or "")
    shown |= {html.clean(logo).casefold() for logo in logos}
    for separator in _OF_TITLE.finditer(written):
        left, right = written[: separator.start()].strip(), written[separator.end() :].strip()
        for name, outlet in ((left, right), (right, left)):
            is_title = name == title if title else len(name) >= _MIN_TITLE and name.casefold() in shown
            is_behind = outlet == right and separator[0].strip() == "|" and not _SEPARATOR.search(outlet)
            is_known = outlet.casefold() in shown or _letters(outlet) in host or is_behind
            if is_title and outlet and len(outlet) <= _MAX_OUTLET and is_known:
                return name, outlet
    return "", ""


def _letters(text: str) -> str:
    return re.sub(r"\W", "", text.casefold()) or " "


def days(lines: Sequence[Line], title: str | None, language: str | None) -> Iterator[str]:
    """Yield the days, YYYY-MM-DD, on the lines between the title and the text."""
    is_below = False
    for line in head(lines):
        if is_below:
            yield from (day for piece in _pieces(line.text) if (day := _day(piece, language)))
        is_below = is_below or line.is_title or line.text == title


def _day(piece: str, language: str | None) -> str:
    day = dates.day(piece, language)
    return day.isoformat() if day else ""


def authors(lines: Sequence[Line]) -> str:
    """Return the names of a by-line above the text, separated by commas, or ''."""
    for line in head(lines):
        for piece in _pieces(line.text):
            if not (match := _BY.fullmatch(piece)):
                continue
            if match["japanese"]:
                return match["japanese"]
            names = [html.clean(name) for name in re.split(_AND, match["names"])]
            if all(_CAPITALIZED.match(name) or re.fullmatch(_NEWSROOM, name, re.IGNORECASE) for name in names):
                return ", ".join(names)
    return ""


def is_name(text: str) -> bool:
    """Return whether a text looks like the name of a person."""
    return re.fullmatch(_NAME, text) is not None and all(
        _CAPITALIZED.match(word) or re.fullmatch(_PARTICLE, word) for word in text.split()
    )


def repeats(text: str, known: Sequence[str | None], language: str | None, count: int = 1) -> bool:
    """Return whether a line has nothing but `count` or more fields of the article and a day.

    The fields are in `known`, the title first.
    """
    names = {html.clean(name).casefold() for name in known if name}
    text = _TRAILING_BY.sub("", text)  # the name was removed by its class
    title = html.clean(known[0]) if known and known[0] else ""
    if title and text.endswith(title) and len(text) - len(title) <= _MAX_KICKER:
        return True
    pieces = [text] if _day(text, language) else list(_pieces(text))
    found = [
        piece.casefold() in names
        or any(pattern.fullmatch(piece) for pattern in (_BY, _READING, _CLOCK))
        or _day(piece, language)
        for piece in pieces
    ]
    # Beside two fields there may be a count of comments, a place and the like.
    return sum(map(bool, found)) >= count and (
        all(found) or (sum(map(bool, found)) > 1 and max(map(len, pieces)) <= _MAX_OUTLET)
    )


_READING = re.compile(
    r"(?:temps de lecture|lecture|reading time|lesezeit|tiempo de lectura|tempo di lettura)\s*:?\s*\d+ ?min\w*\.?"
    r"|\d+ ?(?:min(?:ute[ns]?|uti|utos)?\.?|دقائق|دقيقة)"
    r"\s(?:de lecture|read|lesezeit|de lectura|di lettura|de leitura|قراءة)"
    r"|この記事は\d+分で読めます|\d+ views|\d+ vues",
    re.IGNORECASE,
)


def _pieces(line: str) -> Iterator[str]:
    """Yield the parts of a short line, which separators or the word before a day divide."""
    if len(line) <= _MAX_LINE:
        for piece in _SEPARATOR.split(line):
            yield from (
                part.strip()
                for part in re.split(r",\s+(?=(?:le\s|am\s|el\s|il\s|on\s)?\d|(?:par|by|von|por|di)\s)", piece)
                if part.strip()
            )
