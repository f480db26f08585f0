"""The values that flow from files to hits.

Offsets are in code points into `Article.text`, end exclusive; dates are days without a time zone.
"""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""A start and an end."""

Vectors = NDArray[np.float32]
"""Unit-length rows, shape (n, dimension), or one such vector, shape (dimension,)."""


def unit(rows: NDArray[np.float32]) -> Vectors:
    """Return rows at unit length; a row of zeros stays one."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    vectors: Vectors = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return vectors


@dataclass(frozen=True, slots=True)
class Article:
    """One article; `text` is the normalised text that every offset refers to."""

    id: str
    title: str
    text: str
    language: str  # ISO 639-1
    published: date | None = None
    source: str | None = None  # the outlet
    author: str | None = None
    url: str | None = None
    origin: str = ""  # the file it was read from; empty if it came without one


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article, `article.text[start:end]`."""

    start: int
    end: int
    language: str
    sentences: tuple[Span, ...]  # into the article's text, in order, within the passage


@dataclass(frozen=True, slots=True)
class StoredPassage(Passage):
    """A passage as the catalog keeps it."""

    number: int  # what vectors refer to; never given twice
    id: str  # what the outside refers to; of its article and text, so equal after a rebuild
    article_id: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which passages a question may be answered from; empty means all."""

    published_from: date | None = None
    published_to: date | None = None  # inclusive
    as_of: date | None = None  # what was published later, or on an unknown day, is hidden
    languages: tuple[str, ...] = ()  # of the passage
    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Filter()


@dataclass(slots=True)
class Summary:
    """What an update of an archive did."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    pruned: int = 0
    passages: int = 0  # written
    embedded: int = 0  # of those, not embedded before
    articles: int = 0  # in the archive now
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """What was examined and what is wrong; each problem says where, what and what to do."""

    seed: int  # of the choice of passages that were embedded again
    checked: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    file_sound: bool = True
    index_sound: bool = True  # the generation
    damaged: list[str] = field(default_factory=list)  # ids of articles that are not what was written
    broken: set[str] = field(default_factory=set)  # ids of articles whose passages must be made again

    def count(self, name: str, number: int = 1) -> None:
        """Add to what was examined."""
        self.checked[name] = self.checked.get(name, 0) + number
