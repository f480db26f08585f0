"""Read workbooks of Excel and OpenDocument; the only module that imports python_calamine."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.read import record
from index.read.article import Place, Problem, RawArticle
from index.read.dates import common_order
from index.read.fields import our_name

_MAX_ROWS = 200_000
_MAX_NAMES = 10  # first rows in which the names of the columns may be


def articles(file: Path, name: str, content: bytes) -> Iterator[RawArticle | Problem]:
    """Yield the article of each row of the sheets that have a column of texts, named `file:row`, or `file:sheet:row`.

    Raises:
        ArticleError: the workbook is damaged, no sheet has texts, or a package is not installed.
    """
    try:
        # Here, since newsqa can be installed without it.
        import python_calamine
    except ImportError as error:
        raise ArticleError(f"{file}: Excel files need another package: pip install 'newsqa[web]'") from error
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(sheet, _rows(book.get_sheet_by_name(sheet))) for sheet in book.sheet_names]
    except (python_calamine.CalamineError, ValueError) as error:
        raise ArticleError(f"{file}: not a complete workbook: {' '.join(str(error).split())[:200]}") from error
    found = [(sheet, rows, start) for sheet, rows in sheets if (start := _start(rows)) is not None]
    if not found:
        raise ArticleError(f"{file}: no column has the texts: name it 'text' in the first row of a sheet")
    for number, (_, rows, start) in enumerate(found, start=1):
        names = rows[start]
        prefix = f"{number}:" if len(found) > 1 else ""
        day_first = common_order(cell for row in rows[start + 1 :] for cell in row)
        for line, row in enumerate(rows[start + 1 :], start=start + 2):
            if any(row):
                try:
                    cells = dict(zip(names, row, strict=False))
                    yield record.article(Place(file, line), f"{name}:{prefix}{line}", cells, None, day_first)
                except ArticleError as error:
                    yield Problem(file, str(error))


def _rows(sheet: Any) -> list[list[str]]:
    if sheet.total_height > _MAX_ROWS:
        raise ValueError(f"more than {_MAX_ROWS} rows: save it as .csv")
    return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def _start(rows: Sequence[Sequence[str]]) -> int | None:
    """Return the number of the row with the names of the columns."""
    return next(
        (number for number, row in enumerate(rows[:_MAX_NAMES]) if any(our_name(cell) == "text" for cell in row)), None
    )


def _text(cell: object) -> str:
    """Return a cell as text: a day as YYYY-MM-DD, a whole number without decimals."""
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
