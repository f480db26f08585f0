"""Files become articles, and so does what comes without a file."""

import codecs
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from index import text
from index.errors import ArticleError, FieldError

SUFFIXES = (".jsonl", ".markdown", ".md", ".txt")

NO_FILE = Path()

_DATE_PREFIX = re.compile(r"\s*date (\d{4}-\d{2}-\d{2})(?:\s|$)")
_FRONT_MATTER = re.compile(r"---[^\S\n]*\n((?:.*?\n)??)---[^\S\n]*(?:\n|$)", re.DOTALL)


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


def find(paths: Iterable[Path], *, gone: bool = False) -> list[tuple[Path, str]]:
    """Return the files that hold articles under `paths`, each with its name within the archive.

    Hidden files, linked folders and files of other kinds are passed over in folders. With `gone`, paths may have gone.

    Raises:
        ArticleError: a path does not exist, is of an unknown kind, or is a folder without articles or not to be read.
    """
    found: dict[Path, str] = {}
    for path in paths:
        try:
            root = path.resolve()
            exists, folder = root.exists(), root.is_dir()
        except (OSError, RuntimeError) as error:  # too long a name, a loop of links
            raise ArticleError(f"{path}: cannot be read: {error}") from error
        if not exists and gone:
            continue
        if not exists:
            raise ArticleError(f"{path}: no such file or folder")
        if folder:
            files = sorted(_articles_below(root))
            if not files and not gone:
                raise ArticleError(f"{path}: no articles in this folder: files must end in {', '.join(SUFFIXES)}")
        elif root.suffix.lower() not in SUFFIXES or not root.is_file():
            raise ArticleError(f"{path}: not an article: files must end in {', '.join(SUFFIXES)}")
        else:
            files, root = [root], root.parent
        for file in files:
            found.setdefault(file, f"{root.name}/{file.relative_to(root).as_posix()}")
    return sorted(found.items())


def _articles_below(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise ArticleError(f"{error.filename}: cannot be read: {error.strerror}") from error

    for folder, subfolders, names in os.walk(root, onerror=refuse):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in names:
            file = Path(folder, name)
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and file.is_file():
                yield file


def without_file(fields: Mapping[str, Any]) -> RawArticle:
    """Return the article that fields make, those of a line of JSON; its text is plain.

    Raises:
        FieldError: a field has no meaning.
    """
    raw = _article(NO_FILE, "", fields, text.from_plain(_encodable(fields["text"])))
    return replace(raw, name=f"{raw.title or ''}\n{raw.text}")


def count(file: Path) -> int:
    """Return about how many articles a file holds, without reading them."""
    if file.suffix.lower() != ".jsonl":
        return 1
    try:
        with file.open("rb") as stream:
            return sum(1 for _ in stream)
    except OSError:
        return 1  # the problem that `read` will tell


def read(file: Path, name: str) -> Iterator[RawArticle | Problem]:
    """Read the articles of one file, in order; what cannot be read is a `Problem` and the rest goes on."""
    try:
        if name != _encodable(name):
            raise ArticleError(f"{_encodable(str(file))}: the name of the file is not UTF-8: rename it")
        with file.open("rb") as stream:
            if file.suffix.lower() == ".jsonl":
                yield from _json_lines(file, name, stream)
            else:
                yield _document(file, name, _decoded(file, 1, stream.read()))
    except OSError as error:
        yield Problem(file, f"{file}: cannot be read: {error.strerror}")
    except ArticleError as error:
        yield Problem(file, str(error))


def _decoded(file: Path, line: int, content: bytes) -> str:
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


def _document(file: Path, name: str, content: str) -> RawArticle:
    if content.startswith("---") and content.partition("\n")[0].strip() == "---":
        match = _FRONT_MATTER.match(content)
        if match is None:
            raise ArticleError(f"{file}:1: front matter is not closed: end it with a line of three dashes")
        fields = _front_matter(file, match[1])
        return _located(_Place(file, 1, match[1]), name, fields, text.from_markdown(content[match.end() :]))
    if match := _DATE_PREFIX.match(content):
        return _located(_Place(file, 1), name, {"date": match[1]}, text.from_plain(content[match.end() :]))
    read_as = text.from_plain if file.suffix.lower() == ".txt" else text.from_markdown
    return _located(_Place(file, 1), name, {}, read_as(content))


def _front_matter(file: Path, source: str) -> dict[str, Any]:
    try:
        # BaseLoader leaves every value a string, so that a bad date is reported by us and 'no' stays a language.
        fields = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506 - it builds strings, lists and dicts only
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "context_mark", None) or getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1  # counted from 0, after the line of dashes
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise ArticleError(f"{file}:{line}: front matter is not YAML: {problem}") from error
    if fields is None or fields == "":
        return {}
    if not isinstance(fields, dict):
        raise ArticleError(f"{file}:2: front matter is not a list of 'name: value' lines")
    return fields


def _json_lines(file: Path, name: str, lines: Iterable[bytes]) -> Iterator[RawArticle | Problem]:
    empty = True
    for number, content in enumerate(lines, start=1):
        if not content.strip():
            continue
        empty = False
        try:
            yield _json_article(file, number, f"{name}:{number}", _decoded(file, number, content))
        except ArticleError as error:
            yield Problem(file, str(error))
    if empty:
        yield Problem(file, f"{file}: no articles: write one JSON object a line")


def _json_article(file: Path, number: int, name: str, line: str) -> RawArticle:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"{file}:{number}: not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ArticleError(f"{file}:{number}: not a JSON object but {type(fields).__name__}")
    body = fields.get("text")
    if not isinstance(body, str):
        raise ArticleError(f"{file}:{number}: no 'text', or it is not a string")
    return _located(_Place(file, number), name, fields, text.from_plain(_encodable(body)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an article stands in its file, for messages."""

    file: Path
    line: int
    front_matter: str = ""  # which begins on the next line

    def of(self, field: str) -> str:
        """Return the place of a field, or of the article."""
        for number, line in enumerate(self.front_matter.split("\n"), start=self.line + 1):
            if line.partition(":")[0].strip() == field:
                return f"{self.file}:{number}"
        return f"{self.file}:{self.line}"


def _located(place: _Place, name: str, fields: Mapping[str, Any], body: text.Readable) -> RawArticle:
    try:
        return _article(place.file, name, fields, body)
    except FieldError as error:
        whole = error.field == "text" and place.line == 1
        raise ArticleError(f"{place.file if whole else place.of(error.field)}: {error}") from error


def _article(file: Path, name: str, fields: Mapping[str, Any], body: text.Readable) -> RawArticle:
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
    return text.clean(_encodable(value)) or None if value else None


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


def _encodable(value: str) -> str:
    """Replace halves of surrogate pairs, which JSON and file names can have and nothing can store."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
