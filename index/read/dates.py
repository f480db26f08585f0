"""Read a date of publication as people and programs write it."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

_MAX_LENGTH = 200  # code points of a date with what is written around it
MIN_YEAR, MAX_YEAR = 1500, 2100  # years before are those of the Islamic and the Persian calendar, now 1448 and 1405
_MIN_SECONDS, _MAX_SECONDS = 631_152_000, 4_102_444_800  # 1990 to 2100, of a time in seconds since 1970
# Languages whose writers do not agree on the order of day and month, or put the year first.
_NO_ORDER = frozenset("en zh ja ko hu lt mn".split())
_NUMERIC = re.compile(r"(?:^|[\",;|\t])\s*(\d{1,2})[/-](\d{1,2})[/-]\d{4}\b")
_ORDER_OF_REGION = dict.fromkeys(("gb", "uk", "ie", "au", "nz", "in", "za"), True) | {"us": False}


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date as it was written; the day of a date with a time is that of its own time zone."""

    day: date  # the first day of the month or year if the rest is missing
    month_first: date | None = None  # the other reading of a date such as 03/04/2026, `day` being 3 April
    missing: str | None = None  # "day" or "month and day"
    short_year: bool = False  # of two digits, so that 24/03/12 may begin with the year

    def resolve(self, day_first: bool | None) -> date | None:
        """Return the date, given the order of day and month; None if the order is unknown and matters."""
        if self.short_year and day_first is None:
            return None
        if self.month_first is None or day_first:
            return self.day
        return self.month_first if day_first is False else None


def parse(written: str) -> WrittenDate:
    """Return the date of a text that contains nothing else, except a time, a weekday or "Published on".

    Raises:
        ValueError: the text is no date; the message says why.
    """
    if len(written) > _MAX_LENGTH:
        raise ValueError("is not a date: write YYYY-MM-DD")
    text = _folded(written)
    label = _LABEL.match(text)
    text = _LATER_DATE.sub("", text[label.end() if label else 0 :]).strip(" .,;|-")
    if _NUMBER.fullmatch(text):
        return _checked(_of_digits(text))
    text = _ZONE.sub("", _TIME.sub("", _TIME_BEFORE.sub("", text)))
    for pattern, read in _PATTERNS:
        if match := pattern.fullmatch(text):
            date_ = _checked(read(match))
            # "Publié le 05/03/2026" is in a language that writes the day first.
            return (
                replace(date_, month_first=None, short_year=False)
                if label and not _NEUTRAL_LABEL.match(label[0])
                else date_
            )
    raise ValueError("is not a date: write YYYY-MM-DD")


def day(written: str, language: str | None = None) -> date | None:
    """Return the day that a text names; None if it is no date, or is not certain in the language of the page."""
    try:
        read = parse(written)
    except ValueError:
        return None
    return read.resolve(order_of(language)) if read.missing is None else None


def common_order(lines: Iterable[str]) -> bool | None:
    """Return whether all numeric dates at the beginning of values in a file have the day first, if it is certain."""
    orders: set[bool] = set()
    for line in lines:
        for first, second in _NUMERIC.findall(line):
            if (int(first) > 12) != (int(second) > 12):
                orders.add(int(first) > 12)
        if len(orders) > 1:
            break
    return orders.pop() if len(orders) == 1 else None


def order_of(language: str | None) -> bool | None:
    """Return whether the language of a tag such as fr or en-US writes the day before the month; None if unknown."""
    if not language:
        return None
    code, *regions = re.split("[-_]", language.lower())
    if code in _NO_ORDER:
        return _ORDER_OF_REGION.get(regions[-1]) if regions and code == "en" else None
    return True


