"""The time that a question names, such as "last month" or "since 3 March", as days."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import count

_MAX_NUMBER = 999  # of days, weeks, months or years
_LAST_AS_VERB = re.compile(r"\b(?:do|does|did|to|will|would|can|could|should|may|might|must)\b.* last \w+ \w+$")
_Days = tuple[date, date]
"""The first and the last day, inclusive."""

_Parts = Mapping[str, str]
"""The parts of a match by name, those without text left out."""


@dataclass(frozen=True, slots=True)
class Period:
    """A time that a question names."""

    words: str  # of the question
    first: date | None  # None: no beginning
    last: date | None  # inclusive; None: no end
    relative: bool  # whether it depends on the day of the question


def period_of(question: str, language: str | None, today: date) -> Period | None:
    """Return the time that a question names, read on the day `today`; None if it names none or several.

    `language` is an ISO 639-1 code. Seven languages are understood; for None all are tried.
    """
    text = _folded(question)
    languages = [*_WORDS] if language is None else [language] if language in _WORDS else []
    found = {match for each in languages for match in _matches(text, each, today)}
    longest = [one for one in found if not any(_contains(other, one) for other in found)]
    if len(longest) != 1:
        return None
    start, end, first, last, relative = longest[0]
    return Period(question[start:end], first, last, relative)


_Match = tuple[int, int, date | None, date | None, bool]
"""The place in the question, then the days of a `Period` and whether it is relative."""


def _contains(other: _Match, one: _Match) -> bool:
    """Return whether a match covers a shorter one."""
    return other[0] <= one[0] and one[1] <= other[1] and other[1] - other[0] > one[1] - one[0]


def _folded(text: str) -> str:
    """Return a text in lower case and without accents, of the same length."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower()[0] for letter in text).replace("’", "'")


def _matches(text: str, language: str, today: date) -> Iterator[_Match]:
    words = _WORDS[language]
    for pattern, read, is_relative in _patterns(language):
        for match in pattern.finditer(text):
            if language == "en" and match[0].startswith("last ") and _LAST_AS_VERB.search(text, 0, match.end()):
                continue
            parts = {name.rpartition("_")[0]: part for name, part in match.groupdict().items() if part}
            try:
                first, last = _bounded(parts, *read(parts, words, today))
            except (ValueError, OverflowError):  # there is no such day
                continue
            yield match.start(), match.end(), first, last, is_relative or "year" not in parts


def _bounded(parts: _Parts, first: date, last: date) -> tuple[date | None, date | None]:
    """Return the days since, after, before or until those of a match, or these days."""
    if "since" in parts and "begin" not in parts:  # from 9 to 11 March
        return first, None
    if "after" in parts:
        return last + timedelta(1), None
    if "before" in parts:
        return None, first - timedelta(1)
    if "until" in parts:
        return None, last
    return first, last


# --- from words to days


def _week(day: date) -> _Days:
    monday = day - timedelta(day.weekday())
    return monday, monday + timedelta(6)


