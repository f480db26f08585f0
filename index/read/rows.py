"""Read tables in CSV and TSV: one article per row."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import record
from index.read.article import Place, Problem, RawArticle
from index.read.dates import common_order
from index.read.encoding import decode
from index.read.fields import our_name

MAX_CELL = 5_000_000  # code points
_DELIMITERS = (",", ";", "\t", "|")
_STATED_DELIMITER = re.compile(r"\s*sep=([^\w\s\"]|\t)[^\S\n]*\n", re.IGNORECASE)  # a first line that Excel understands
_END = "\0"  # a line after the last one, which becomes part of a cell whose quotes are not closed


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of each row, or its problem; the first row names the columns.

    Raises:
        ArticleError: the file is not text, or no column has texts.
    """
    decoded = decode(file, stream.read())
    stated = _STATED_DELIMITER.match(decoded.text)
    content = (
        decoded.text[stated.end() - 1 :] if stated else decoded.text
    )  # from its line end: lines keep their numbers
    csv.field_size_limit(MAX_CELL)
    rows = _rows(file, content, stated[1] if stated else _delimiter(content))
    _, names = next(rows, (1, []))
    if not _has_text(names):
        found = ", ".join(names[:20]) or "none"
        raise ArticleError(
            f"{file}:1: no column has the texts: name it 'text' in the first row; the columns are: {found}"
        )
    day_first = common_order(content.split("\n"))
    empty = True
    for line, cells in rows:
        empty = False
        try:
            if any(cell.strip() for cell in cells[len(names) :]):
                raise ArticleError(f"{file}:{line}: more cells than the {len(names)} columns: write texts in quotes")
            row = dict(zip(names, cells, strict=False))
            yield record.article(Place(file, line), f"{name}:{line}", row, decoded.remark, day_first)
        except ArticleError as error:
            yield Problem(file, str(error))
    if empty:
        yield Problem(file, f"{file}: no articles: write one row for each below the names of the columns")


def _rows(file: Path, content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line at which a row begins, and its cells; empty rows are skipped.

    Raises:
        ArticleError: a cell is too large, or its quotes are not closed, so that it would hold all rows that follow.
    """
    reader = csv.reader(chain(io.StringIO(content), [_END]), delimiter=delimiter)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ArticleError(f"{file}:{line}: not a table in CSV: {error}") from error
        if cells and cells[-1].endswith(_END):
            if cells != [_END]:
                reason = "the quotes of a cell are not closed, and no row below is read: close or remove them"
                raise ArticleError(f"{file}:{line}: {reason}")
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _delimiter(content: str) -> str:
    """Return what separates the names of the columns."""
    first = next((line for line in content.split("\n", 50) if line.strip()), "")
    names = {delimiter: next(csv.reader([first], delimiter=delimiter), []) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: (_has_text(names[delimiter]), len(names[delimiter])))


def _has_text(names: Sequence[str]) -> bool:
    return any(our_name(name) == "text" for name in names)
