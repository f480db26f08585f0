"""A raw article: the validated fields of one article as its source gives them."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from index import language_names
from index.errors import ArticleError, FieldError
from index.limits import check_characters, shorten
from index.read import address, dates, fields, html, plain
from index.read.dates import WrittenDate

NO_FILE = Path()
_MAX_SHOWN = 80  # code points of a value in a message


@dataclass(frozen=True, slots=True)
class UnclearDate:
    """A date such as 03/04/2026, which the language of the text may decide, and the warning if it does not."""

    written: WrittenDate
    warning: str


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article as its file gives it; every field but the text may be missing."""

    file: Path  # absolute; NO_FILE for an article without a file
    name: str  # path from the indexed folder, which begins it; in .jsonl with the line; without a file, title and text
    text: str
    title: str | None = None
    published: date | None = None
    language: str | None = None
    source: str | None = None
    author: str | None = None
    url: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)  # where fields were found, by name
    unclear_date: UnclearDate | None = None  # only if `published` is missing
    warnings: tuple[str, ...] = ()  # what was not understood or was guessed, each with its place
    unknown: tuple[str, ...] = ()  # names of fields that were not used

    @property
    def id(self) -> str:
        """The article's id: a hash of its canonical url, or of its name if it has none."""
        return hashlib.sha256((address.identity(self.url) if self.url else self.name).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a part of it such as a line, that could not be read or holds no article."""

    file: Path
    message: str  # begins with the place
    warning: bool = False  # whether nothing that was to be read is missing
    passed_over: Mapping[str, int] = field(default_factory=dict)  # files of other formats in a packed file, by suffix


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an article in its file, for messages."""

    file: Path
    line: int  # at which the article starts, or its number if `noun` is given
    front_matter: str = ""
    first_line: int = 2  # of the front matter
    noun: str = ""  # what is counted instead of lines, such as "article"

    def __str__(self) -> str:
        """Return the place as messages begin."""
        return f"{self.file}: {self.noun} {self.line}" if self.noun else f"{self.file}:{self.line}"

    def of_field(self, field: str) -> str:
        """Return file and line of a field, or of the article if the field has no line."""
        for number, line in enumerate(self.front_matter.split("\n"), start=self.first_line):
            if fields.our_name(re.split("[:=]", line)[0]) == field:
                return f"{self.file}:{number}"
        return str(self)


class ReadText(Protocol):
    """`readable`, or the same in another process."""

    def __call__(self, text: str, *, markdown: bool) -> html.Readable:
        """Return a text without markup."""


def readable(text: str, *, markdown: bool) -> html.Readable:
    """Return a text without markup; it is Markdown or HTML, or else plain text."""
    return html.from_markdown(text) if markdown else plain.from_plain(text)


def without_file(record: Mapping[str, Any], *, markdown: bool = False, read_text: ReadText = readable) -> RawArticle:
    """Return an article without a file, from the fields of a JSON object; the text is plain text, or Markdown or HTML.

    Raises:
        FieldError: a field is invalid.
    """
    checked = _Fields(record, None)
    raw = _article(NO_FILE, "", checked, read_text(check_characters("text", record["text"]), markdown=markdown))
    if checked.errors:
        raise checked.errors[0]
    if raw.unclear_date:
        raise FieldError("date", raw.unclear_date.warning)
    return replace(raw, name=f"{raw.title or ''}\n{raw.text}")


def article_at(
    place: Place,
    name: str,
    record: Mapping[str, Any],
    body: html.Readable,
    *,
    remarks: Iterable[str] = (),
    problems: Iterable[tuple[int, str]] = (),
    unknown: Iterable[str] = (),
    day_first: bool | None = None,
) -> RawArticle:
    """Return the article at `place`, from fields by our names.

    A field that is not understood is left out, with a warning. `remarks` are about the whole file, `problems` about
    one of its lines. `day_first` is the order of day and month in other dates of the file.

    Raises:
        ArticleError: it has no text.
    """
    checked = _Fields(record, day_first)
    try:
        raw = _article(place.file, name, checked, body)
    except FieldError as error:
        raise ArticleError(f"{place.file if place.line == 1 and not place.noun else place}: {error}") from error
    warnings = [f"{place.file}: {remark}" for remark in remarks]
    warnings += [f"{place.file}:{number}: {problem}" for number, problem in problems]
    warnings += [f"{place.of_field(error.field)}: {error}" for error in checked.errors]
    unclear = raw.unclear_date
    if unclear:
        unclear = replace(unclear, warning=f"{place.of_field('date')}: {unclear.warning}")
    return replace(raw, unclear_date=unclear, warnings=tuple(warnings), unknown=tuple(unknown))


def _article(file: Path, name: str, checked: "_Fields", body: html.Readable) -> RawArticle:
    if not any(character.isalnum() for character in body.text):
        raise FieldError("text", "no text")
    language, tag = checked.language()
    published, unclear = checked.date(dates.order_of(tag))
    return RawArticle(
        file=file,
        name=name,
        text=checked.within_limit("text", body.text) or "",
        title=checked.line("title") or checked.within_limit("title", body.heading or "") or None,
        published=published,
        language=language,
        source=checked.line("source"),
        author=fields.author(checked.line("author")),
        url=checked.line("url"),
        unclear_date=unclear,
    )


class _Fields:
    """Checks the fields of one article and collects the errors."""

    def __init__(self, record: Mapping[str, Any], day_first: bool | None) -> None:
        self.errors: list[FieldError] = []
        self._record = record
        self._day_first = day_first

    def line(self, key: str) -> str | None:
        """Return a field as one clean line."""
        try:
            value = check_characters(key, fields.line(key, self._record.get(key)) or "")
        except FieldError as error:
            self.errors.append(error)
            return None
        if "</" in value:
            value = plain.from_plain(value).text
        return self.within_limit(key, html.clean(value)) or None

    def within_limit(self, key: str, value: str) -> str | None:
        """Return a field within its limit of length."""
        shortened, error = shorten(key, value)
        self.errors += [error] if error else []
        return shortened

    def language(self) -> tuple[str | None, str | None]:
        """Return the code of the language, and its tag, which may have a region."""
        value = self.line("language")
        if value is None or value.lower() in ("und", "mul", "zxx", "unknown"):
            return None, None
        first = re.split(r"[-_.,;(\s]", value)[0]
        code = language_names.code_of(value) or language_names.code_of(first) or first.lower()
        if not re.fullmatch("[a-z]{2,3}", code):
            message = f"language '{_shown(value)}' is not a code such as fr or pt-BR, or a name such as French"
            self.errors.append(FieldError("language", message))
            return None, None
        return code, value

    def date(self, day_first: bool | None) -> tuple[date | None, UnclearDate | None]:
        """Return the date of publication, or a date whose day and month cannot be distinguished yet."""
        value = self.line("date")
        if value is None:
            return None, None
        try:
            written = dates.parse(value)
        except ValueError as error:
            self.errors.append(FieldError("date", f"date '{_shown(value)}' {error}"))
            return None, None
        day = written.resolve(self._day_first if day_first is None else day_first)
        if written.missing:
            self.errors.append(FieldError("date", f"date '{value}' has no {written.missing}: read as {written.day}"))
        if day is None:
            readings = f"{written.day} or {written.month_first or 'a year first'}"
            reason = f"date '{value}' is ambiguous: {readings}: write YYYY-MM-DD"
            return None, UnclearDate(written, reason)
        return day, None


def _shown(value: str) -> str:
    return value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}…"


def limited(raw: RawArticle) -> RawArticle:
    """Return an article that was not made here with fields within the limits, and with warnings of what was cut.

    Raises:
        FieldError: a field has a character that cannot be stored.
    """
    values = {name: getattr(raw, name) for name in ("text", "title", "source", "author", "url", "language")}
    shortened = {name: shorten(name, check_characters(name, value)) for name, value in values.items() if value}
    warnings = [f"{raw.url or raw.name}: {error}" for _, error in shortened.values() if error]
    changed: dict[str, Any] = {name: value for name, (value, _) in shortened.items()}
    return replace(raw, **changed, warnings=(*raw.warnings, *warnings))
