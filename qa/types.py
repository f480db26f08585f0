"""What questions become. Offsets are code points, end exclusive."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.tokens import TokenCodes
from index.types import Article, Filter, Span, StoredPassage, Vectors


@dataclass(frozen=True, slots=True)
class Question:
    """A question as search and ranking take it; its vectors are centred by its language."""

    text: str
    language: str  # the likeliest
    told: bool  # whether it says enough to tell its language
    vector: Vectors  # shape (dimension,)
    tokens: Vectors  # shape (tokens, width)
    weights: NDArray[np.float32]  # how much each token counts, shape (tokens,), sum 1
    terms: tuple[str, ...]
    names: frozenset[str]  # those of the terms that are the same in every language
    words: frozenset[str]  # what its content words begin with


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer, not yet ranked."""

    passage: StoredPassage
    tokens: TokenCodes
    dense: float  # cosine of the question's and the passage's vector
    lexical: float  # BM25 as a share of the question's mass, of names only where the languages differ


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its scores."""

    candidate: Candidate
    maxsim: float  # mean of each question token's best cosine among the passage's tokens
    score: float  # what hits are ranked by
    found: NDArray[np.float32]  # the best cosine of each question token, shape (tokens,)
    sentences: NDArray[np.float32]  # the same as maxsim for each sentence alone, shape (sentences,)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: StoredPassage
    article: Article
    score: float
    scores: dict[str, float]  # what it is made of
    sentences: NDArray[np.float32]  # how well each sentence answers, shape (sentences,)
    highlights: tuple[Span, ...]  # words of the question, in the passage's own text
    also_in: tuple[str, ...] = ()  # ids of other articles with the same passage

    @property
    def text(self) -> str:
        """The passage's own text."""
        return self.article.text[self.passage.start : self.passage.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote of the answer and where it stands."""

    index: int  # the number of its marker, from 1
    article: Article
    span: Span  # in the article's text
    in_answer: Span

    @property
    def text(self) -> str:
        """The quote, by construction what stands in the article."""
        return self.article.text[self.span[0] : self.span[1]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question got."""

    id: str
    question: str
    language: str | None  # of the question, if it says enough to tell
    confidence: float | None  # the probability that the first hit supports an answer; None for a model not calibrated
    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    generation: int
    took_ms: dict[str, float]

    @property
    def status(self) -> Literal["answered", "abstained"]:
        """`answered`, or `abstained` when nothing is quoted."""
        return "answered" if self.citations else "abstained"


Answering = Callable[[str, int, Filter], Awaitable[Answer]]
"""Answers a question from so many passages among those that a filter lets through; adapters of the service share it."""
