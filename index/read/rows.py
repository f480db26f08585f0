"""Read tables in CSV and TSV: one article per row."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import html
from index.read.article import Place, Problem, RawArticle, article_at, decode

MAX_CELL = 5_000_000  # code points
_DELIMITERS = (",", ";", "\t", "|")
# Names of columns for each field, the best first; compared without case and punctuation.
_COLUMNS = {
    "text": "text articlebody fulltext content body texte contenu corps texto contenido".split(),
    "title": "title headline titre titulo titel titolo".split(),
    "date": "date published publishedat datepublished publicationdate pubdate fecha datum data".split(),
    "author": "author authors byline creator auteur auteurs autor autore".split(),
    "source": "source publisher outlet sitename newspaper journal media".split(),
    "url": "url link permalink canonicalurl".split(),
    "language": "language lang langue idioma sprache".split(),
}


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of each row, or its problem; the first row names the columns.

    Raises:
        ArticleError: the file is not UTF-8 text, or no column has texts.
    """
    content = decode(file, 1, stream.read())
    csv.field_size_limit(MAX_CELL)
    rows = _rows(file, content, _delimiter(content))
    _, names = next(rows, (1, []))
    columns = _columns(names)
    if "text" not in columns:
        found = ", ".join(names[:20]) or "none"
        raise ArticleError(
            f"{file}:1: no column has the texts: name it 'text' in the first row; the columns are: {found}"
        )
    empty = True
    for line, cells in rows:
        empty = False
        try:
            yield _article(Place(file, line), f"{name}:{line}", cells, columns, len(names))
        except ArticleError as error:
            yield Problem(file, str(error))
    if empty:
        yield Problem(file, f"{file}: no articles: write one row for each below the names of the columns")


def _rows(file: Path, content: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line at which a row begins, and its cells; empty rows are skipped."""
    reader = csv.reader(io.StringIO(content), delimiter=delimiter)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ArticleError(f"{file}:{line}: not a table in CSV: {error}") from error
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _delimiter(content: str) -> str:
    """Return what separates the names of the columns."""
    first = next((line for line in content.split("\n", 50) if line.strip()), "")
    names = {delimiter: next(csv.reader([first], delimiter=delimiter), []) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: ("text" in _columns(names[delimiter]), len(names[delimiter])))


def _columns(names: Sequence[str]) -> dict[str, list[int]]:
    """Return the columns of each field, the best first."""
    plain = [re.sub(r"[\W_]", "", name).lower() for name in names]
    found = {field: [plain.index(alias) for alias in aliases if alias in plain] for field, aliases in _COLUMNS.items()}
    return {field: columns for field, columns in found.items() if columns}


def _article(place: Place, name: str, cells: list[str], columns: dict[str, list[int]], width: int) -> RawArticle:
    if any(cell.strip() for cell in cells[width:]):
        raise ArticleError(f"{place.file}:{place.line}: more cells than the {width} columns: write texts in quotes")
    cells += [""] * (width - len(cells))
    fields = {
        field: next((cells[column] for column in numbers if cells[column].strip()), "")
        for field, numbers in columns.items()
    }
    return article_at(place, name, fields, html.from_plain(fields["text"]))
