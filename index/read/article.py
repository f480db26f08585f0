"""A raw article: what a source says of one article, checked field by field."""

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import ArticleError, FieldError
from index.read import html

NO_FILE = Path()


@dataclass(frozen=True, slots=True)
class RawArticle:
    """An article as its file has it: the language may be unknown and there may be no title or url."""

    file: Path  # absolute; NO_FILE if it came without one
    name: str  # of the article within what was indexed, the same wherever the archive lies; what it says without a file
    text: str
    title: str | None = None
    published: date | None = None
    language: str | None = None
    source: str | None = None
    author: str | None = None
    url: str | None = None

    @property
    def id(self) -> str:
        """The article's id: a hash of its url, or of its name if it has none."""
        return hashlib.sha256((self.url or self.name).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a line of one, that could not be read; the message begins with the place."""

    file: Path
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article starts in its file, for messages."""

    file: Path
    line: int
    front_matter: str = ""  # which begins on the next line

    def of(self, field: str) -> str:
        """Return the place of a field, or of the article."""
        for number, line in enumerate(self.front_matter.split("\n"), start=self.line + 1):
            if line.partition(":")[0].strip() == field:
                return f"{self.file}:{number}"
        return f"{self.file}:{self.line}"


def without_file(fields: Mapping[str, Any]) -> RawArticle:
    """Return the article that fields make, those of a line of JSON; its text is plain.

    Raises:
        FieldError: a field has no meaning.
    """
    raw = _article(NO_FILE, "", fields, html.from_plain(encodable(fields["text"])))
    return replace(raw, name=f"{raw.title or ''}\n{raw.text}")


def located(place: Place, name: str, fields: Mapping[str, Any], body: html.Readable) -> RawArticle:
    try:
        return _article(place.file, name, fields, body)
    except FieldError as error:
        whole = error.field == "text" and place.line == 1
        raise ArticleError(f"{place.file if whole else place.of(error.field)}: {error}") from error


def _article(file: Path, name: str, fields: Mapping[str, Any], body: html.Readable) -> RawArticle:
    if not any(character.isalnum() for character in body.text):
        raise FieldError("text", "no text")
    return RawArticle(
        file=file,
        name=name,
        text=body.text,
        title=_field(fields, "title") or body.heading,
        published=_date(fields),
        language=_language(fields),
        source=_field(fields, "source"),
        author=_field(fields, "author"),
        url=_field(fields, "url"),
    )


def _field(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if value is not None and not isinstance(value, str):
        raise FieldError(key, f"'{key}' is not a string")
    return html.clean(encodable(value)) or None if value else None


def _language(fields: Mapping[str, Any]) -> str | None:
    value = _field(fields, "language")
    if value is None:
        return None
    code = re.split("[-_]", value)[0].lower()
    if not re.fullmatch("[a-z]{2,3}", code):
        raise FieldError("language", f"language '{value}' is not a code such as fr or pt-BR")
    return code


def _date(fields: Mapping[str, Any]) -> date | None:
    value = _field(fields, "date")
    if value is None:
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value).date()
    except ValueError as error:
        raise FieldError("date", f"date '{value}' is not a date: write YYYY-MM-DD") from error


def encodable(value: str) -> str:
    """Replace halves of surrogate pairs, which JSON and file names can have and nothing can store."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def decoded(file: Path, line: int, content: bytes) -> str:
    """Return the text of bytes; `line` is where they start in the file.

    Raises:
        ArticleError: they are not UTF-8 text.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ArticleError(f"{file}: in UTF-16: convert the file to UTF-8")
    if b"\0" in content:
        raise ArticleError(f"{file}: a binary file, not text")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line += content.count(b"\n", 0, error.start)
        raise ArticleError(
            f"{file}:{line}: not UTF-8 (byte {content[error.start]:#04x}): convert the file to UTF-8"
        ) from error
