"""Read JSON: one article per line, a list of articles, or an object that contains such a list."""

import codecs
import io
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from index.errors import ArticleError
from index.read import fields, record
from index.read.article import Place, Problem, RawArticle
from index.read.dates import common_order
from index.read.encoding import decode, is_utf_16

_DECODER = json.JSONDecoder(strict=False)  # line ends and tabs within strings are allowed
_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+"|,(?=\s*[}\]])')
_VALUE = re.compile(r"[^\s,]")
_NEXT_OBJECT = re.compile(r"\n(?=\{)")
# Names of fields that hold the articles of an answer or an export, without case and punctuation.
_LISTS = (
    "articles items entries entry results posts documents docs stories news records rows hits data response feed "
    "channel rss item graph value"
).split()
_MAX_DEPTH = 5  # of lists within objects
_SAMPLE = 4096  # bytes that decide whether a file is in UTF-16


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of each line or item, or its problem; a file without articles is a problem too."""
    if not stream.seekable():  # decompressed
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            yield from read(file, name, cast(BinaryIO, copy))
        return
    if is_utf_16(stream.read(_SAMPLE)):
        stream.seek(0)
        stream = io.BytesIO(decode(file, stream.read()).text.encode())
    stream.seek(0)
    items = _lines(file, name, stream) if _is_by_line(stream) else _whole(file, name, stream)
    first = next(items, None)
    if first is None:
        yield Problem(file, f"{file}: no articles: write a list of JSON objects, or one per line")
        return
    yield from chain([first], items)


def _is_by_line(stream: BinaryIO) -> bool:
    """Return whether each line is an article of its own; one of the first two may be damaged. Rewinds the stream."""
    lines = list(islice((line for line in stream if line.strip()), 2))
    stream.seek(0)
    objects = [value for value in map(_value, lines) if isinstance(value, dict)]
    if not objects or _is_list(lines[0]) or any([*_articles(value, _MAX_DEPTH)] != [value] for value in objects):
        return False
    return len(lines) > 1 or "text" in fields.by_our_names(objects[0]).fields


def _is_list(line: bytes) -> bool:
    return line.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")


def _value(line: bytes) -> Any:
    """Return the value of a line, or None if it is not JSON."""
    try:
        return _parse(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def _parse(text: str) -> Any:
    """Return the value of a JSON text, also with commas before closing brackets and after its end."""
    text = text.strip().removesuffix(",")
    try:
        return _DECODER.decode(text)
    except ValueError:
        if (repaired := _without_trailing_commas(text)) == text:
            raise
    return _DECODER.decode(repaired)


def _without_trailing_commas(text: str) -> str:
    return _TRAILING_COMMA.sub(lambda match: " " if match[0] == "," else match[0], text)


def _lines(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    day_first = _day_first(stream)
    for number, content in enumerate(stream, start=1):
        if not content.strip():
            continue
        try:
            decoded = decode(file, content)
            try:
                value = _parse(decoded.text)
            except (ValueError, RecursionError) as error:
                raise ArticleError(f"{file}:{number}: not JSON: {error}") from error
            yield _article(Place(file, number), f"{name}:{number}", value, decoded.remark, day_first)
        except ArticleError as error:
            yield Problem(file, str(error))


def _whole(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    day_first = _day_first(stream)
    decoded = decode(file, stream.read())
    values = list(_values(file, decoded.text))
    objects = [value for value in values if isinstance(value, dict)]
    if objects and not any("text" in fields.by_our_names(value).fields for value in objects):
        yield Problem(file, f"{file}: no articles: no object has a text: {record.NAME_IT}")
        return
    number = 0
    for value in values:
        if isinstance(value, Problem):
            yield value
            continue
        number += 1
        try:
            place = Place(file, number, noun="article")
            yield _article(place, f"{name}:{number}", value, decoded.remark, day_first)
        except ArticleError as error:
            yield Problem(file, str(error))


def _values(file: Path, text: str) -> Iterator[Any]:
    """Yield the values of a JSON text that may be articles, and a `Problem` where it is damaged."""
    repaired = False
    start = 0
    while match := _VALUE.search(text, start):
        try:
            value, start = _DECODER.raw_decode(text, match.start())
        except (ValueError, RecursionError) as error:
            if not repaired:
                text, repaired = _without_trailing_commas(text), True
                continue
            line = text.count("\n", 0, getattr(error, "pos", match.start())) + 1
            reason = str(getattr(error, "msg", error)).removesuffix(" starting at")
            yield Problem(file, f"{file}:{line}: not JSON: {reason}")
            following = _NEXT_OBJECT.search(text, match.start() + 1)
            start = following.end() if following else len(text)
        else:
            yield from _articles(value, _MAX_DEPTH)


def _articles(value: Any, depth: int) -> Iterator[Any]:
    """Yield the objects within `value` that may be articles; `value` itself if it has none, unless it is empty."""
    if value == []:
        return
    inner: list[Any] = []
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        inner = value
    elif isinstance(value, dict) and isinstance(value.get("_source"), dict):  # Elasticsearch
        inner = [value["_source"]]
    elif isinstance(value, dict) and not fields.has_text(value):
        named = {fields.plain_name(key): content for key, content in value.items()}
        lists = (named[name] for name in _LISTS if name in named)
        inner = next(([content] for content in lists if content and isinstance(content, (list, dict))), [])
        if not inner and all(isinstance(item, dict) and fields.has_text(item) for item in value.values()):
            inner = [*value.values()]  # by their ids
    if not inner or not depth:
        yield value
    for item in inner if depth else ():
        yield from _articles(item, depth - 1)


def _day_first(stream: BinaryIO) -> bool | None:
    """Return the order of day and month in all numeric dates of a file, if it is certain. Rewinds the stream."""
    order = common_order(line.decode("latin-1") for line in stream)
    stream.seek(0)
    return order


def _article(place: Place, name: str, value: Any, remark: str | None, day_first: bool | None) -> RawArticle:
    if not isinstance(value, Mapping):
        raise ArticleError(f"{place}: not a JSON object but {type(value).__name__}")
    return record.article(place, name, value, remark, day_first)
