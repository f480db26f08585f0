"""The reading order of a printed page: columns, lines and paragraphs, without what repeats on every page."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from index.read.lines import join_words


@dataclass(frozen=True, slots=True)
class Box:
    """A run of text with its edges in points, from the left and upper edge of the page."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        """The height of the letters."""
        return self.bottom - self.top


_EDGE = 3  # lines at the top and at the bottom of a page that may repeat
_MIN_SHARE = 0.6  # of the pages that have a repeated line
_MIN_GUTTER = 8.0  # points between columns
_MIN_COLUMN = 20  # code points of a line of a column, in the middle; tables have less
_MAX_WORD = 80  # code points before a line end that may be of one word
_MAX_ACROSS = 0.3  # share of lines that cross the gutter, such as headlines
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|p\.|seite)\s*)?\d{1,4}(?:\s*(?:/|of|sur|de|von)\s*\d{1,4})?\W*", re.IGNORECASE
)
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-‐]$")
_SENTENCE_END = re.compile(r"[.!?…:»”\"]$")


def text_of_pages(pages: Sequence[Sequence[Box]]) -> tuple[str, str | None]:
    """Return the text of pages, with a line for each paragraph, and the headline if the first page has one."""
    lines = [_lines(page) for page in pages]
    repeated = _repeated(lines)
    ordered: list[list[Box]] = []
    for page in lines:
        ordered.extend(_columns(_without_running(page, repeated)))
    body = median(line.height for column in ordered for line in column) if any(ordered) else 0
    paragraphs: list[str] = []
    for column in ordered:
        for paragraph in _paragraphs(column):
            if paragraphs and _continues(paragraphs[-1], paragraph):
                paragraphs[-1] = _joined(paragraphs[-1], paragraph)
            else:
                paragraphs.append(paragraph)
    first = [line for line in (lines[0] if lines else []) if line.height > 1.3 * body]
    largest = max((line.height for line in first), default=0)
    heading = " ".join(line.text for line in first if line.height > 0.95 * largest)
    return "\n".join(paragraphs), heading or None


def _lines(page: Sequence[Box], max_gap: float = 0.8) -> list[Box]:
    """Join the runs that are next to each other on a line, with at most `max_gap` heights of letters between them."""
    lines: list[Box] = []
    for box in sorted(page, key=lambda box: (round(box.bottom), box.left)):
        before = lines[-1] if lines else None
        if (
            before
            and _same_row(before, box)
            and -2 < box.left - before.right < max_gap * max(before.height, box.height)
        ):
            space = "" if box.left - before.right < 0.08 * box.height else " "
            top, bottom = min(before.top, box.top), max(before.bottom, box.bottom)
            lines[-1] = Box(before.left, top, box.right, bottom, before.text + space + box.text)
        else:
            lines.append(box)
    return lines


def _same_row(first: Box, second: Box) -> bool:
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    return shared > 0.5 * min(first.height, second.height)


def _repeated(pages: Sequence[Sequence[Box]]) -> set[str]:
    """Return the lines at the edges of most pages, with their digits replaced."""
    counts = Counter(text for page in pages for text in {_pattern(line) for line in _edges(page)})
    return {text for text, count in counts.items() if count > 1 and count >= _MIN_SHARE * len(pages)}


def _edges(page: Sequence[Box]) -> list[Box]:
    ordered = sorted(page, key=lambda line: line.top)
    return ordered[:_EDGE] + ordered[_EDGE:][-_EDGE:]


def _pattern(line: Box) -> str:
    return re.sub(r"\d+", "#", line.text.lower())


def _without_running(page: Sequence[Box], repeated: set[str]) -> list[Box]:
    """Return the lines of a page without headers, footers and its number."""
    lines = sorted(page, key=lambda line: line.top)
    for end in (0, -1):
        for _ in range(_EDGE):
            if lines and (_pattern(lines[end]) in repeated or _PAGE_NUMBER.fullmatch(lines[end].text)):
                del lines[end]
    return lines


def _columns(lines: Sequence[Box]) -> list[list[Box]]:
    """Return the lines of a page, or a part of it, by column in reading order."""
    gutter = _gutter(lines)
    if gutter is None:
        rows = _lines(lines, max_gap=math.inf)
        return [sorted(rows, key=lambda line: (line.top, line.left))] if rows else []
    parts: list[list[Box]] = []
    left: list[Box] = []
    right: list[Box] = []
    for line in sorted(lines, key=lambda line: line.top):
        if line.left < gutter < line.right:  # a headline over several columns
            parts += [*_columns(left), *_columns(right), [line]]
            left, right = [], []
        else:
            (left if line.right <= gutter else right).append(line)
    return [*parts, *_columns(left), *_columns(right)]


def _gutter(lines: Sequence[Box]) -> float | None:
    """Return the place between columns, or None if there is one column."""
    if len(lines) < 6:
        return None
    start, end = min(line.left for line in lines), max(line.right for line in lines)
    best: tuple[int, float] | None = None
    for step in range(20, 81):
        place = start + (end - start) * step / 100
        across = sum(line.left < place + _MIN_GUTTER / 2 and line.right > place - _MIN_GUTTER / 2 for line in lines)
        if best is None or across < best[0]:
            best = across, place
    if best is None or best[0] > _MAX_ACROSS * len(lines):
        return None
    place = best[1]
    left = [line for line in lines if line.right <= place]
    right = [line for line in lines if line.left >= place]
    return place if all(_is_column(_lines(side, max_gap=math.inf)) for side in (left, right)) else None


def _is_column(rows: Sequence[Box]) -> bool:
    return len(rows) >= 3 and median(len(row.text) for row in rows) >= _MIN_COLUMN


def _paragraphs(column: Sequence[Box]) -> list[str]:
    """Join the lines of a column to paragraphs."""
    if not column:
        return []
    start, end = min(line.left for line in column), max(line.right for line in column)
    gaps = [after.top - before.bottom for before, after in pairwise(column)]
    usual = median(gaps) if gaps else 0
    paragraphs = [column[0].text]
    for (before, after), gap in zip(pairwise(column), gaps, strict=True):
        other_size = not 0.85 < before.height / max(after.height, 1) < 1.18
        apart = gap > usual + 0.5 * before.height or (other_size and gap > usual + 1)
        short = before.right < end - 0.15 * (end - start) and bool(_SENTENCE_END.search(before.text))
        indented = after.left > start + 6 and before.left <= start + 6
        hyphenated = bool(_HYPHEN.search(before.text)) and after.text[:1].islower()
        if (apart or short or indented) and not hyphenated:
            paragraphs.append(after.text)
        else:
            paragraphs[-1] = _joined(paragraphs[-1], after.text)
    return paragraphs


def _continues(before: str, after: str) -> bool:
    """Return whether a paragraph goes on in the next column or on the next page."""
    return after[:1].islower() and not _SENTENCE_END.search(before)


def _joined(before: str, after: str) -> str:
    """Join two lines; a word that is hyphenated at a line end is one word."""
    start = max(len(before) - _MAX_WORD, 0)
    return before[:start] + join_words(f"{before[start:]}\n{after}").replace("\n", " ")