def _folded(text: str) -> str:
    """Return a text in lower case without accents, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(
        bare.replace("\u2010", "-").replace("\u2013", "-").replace("\u2014", "-").replace("\u2212", "-").split()
    )


def _checked(written: WrittenDate) -> WrittenDate:
    if not MIN_YEAR <= written.day.year <= MAX_YEAR:
        raise ValueError(f"is not between {MIN_YEAR} and {MAX_YEAR}: write YYYY-MM-DD of the Gregorian calendar")
    return written


# --- names

# Without "listopada", which is November in Polish and October in Croatian.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv januar janner jan enero ene gennaio gen janeiro januari января янв يناير"
            " stycznia ledna ocak ianuarie січня tammikuuta ιανουαριου",
            "february feb fevrier fevr fev februar feber febrero febbraio febb fevereiro februari февраля февр فبراير"
            " lutego unora subat februarie лютого helmikuuta φεβρουαριου",
            "march mar mars marz mrz marzo marco maart mrt марта мар مارس"
            " marca brezna mart marts martie marcius березня maaliskuuta μαρτιου maret",
            "april apr avril avr abril abr aprile апреля апр ابريل"
            " kwietnia dubna nisan aprilie aprilis квітня huhtikuuta απριλιου",
            "may mai mayo maggio mag maio mei мая مايو maja maj kvetna mayıs majus травня toukokuuta μαιου",
            "june jun juin juni junio giugno giu junho июня июн يونيو"
            " czerwca cervna haziran iunie junius червня kesakuuta ιουνιου",
            "july jul juillet juil juli julio luglio lug julho июля июл يوليو"
            " lipca cervence temmuz iulie julius липня heinakuuta ιουλιου",
            "august aug aout agosto ago augustus августа авг اغسطس"
            " sierpnia srpna agustos augusti augusztus серпня elokuuta αυγουστου agustus",
            "september sept sep septembre septiembre setiembre settembre sett setembro set сентября сент سبتمبر"
            " wrzesnia zari eylul septembrie szeptember вересня syyskuuta σεπτεμβριου",
            "october oct octobre oktober okt octubre ottobre ott outubro out октября окт اكتوبر"
            " pazdziernika rijna ekim octombrie жовтня lokakuuta οκτωβριου",
            "november nov novembre noviembre novembro ноября нояб نوفمبر"
            " listopadu kasım noiembrie листопада marraskuuta νοεμβριου",
            "december dec decembre dezember dez diciembre dic dicembre dezembro декабря дек ديسمبر"
            " grudnia prosince aralık decembrie грудня joulukuuta δεκεμβριου desember",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = (
    "(?:mon|tues?|wed|wednes|thu|thurs?|fri|satur|sat|sun)(?:day)?|(?:lun|mar|mercre|mer|jeu|vendre|ven|same|sam)(?:di)?"
    "|dim(?:anche)?|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend|mo|di|mi|do|fr|sa|so"
    "|lunes|martes|mie(?:rcoles)?|jueves|viernes|sab(?:ado)?|dom(?:ingo|enica)?|(?:lun|mart|mercol|giov|vener)edi"
    "|gio|sabato|(?:maan|dins|woens|donder|vrij|zater|zon)dag|(?:segunda|terca|quarta|quinta|sexta)(?:-feira)?"
)
_LABEL = re.compile(
    r"^(?:(?:date(?: de publication)?|publication date|datum|fecha|data)\s*:?\s+(?:le\s+)?"
    r"|(?:article )?(?:publiee?|postee?|paru|mise? en ligne|ecrit|published|first published|posted|veroffentlicht"
    r"|erstellt|publicad[oa]|pubblicat[oa]|gepubliceerd|geplaatst)\s*(?:le|on|at|am|el|em|il|op|a)?\s*:?\s*"
    r"|(?:公開日?|掲載日?|配信日?|نشر(?: في| بتاريخ)?|تاريخ النشر)\s*:?\s*)(?=[\w(])"
)
_NEUTRAL_LABEL = re.compile("(?:first )?(?:date|publication|published|posted)(?! de)")
_LATER_DATE = re.compile(
    r"[\s,;|(-]+\d+ ?min\b.*$"  # to read it
    r"|[\s,;|(-]*(?:mise? a jour|modifiee?|actualise|updated|last updated|modified|aktualisiert|geandert|actualizad[oa]"
    r"|aggiornat[oa]|atualizad[oa]|bijgewerkt)\b.*$"
)
_TIME_BEFORE = re.compile(r"^(?:[01]?\d|2[0-4])[:h.][0-5]\d(?::[0-5]\d)?(?:\s?[ap]\.?m\.?)?(?:,\s?|\s(?:[-·|]\s)?)")
_ZONE = re.compile(r"(?<=\d{4}-\d\d-\d\d)(?:z|[+-]\d\d:\d\d)$")  # of a day in XML
_CLOCK = r"(?:[01]?\d|2[0-4])"
_TIME = re.compile(
    rf"(?:(?<=\d)t(?:{_CLOCK}|[012]\d(?:[0-5]\d)+)"
    rf"|,?\s(?:-\s)?\(?(?:(?:a|at|um|om|kl\.?|a las|alle|alle ore|ore|as)\s)?{_CLOCK}(?=\s?(?:[:h.]|[ap]\.?m)))"
    r"(?:\s?[:h.]\s?[0-5]\d(?:[:.][0-5]\d)?(?:[.,]\d+)?|\s?h)?\s?(?:h|uhr|[ap]\.?m\.?)?"
    r"\s?(?:z|utc|gmt|[a-z]{2,5})?\)?\s?(?:[+-]\d{2}(?::?\d{2})?)?"
    r"(?: utc)?\s?(?:\([\w +:/-]*\)|\[[\w/+-]*\])?(?=$|\s\d{4}$)"
)

# --- patterns


def _day(year: str, month: str, day: str) -> WrittenDate:
    try:
        return WrittenDate(date(int(year), int(month), int(day)))
    except ValueError as error:
        raise ValueError("is not a date: there is no such day") from error


def _month(year: str, month: str) -> WrittenDate:
    written = _day(year, month, "1")
    return WrittenDate(written.day, missing="day")


def _numeric(first: str, separator: str, second: str, year: str) -> WrittenDate:
    if len(year) == 2:
        whole = int(year) + (1900 if int(year) > datetime.now(UTC).year % 100 + 1 else 2000)
        return replace(_numeric(first, "/", second, str(whole)), short_year=True)
    if int(second) > 12:
        return _day(year, first, second)
    written = _day(year, second, first)
    if int(first) > 12 or first == second or separator == ".":  # where dots are written, the day is first
        return written
    return WrittenDate(written.day, month_first=_day(year, first, second).day)


def _of_digits(text: str) -> WrittenDate:
    whole = text.partition(".")[0]
    if len(whole) == 4:
        return WrittenDate(_day(whole, "1", "1").day, missing="month and day")
    if len(whole) in (8, 12, 14) and whole[:2] in ("15", "16", "17", "18", "19", "20"):
        return _day(whole[:4], whole[4:6], whole[6:8])
    for length, unit in ((10, 1), (13, 1000), (16, 1_000_000), (19, 1_000_000_000)):
        seconds = int(whole) // unit
        if len(whole) in (length, length - 1) and _MIN_SECONDS <= seconds <= _MAX_SECONDS:
            return WrittenDate((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date())
    raise ValueError("is not a date: as a time since 1970 it is not between 1990 and 2100")


def _of_week(text: str) -> WrittenDate:
    try:
        return WrittenDate(date.fromisoformat(text.upper()), missing=None if _WEEK_DAY.search(text) else "day")
    except ValueError as error:
        raise ValueError("is not a date: there is no such week") from error


def _named(day: str, month: str, year: str) -> WrittenDate:
    return _day(year if len(year) == 4 else f"20{year}", str(_MONTHS[month]), day)


def _of_year(year: str, day: str) -> WrittenDate:
    first = _day(year, "1", "1").day
    written = first + timedelta(days=int(day) - 1)
    if written.year != first.year:
        raise ValueError("is not a date: there is no such day")
    return WrittenDate(written)


_WEEK_DAY = re.compile(r"w\d{2}-?\d$")
_NUMBER = re.compile(r"\d{4}|\d{8,19}|\d{9,19}\.\d{1,9}")
_WORD = r"(?:(?:the|le|la|el|il|den|der|am|em|on|op)\s)?"
_ARTICLE = rf"{_WORD}(?:(?:{_WEEKDAY})[.,]?,?\s)?{_WORD}"
_DAY = r"(\d{1,2})\s?(?:er|st|nd|rd|th|o|a|°|\.)?"
_OF = r"(?:\s?-\s?|\s)(?:(?:de|del|of|di)\s)?"
_CJK = unicodedata.normalize(
    "NFKD",
    r"(\d{4})\s?(?:年|년)\s?(\d{1,2})\s?(?:月|월)\s?(\d{1,2})\s?(?:日|일)?(?:\s?\([日月火水木金土]\))?"
    r"(?:\s?\d{1,2}時(?:\d{1,2}分)?)?",
)
_PATTERNS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], WrittenDate]]] = [
    (re.compile(pattern), read)
    for pattern, read in (
        (r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", lambda m: _day(m[1], m[3], m[4])),
        (r"(\d{4})(\d{2})(\d{2})", lambda m: _day(m[1], m[2], m[3])),  # before a time
        (r"(\d{4})[-/.](\d{1,2})", lambda m: _month(m[1], m[2])),
        (r"(\d{1,2})[/.](\d{4})", lambda m: _month(m[2], m[1])),
        (r"\d{4}-?w\d{2}(?:-?[1-7])?", lambda m: _of_week(m[0])),
        (r"(\d{4})-(\d{3})", lambda m: _of_year(m[1], m[2])),
        (rf"{_ARTICLE}(\d{{1,2}})\s?([-/.])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d\d)", lambda m: _numeric(*m.groups())),
        (r"/date\((\d{12,13})(?:[+-]\d{4})?\)/", lambda m: _of_digits(m[1])),
        (_CJK, lambda m: _day(m[1], m[2], m[3])),
        (rf"{_ARTICLE}{_DAY}{_OF}({_MONTH})\.?,?{_OF}(\d{{4}}|\d\d)(?: [гр]\.?)?", lambda m: _named(*m.groups())),
        (rf"{_ARTICLE}({_MONTH})\.?\s{_DAY},?\s(\d{{4}})", lambda m: _named(m[2], m[1], m[3])),
        (rf"(\d{{4}})\.?[\s-]({_MONTH})\.?[\s-](\d{{1,2}})", lambda m: _named(m[3], m[2], m[1])),
        (rf"({_MONTH})\.?,?\s(?:(?:de|of|di)\s)?(\d{{4}})", lambda m: _month(m[2], str(_MONTHS[m[1]]))),
    )
]
