"""Values shared by the stages of the pipeline, from files to candidates.

Offsets are in code points into `Article.text`, end exclusive; dates are days without a time zone.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

Span = tuple[int, int]
"""Start and end (exclusive) of a part of a text, in code points."""

Vectors = NDArray[np.float32]
"""Unit-length rows, shape (n, dimension), or one such vector, shape (dimension,)."""

Numbers = NDArray[np.int64]
"""Passage numbers, shape (n,)."""


def unit(rows: NDArray[np.float32]) -> Vectors:
    """Return rows scaled to unit length; rows of zeros stay zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    vectors: Vectors = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return vectors


def outlet(source: str | None, origin: str, article_id: str) -> str:
    """Return the outlet of an article with these fields, see `Article.outlet`."""
    return source or _LINE.sub("", origin).replace("\\", "/").rpartition("/")[2] or article_id


_LINE = re.compile(r":\d+$")  # of an origin; names of files end in their suffix


@dataclass(frozen=True, slots=True)
class Article:
    """One article; `text` is the normalized text that all offsets refer to."""

    id: str
    title: str
    text: str
    language: str  # ISO 639-1
    published: date | None = None
    source: str | None = None  # the outlet
    author: str | None = None
    url: str | None = None
    origin: str = ""  # its file, with the line in .jsonl; empty for an article without a file

    @property
    def outlet(self) -> str:
        """The outlet; for an article without one the name of its file, or else its id."""
        return outlet(self.source, self.origin, self.id)

    @property
    def characters(self) -> int:
        """The length of the text in code points."""
        return len(self.text)

    @property
    def version(self) -> str:
        """The version of title and text, a hash of 16 hexadecimal digits."""
        return hashlib.sha256(f"{self.title}\n{self.text}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article without its text, for lists; its fields are those of `Article`."""

    id: str
    title: str
    language: str
    published: date | None
    source: str | None
    author: str | None
    url: str | None
    origin: str
    characters: int  # the length of the text in code points

    @property
    def outlet(self) -> str:
        """The outlet, see `Article.outlet`."""
        return outlet(self.source, self.origin, self.id)


@dataclass(frozen=True, slots=True)
class OlderVersion:
    """An earlier version of an article."""

    article: Article
    replaced: datetime  # UTC


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article, `article.text[start:end]`."""

    start: int
    end: int
    language: str
    sentences: tuple[Span, ...]  # into the article's text, in order, within the passage


@dataclass(frozen=True, slots=True)
class StoredPassage(Passage):
    """A passage in an archive."""

    number: int  # key of its vectors; never reused
    id: str  # public; a hash of article and text, equal after a rebuild
    article_id: str


@dataclass(frozen=True, slots=True)
class TokenCodes:
    """The quantized token vectors of a passage: first those of its heading, then those of each sentence."""

    counts: NDArray[np.uint16]  # number of vectors of the heading (0 or more) and of each sentence (1 or more)
    codes: NDArray[np.uint8]  # shape (sum(counts), width // 4): components i, i + width // 4 and so on share a byte


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """The stored vectors of one passage."""

    vector: Vectors  # shape (dimension,)
    tokens: TokenCodes


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to be stored; `keys` identify the vectors of its passages, one key per passage."""

    article: Article
    fingerprint: str  # hash of everything that its passages depend on
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]
    provenance: Mapping[str, str] = field(default_factory=dict)  # where fields were found, by name


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """A question as input of search and ranking; its vectors are centered by its language."""

    text: str
    language: str  # the most likely
    language_known: bool  # whether the text is long enough to detect it reliably
    vector: Vectors  # shape (dimension,)
    tokens: Vectors  # shape (tokens, width)
    weights: NDArray[np.float32]  # weight of each token, shape (tokens,), sum 1
    terms: tuple[str, ...]
    names: frozenset[str]  # terms that are equal in every language: names, numbers, codes
    stems: frozenset[str]  # stems of its content words, for highlighting
    token_spans: NDArray[np.int32]  # of the tokens in the text, shape (tokens, 2)
    named: tuple[Span, ...]  # its names, codes and long numbers, as spans of the text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer a question, not yet ranked."""

    passage: StoredPassage
    tokens: TokenCodes
    dense: float  # cosine of the vectors of question and passage
    lexical: float  # BM25 divided by the question's total weight; of names only if the languages differ


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions for the passages that may answer a question; empty allows all."""

    published_from: date | None = None
    published_to: date | None = None  # inclusive
    as_of: date | None = None  # hides articles published later or without a date
    languages: tuple[str, ...] = ()  # of passages; in `Asker` as people write them, see `qa.filters`
    sources: tuple[str, ...] = ()  # the same

    def __bool__(self) -> bool:
        return self != Filter()


@dataclass(frozen=True, slots=True)
class Facets:
    """The values that articles can be filtered by, each with its number of articles, most frequent first."""

    articles: int
    published_from: date | None  # of the oldest dated article
    published_to: date | None
    languages: dict[str, int]  # of passages
    sources: dict[str, int]
    files: dict[str, int] = field(default_factory=dict)  # of articles without an outlet, see `Article.outlet`

    @property
    def outlets(self) -> dict[str, int]:
        """`sources` and `files` in one; of equally frequent values, sources come first."""
        counts = self.sources | {name: count + self.sources.get(name, 0) for name, count in self.files.items()}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0] not in self.sources)))


@dataclass(slots=True)
class Summary:
    """The result of an update of an archive."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    pruned: int = 0
    passages: int = 0  # written
    embedded: int = 0  # number of newly embedded passages
    hosts: dict[str, int] = field(default_factory=dict)  # of these, by the address of the host, with an engine
    superseded: int = 0  # older versions of articles; they are kept as such
    articles: int = 0  # in the archive now
    problems: list[str] = field(default_factory=list)  # what could not be read
    warnings: list[str] = field(default_factory=list)  # what was guessed or left out of articles that were read
    skipped: dict[str, int] = field(default_factory=dict)  # files of other formats by suffix, and links


@dataclass(slots=True)
class Report:
    """The result of an examination; each problem names the place, the error and the remedy."""

    seed: int  # of the random sample of re-embedded passages
    checked: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    file_sound: bool = True
    index_sound: bool = True  # of the generation
    damaged: list[str] = field(default_factory=list)  # ids of articles that fail their checksum
    broken: set[str] = field(default_factory=set)  # ids of articles whose passages must be rebuilt

    def count(self, name: str, number: int = 1) -> None:
        """Add `number` to the count of examined items called `name`."""
        self.checked[name] = self.checked.get(name, 0) + number
