"""What is asked, what is expected and what a system gives back. Offsets are code points, end exclusive."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Half = Literal["development", "report"]


@dataclass(frozen=True, slots=True)
class Expected:
    """A place that answers a question: an article, or exact words of it."""

    article: str  # as the data set and the system name it
    quote: str | None = None  # None where a data set judges whole articles
    span: tuple[int, int] | None = None  # of the quote in the article's text, once that has been looked up
    grade: int = 1  # how relevant, above 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what is expected of it; nothing, where the archive does not answer."""

    id: str
    text: str
    expected: tuple[Expected, ...]
    answers: tuple[str, ...] = ()  # each would do
    group: str = ""  # shared by translations of one question
    language: str | None = None
    kind: str | None = None
    place: str = ""  # file:line, for messages

    @property
    def answerable(self) -> bool:
        """Whether the archive answers it."""
        return bool(self.expected)


Level = Literal["passages", "articles"]


@dataclass(frozen=True, slots=True)
class Document:
    """An article as a data set or a service has it."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """Questions over articles."""

    name: str
    questions: tuple[Question, ...]
    sha256: str  # of the files it was read from
    documents: tuple[Document, ...] | None = None  # the corpus, where it comes with the questions
    known: frozenset[str] = frozenset()  # ids of all questions in the files, also of those left out

    @property
    def level(self) -> Level:
        """What is judged: passages where quotes are expected, else articles."""
        judged = any(place.quote is not None for question in self.questions for place in question.expected)
        return "passages" if judged else "articles"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a system found."""

    id: str
    article: str
    start: int
    end: int
    title: str
    text: str
    score: float
    also_in: tuple[str, ...] = ()  # other articles with the same passage


@dataclass(frozen=True, slots=True)
class Citation:
    """Words that a system claims to quote."""

    article: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a system gave for a question: passages, best first, and an answer if it makes any."""

    passages: tuple[Passage, ...]
    citations: tuple[Citation, ...] = ()
    answer: str | None = None  # None if it only ranks
    abstained: bool = False
    confidence: float | None = None


System = Callable[[Question, int], Found]
"""Takes a question and how many passages to find; raises `SystemFailed` if it cannot. May be called from threads."""

Texts = Callable[[str], Document | None]
"""Looks an article up by id; None if there is none."""


class SystemFailed(Exception):
    """A system did not answer a question; the run counts it and goes on."""
