"""A raw article: the validated fields of one article as its source gives them."""

import codecs
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import ArticleError, FieldError
from index.read import html

NO_FILE = Path()


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

    @property
    def id(self) -> str:
        """The article's id: a hash of its url, or of its name if it has none."""
        return hashlib.sha256((self.url or self.name).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or a line of a file, that could not be read; the message begins with its place."""

    file: Path
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """The line at which an article starts, for messages."""

    file: Path
    line: int
    front_matter: str = ""  # starts on the next line

    def of_field(self, field: str) -> str:
        """Return file and line of a field, or of the article if the field has no line."""
        for number, line in enumerate(self.front_matter.split("\n"), start=self.line + 1):
            if line.partition(":")[0].strip() == field:
                return f"{self.file}:{number}"
        return f"{self.file}:{self.line}"


def without_file(fields: Mapping[str, Any], *, markdown: bool = False) -> RawArticle:
    """Return an article without a file, from the fields of a JSON object; the text is plain text, or Markdown or HTML.

    Raises:
        FieldError: a field is invalid.
    """
    read_as = html.from_markdown if markdown else html.from_plain
    raw = _article(NO_FILE, "", fields, read_as(replace_surrogates(fields["text"])))
    return replace(raw, name=f"{raw.title or ''}\n{raw.text}")


def article_at(place: Place, name: str, fields: Mapping[str, Any], body: html.Readable) -> RawArticle:
    """Return the article at `place`.

    Raises:
        ArticleError: a field is invalid; the message names its line.
    """
    try:
        return _article(place.file, name, fields, body)
    except FieldError as error:
        whole = error.field == "text" and place.line == 1
        raise ArticleError(f"{place.file if whole else place.of_field(error.field)}: {error}") from error


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
    return html.clean(replace_surrogates(value)) or None if value else None


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


def replace_surrogates(value: str) -> str:
    """Replace unpaired surrogates, which JSON and file names can contain and UTF-8 cannot encode."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def decode(file: Path, line: int, content: bytes) -> str:
    """Decode UTF-8 and normalize line ends; `line` is the first line of `content` in the file.

    Raises:
        ArticleError: the content is not UTF-8 text.
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
