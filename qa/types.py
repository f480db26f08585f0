"""What questions become. Offsets are code points, end exclusive."""

from dataclasses import dataclass
from typing import Literal

from index.types import Article, Span, StoredPassage, Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: StoredPassage
    article: Article
    score: float  # what hits are ranked by; cosine of the question's and the passage's vector
    sentences: Vectors  # of the passage, one row each
    highlights: tuple[Span, ...]  # words of the question, in the passage's own text

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
    text: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    generation: int
    took_ms: dict[str, float]

    @property
    def status(self) -> Literal["answered", "abstained"]:
        """`answered`, or `abstained` when nothing is quoted."""
        return "answered" if self.citations else "abstained"
