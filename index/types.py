"""The values that cross stages, from files to candidates.

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

Numbers = NDArray[np.int64]
"""Passage numbers, shape (n,)."""


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
    """A passage of an archive."""

    number: int  # key of its vectors; never reused
    id: str  # public key; a hash of article and text, so equal after a rebuild
    article_id: str


@dataclass(frozen=True, slots=True)
class TokenCodes:
    """The quantized token vectors of a passage: first those of the heading it was embedded with, then by sentence."""

    counts: NDArray[np.uint16]  # vectors of the heading (0 or more) and of each sentence (1 or more)
    codes: NDArray[np.uint8]  # shape (sum(counts), width // 2): components i and i + width // 2 share a byte


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The stored vectors of one passage."""

    vector: Vectors  # shape (dimension,)
    tokens: TokenCodes


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to be stored; `keys` name the vectors of its passages, one each."""

    article: Article
    fingerprint: str  # hash of everything that its passages depend on
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """A question as search and ranking take it; its vectors are centered by its language."""

    text: str
    language: str  # the likeliest
    language_known: bool  # whether the text is long enough to detect it reliably
    vector: Vectors  # shape (dimension,)
    tokens: Vectors  # shape (tokens, width)
    weights: NDArray[np.float32]  # weight of each token, shape (tokens,), sum 1
    terms: tuple[str, ...]
    names: frozenset[str]  # the terms that are equal in every language
    stems: frozenset[str]  # of its content words, for highlighting


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer a question, not yet ranked."""

    passage: StoredPassage
    tokens: TokenCodes
    dense: float  # cosine of the vectors of question and passage
    lexical: float  # BM25 as a share of the question's total; of names only, where the languages differ


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


@dataclass(frozen=True, slots=True)
class Facets:
    """The values that articles can be filtered by, each with its number of articles, most frequent first."""

    articles: int
    published_from: date | None  # of the oldest dated article
    published_to: date | None
    languages: dict[str, int]
    sources: dict[str, int]


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