def _month(year: int, month: int) -> _Days:
    """Return the days of a month; months before January and after December are of other years."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _back(unit: str, number: int, today: date) -> _Days:
    """Return the calendar unit (`day`, `week`, `month` or `year`) that was `number` units before that of `today`."""
    if unit == "day":
        day = today - timedelta(number)
        return day, day
    if unit == "week":
        return _week(today - timedelta(7 * number))
    if unit == "month":
        return _month(today.year, today.month - number)
    return date(today.year - number, 1, 1), date(today.year - number, 12, 31)


def _unit(parts: _Parts) -> str:
    return next(unit for unit in _UNITS if unit in parts)


def _number(parts: _Parts, words: "_Words") -> int:
    """Return the number of a match.

    Raises:
        ValueError: it is 0 or too large.
    """
    written = parts["number"]
    number = int(written) if written.isdecimal() else words.numbers[written]
    if not 1 <= number <= _MAX_NUMBER:
        raise ValueError(written)
    return number


def _read_day(parts: _Parts, words: "_Words", today: date) -> _Days:
    return _back("day", words.days[parts["day"]], today)


def _read_this(parts: _Parts, _: "_Words", today: date) -> _Days:
    return _back(_unit(parts), 0, today)


def _read_last(parts: _Parts, _: "_Words", today: date) -> _Days:
    return _back(_unit(parts), 1, today)


def _read_ago(parts: _Parts, words: "_Words", today: date) -> _Days:
    return _back(_unit(parts), _number(parts, words), today)


def _read_recent(parts: _Parts, words: "_Words", today: date) -> _Days:
    """Return the days up to today of which "the last 3 months" speaks."""
    unit, number = _unit(parts), _number(parts, words)
    if unit in ("day", "week"):
        return today - timedelta(number * (7 if unit == "week" else 1)), today
    first, last = _month(today.year, today.month - number * (12 if unit == "year" else 1))
    return first.replace(day=min(today.day, last.day)), today


def _read_weekday(parts: _Parts, words: "_Words", today: date) -> _Days:
    """Return the last such day before today."""
    back = (today.weekday() - words.weekdays[parts["weekday"]] - 1) % 7 + 1
    return today - timedelta(back), today - timedelta(back)


def _read_date(parts: _Parts, words: "_Words", today: date) -> _Days:
    """Return days of a month, a month or a year; without a year they are the last that are not in the future."""
    year = int(parts.get("year", today.year))
    if "month" not in parts:
        return date(year, 1, 1), date(year, 12, 31)
    month, number = words.months[parts["month"]], int(parts.get("date", 0))
    begin = int(parts.get("begin", number))

    def days(year: int) -> _Days:
        return (date(year, month, begin), date(year, month, number)) if number else _month(year, month)

    return days(year - 1) if "year" not in parts and days(year)[0] > today else days(year)


# --- the words of the languages, folded

_UNITS = ("day", "week", "month", "year")
_DAY = (
    r"(?:(?P<begin>\d{1,2})(?:st|nd|rd|th|er|\.)?\s?(?:[-–]|to|and|au|et|bis|und|al?|y|e|ao|tot|en)\s?)?"
    r"(?P<date>\d{1,2})(?!\d)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)(?![\d%]|[.,]\d)"


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a language; patterns have `{unit}`, `{number}` and `{weekday}` for those of the tables."""

    units: Mapping[str, str]  # patterns
    days: Mapping[str, int]  # days back
    this: str
    last: str
    ago: str
    recent: str  # the last n units
    weekday: str  # the last Monday
    date: str  # with `{day}` and `{month}`
    within: str
    since: str
    after: str
    before: str
    until: str
    numbers: Mapping[str, int]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]


