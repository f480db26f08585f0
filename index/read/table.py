"""Read the rows of a table as lines of text that name the column of each cell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MAX_SPAN = 50  # columns or rows that one cell may take; more is a mistake or an attack
_MAX_COLUMNS = 200  # of a table that is read with its names
_MAX_CELLS = 8  # named in one line; a longer row is several lines, each with the first cell
_MAX_ADDED = 200_000  # code points that repeated names and cells may add to a table


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text on one line, whether it is a header, and how many columns and rows it takes."""

    text: str
    header: bool
    columns: int = 1
    rows: int = 1


def lines(rows: Sequence[Sequence[Cell]]) -> list[str] | None:
    """Return the lines of a table, such as `Ville: Brest; Maire: A. B.`; None if it has no headers or is too large.

    Empty cells are left out. A row of one cell, such as the name of a group of rows, is that cell.
    """
    grid = _grid([row for row in rows if any(cell.text for cell in row)])
    titles = next((number for number, row in enumerate(grid) if len(_distinct(row)) > 1), len(grid))
    body = next((number for number, row in enumerate(grid) if number >= titles and not _is_header(row)), len(grid))
    names = _names(grid[titles:body])
    labelled = any(row[0].header and not row[-1].header for row in grid)
    added = sum(map(len, names)) * (len(grid) - body) + sum(len(cell.text) for row in grid for cell in _distinct(row))
    if body == len(grid) or not (any(names) or labelled) or added > _MAX_ADDED:
        return None
    return [line for row in (*grid[:titles], *grid[body:]) for line in _row(row, names)]


def _distinct(row: Sequence[Cell]) -> list[Cell]:
    """Return the cells of a row, a cell of several columns once."""
    return [cell for column, cell in enumerate(row) if column == 0 or row[column - 1] is not cell]


def _is_header(row: Sequence[Cell]) -> bool:
    return all(cell.header or not cell.text for cell in row)


def _grid(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Return the rows with each cell in every column and row that it takes."""
    grid: list[list[Cell]] = []
    below: dict[int, tuple[Cell, int]] = {}  # by column: a cell and for how many more rows it goes on
    for row in rows:
        placed: list[Cell] = []
        cells = iter(row)
        cell = next(cells, None)
        while cell is not None or len(placed) in below:
            column = len(placed)
            if column in below:
                above, more = below.pop(column)
                placed.append(above)
                if more > 1:
                    below[column] = (above, more - 1)
            elif cell is not None:
                for _ in range(min(max(cell.columns, 1), _MAX_SPAN)):
                    if cell.rows > 1:
                        below[len(placed)] = (cell, min(cell.rows, _MAX_SPAN) - 1)
                    placed.append(cell)
                cell = next(cells, None)
        if len(placed) > _MAX_COLUMNS:
            return []
        grid.append(placed)
    return grid


def _names(header: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the names of the columns; headers above each other are one name."""
    width = max(map(len, header), default=0)
    columns = [[row[column].text for row in header if column < len(row)] for column in range(width)]
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _row(row: Sequence[Cell], names: Sequence[str]) -> list[str]:
    """Return the lines of a row."""
    parts: list[tuple[Cell, list[str]]] = []  # a cell and the names of its columns
    for column, cell in enumerate(row):
        if not parts or parts[-1][0] is not cell:
            parts.append((cell, []))
        if column < len(names) and names[column]:
            parts[-1][1].append(names[column])
    filled = [(cell, named) for cell, named in parts if cell.text]
    if len(filled) < 2:
        return [cell.text for cell, _ in filled]
    (label, named), *others = filled
    first = _named(label, named)
    # A header at the left of a table without other headers is the name of the cells beside it.
    glue = ": " if label.header and not any(names) else "; "
    texts = [_named(cell, names_) for cell, names_ in others]
    groups = [texts[start : start + _MAX_CELLS] for start in range(0, len(texts), _MAX_CELLS)]
    return [first + glue + "; ".join(group) for group in groups]


def _named(cell: Cell, names: Sequence[str]) -> str:
    text = _FULL_STOP.sub("", cell.text)
    name = ", ".join(dict.fromkeys(names)).rstrip(" :")
    return f"{name}: {text}" if name else text


_FULL_STOP = re.compile(r"(?<=\w{4})\.$")  # between cells; a shorter word before it may be an abbreviation