def _any_of(words: Mapping[str, int]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_Read = Callable[[_Parts, _Words, date], _Days]


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], _Read, bool]]:
    """Return the patterns of a language, each with its reader and whether its times are always relative."""
    words = _WORDS[language]
    unit = "(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in words.units.items()) + ")"
    number = rf"(?P<number>\d{{1,3}}|{_any_of(words.numbers)})"
    weekday = f"(?P<weekday>{_any_of(words.weekdays)})"
    month = f"(?P<month>{_any_of(words.months)})"
    bound = "|".join(f"(?P<{name}>{getattr(words, name)})" for name in ("since", "after", "before", "until"))
    optional = rf"(?:(?:{bound})\s+)?"
    required = rf"(?:{bound}|{words.within})\s+"
    bounded = rf"(?:{bound})\s+"
    day = words.date.format(day=_DAY, month=month)
    of_year = rf"(?:,?\s+(?:d[eo]l?\s+)?{_YEAR})"
    forms: list[tuple[str, _Read, bool]] = [
        (f"{optional}(?P<day>{_any_of(words.days)})", _read_day, True),
        (f"{optional}(?:{words.this.format(unit=unit)})", _read_this, True),
        (f"{optional}(?:{words.last.format(unit=unit)})", _read_last, True),
        (f"{optional}(?:{words.ago.format(unit=unit, number=number)})", _read_ago, True),
        (f"{optional}(?:{words.recent.format(unit=unit, number=number)})", _read_recent, True),
        (f"{optional}(?:{words.weekday.format(weekday=weekday)})", _read_weekday, True),
        (f"{bounded}{weekday}", _read_weekday, True),
        (f"{optional}(?:{day}){of_year}?", _read_date, False),
        (f"{required}{month}{of_year}?", _read_date, False),
        (f"{month}{of_year}", _read_date, False),
        (f"{required}{_YEAR}", _read_date, False),
    ]
    return [(_compiled(pattern), read, is_relative) for pattern, read, is_relative in forms]


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of whole words; a number is added to the names of its groups, so that they may occur again."""
    numbers = count()
    named = re.sub(r"\(\?P<(\w+)>", lambda name: f"(?P<{name[1]}_{next(numbers)}>", pattern)
    return re.compile(rf"(?<!\w)(?:{named})(?!\w)")


def _numbered(words: str, first: int) -> dict[str, int]:
    """Return words with their numbers from `first`; variants are separated by `/`."""
    return {word: number for number, group in enumerate(words.split(), first) for word in group.split("/")}


_WORDS = {
    "en": _Words(
        units={"day": "days?", "week": "weeks?", "month": "months?", "year": "years?"},
        days={"yesterday": 1, "the day before yesterday": 2, "today's": 0},
        this="this (?!day){unit}",
        last="last (?!day){unit}",
        ago="{number} {unit} ago",
        recent="(?:the )?(?:last|past|previous) {number} {unit}",
        weekday="last {weekday}",
        date=r"(?:(?:on|from) )?(?:the )?(?:{day}(?:st|nd|rd|th)?(?: of)? {month}|{month} {day}(?:st|nd|rd|th)?)",
        within="in|during|from|in (?:early|mid|late)|(?:early|mid|late) in",
        since="since",
        after="after",
        before="before",
        until="until|up to|by",
        numbers=_numbered("a/an/one two three four five six seven eight nine ten", 1),
        weekdays=_numbered("monday tuesday wednesday thursday friday saturday sunday", 0),
        months=_numbered("january february march april may june july august september october november december", 1),
    ),
    "fr": _Words(
        units={"day": "jours?", "week": "semaines?", "month": "mois", "year": "ans?|annees?"},
        days={"hier": 1, "avant-hier": 2, "d'aujourd'hui": 0},
        this="(?:cette|ce) (?!jour){unit}(?:-ci)?",
        last="(?:la |le |l')?(?!jour){unit} (?:derni(?:er|ere)|passee?)",
        ago="il y a {number} {unit}",
        recent="(?:les |ces |des |aux )?{number} derni(?:ers|eres) {unit}",
        weekday="{weekday} dernier",
        date=r"(?:le |du )?{day}(?:er)? {month}",
        within="en|au (?:mois de|cours de)|courant|(?:fin|debut|mi)|a la (?:fin|mi)|au debut de",
        since="depuis(?: (?:le|la|l'))?|a partir d[eu]",
        after="apres(?: (?:le|la))?",
        before="avant(?: (?:le|la))?",
        until="jusqu'(?:au|a|en)",
        numbers=_numbered("un/une deux trois quatre cinq six sept huit neuf dix", 1),
        weekdays=_numbered("lundi mardi mercredi jeudi vendredi samedi dimanche", 0),
        months=_numbered("janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre", 1),
    ),
    "de": _Words(
        units={"day": "tage?n?", "week": "wochen?", "month": "monate?[ns]?", "year": "jahre?[ns]?"},
        days={"gestern": 1, "vorgestern": 2, "von heute": 0},
        this="(?:in )?(?:diese[nmrs]?) (?!tag){unit}",
        last="(?:(?:in|im) (?:der )?)?(?:letzte|vorige|vergangene)[nmrs]? (?!tag){unit}",
        ago="vor {number} {unit}",
        recent="(?:(?:in|an) )?(?:den |die )?(?:letzten|vergangenen) {number} {unit}",
        weekday="(?:am )?(?:letzten|vergangenen|vorigen) {weekday}",
        date=r"(?:(?:am|vom|dem) )?{day}\. ?{month}",
        within="im|im jahr|(?:anfang|mitte|ende)|im (?:fruhen|spaten)",
        since="seit(?: dem| anfang)?|ab",
        after="nach(?: dem)?",
        before="vor(?: dem)?",
        until="bis(?: zum)?",
        numbers=_numbered("einem/einer/einen/ein zwei drei vier funf sechs sieben acht neun zehn", 1),
        weekdays=_numbered("montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag", 0),
        months=_numbered(
            "januar/janner februar marz april mai juni juli august september oktober november dezember", 1
        ),
    ),
    "es": _Words(
        units={"day": "dias?", "week": "semanas?", "month": "mes(?:es)?", "year": "anos?"},
        days={"ayer": 1, "anteayer": 2, "de hoy": 0},
        this="est[ea] (?!dia){unit}",
        last="(?:la |el )?(?!dia){unit} pasad[oa]",
        ago="hace {number} {unit}",
        recent="(?:(?:los|las) )?(?:ultim[oa]s {number}|{number} ultim[oa]s) {unit}",
        weekday="(?:el )?{weekday} pasado|(?:el )?pasado {weekday}",
        date=r"(?:(?:el|del) )?{day} de {month}",
        within="en|durante|(?:a )?(?:principios|mediados|finales) de",
        since="desde(?: el| la)?",
        after="despues de(?:l| la)?",
        before="antes de(?:l| la)?",
        until="hasta(?: el| la)?",
        numbers=_numbered("un/una dos tres cuatro cinco seis siete ocho nueve diez", 1),
        weekdays=_numbered("lunes martes miercoles jueves viernes sabado domingo", 0),
        months=_numbered(
            "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre", 1
        ),
    ),
    "it": _Words(
        units={"day": "giorn[oi]", "week": "settiman[ae]", "month": "mes[ei]", "year": "ann[oi]"},
        days={"ieri": 1, "l'altro ieri": 2, "di oggi": 0},
        this="quest(?:[oa] |')(?!giorn){unit}",
        last="(?:la |il |l'|lo )?(?!giorn){unit} scors[oa]|(?:la |lo )?scors[oa] (?!giorn){unit}",
        ago="{number} {unit} fa",
        recent="(?:(?:gli|le|negli|nelle) )?ultim[ie] {number} {unit}",
        weekday="{weekday} scors[oa]|scors[oa] {weekday}",
        date=r"(?:(?:il|del) )?{day} {month}",
        within="in|nel|a|nel mese di|(?:a |all')?(?:inizio|meta|fine)",
        since="da(?:l|lla)?",
        after="dopo(?: il| la)?",
        before="prima de(?:l|lla)",
        until="fino a(?:l|lla)?",
        numbers=_numbered("un/uno/una due tre quattro cinque sei sette otto nove dieci", 1),
        weekdays=_numbered("lunedi martedi mercoledi giovedi venerdi sabato domenica", 0),
        months=_numbered(
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre", 1
        ),
    ),
    "pt": _Words(
        units={"day": "dias?", "week": "semanas?", "month": "mes(?:es)?", "year": "anos?"},
        days={"ontem": 1, "anteontem": 2, "de hoje": 0},
        this="(?:n?est[ea]) (?!dia){unit}",
        last="(?:[na]a? |[no]o? )?(?!dia){unit} passad[oa]",
        ago="ha {number} {unit}|{number} {unit} atras",
        recent="(?:n?[oa]s )?ultim[oa]s {number} {unit}",
        weekday="{weekday} passad[oa]",
        date=r"(?:(?:a|em|no dia|de) )?{day} de {month}",
        within="em|durante|(?:no )?(?:inicio|final|meados|fim) de",
        since="desde(?: [oa])?|a partir de",
        after="depois d[eoa]|apos(?: [oa])?",
        before="antes d[eoa]",
        until="ate(?: [oa])?",
        numbers=_numbered("um/uma dois/duas tres quatro cinco seis sete oito nove dez", 1),
        weekdays=_numbered(
            "segunda-feira/segunda terca-feira/terca quarta-feira/quarta quinta-feira/quinta sexta-feira/sexta "
            "sabado domingo",
            0,
        ),
        months=_numbered("janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro", 1),
    ),
    "nl": _Words(
        units={"day": "dag(?:en)?", "week": "we(?:ek|ken)", "month": "maand(?:en)?", "year": "ja(?:ar|ren)"},
        days={"gisteren": 1, "eergisteren": 2, "van vandaag": 0},
        this="(?:deze|dit) (?!dag){unit}",
        last="(?:vorige?|afgelopen) (?!dag){unit}",
        ago="{number} {unit} geleden",
        recent="(?:de )?(?:laatste|afgelopen) {number} {unit}",
        weekday="(?:vorige|afgelopen) {weekday}",
        date=r"(?:op )?{day} {month}",
        within="in|tijdens|(?:begin|eind|half)",
        since="sinds|vanaf",
        after="na",
        before="voor",
        until="tot",
        numbers=_numbered("een twee drie vier vijf zes zeven acht negen tien", 1),
        weekdays=_numbered("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag", 0),
        months=_numbered("januari februari maart april mei juni juli augustus september oktober november december", 1),
    ),
}
