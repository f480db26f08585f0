"""Data sets with expected answers, and the answers of a system. Offsets are code points, end exclusive."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

UNANSWERABLE = "unanswerable"
"""The kind of the questions that a BEIR folder marks as not answerable."""

Half = Literal["development", "report"]
"""The development and the test split of a data set, see `eval.dev_test`."""


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected answer: an article, or an exact quote from it."""

    article: str  # id in the data set and in the answers of a system
    quote: str | None = None  # None where a data set judges whole articles
    span: tuple[int, int] | None = None  # of the quote in the article's text, None until `run.locate_quotes`
    grade: int = 1  # relevance, above 0


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its expected answers; none if the archive does not answer it."""

    id: str
    text: str
    expected: tuple[Expected, ...]
    answers: tuple[str, ...] = ()  # alternatives, each of them a right answer
    group: str = ""  # shared by translations of one question
    language: str | None = None
    kind: str | None = None
    location: str = ""  # file:line, for messages
    about: str | None = None  # id of the document that it was written about, also if that does not answer

    @property
    def answerable(self) -> bool:
        """Whether the archive answers it."""
        return bool(self.expected)


Level = Literal["passages", "articles"]


@dataclass(frozen=True, slots=True)
class Document:
    """An article of a data set or of a service."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class DataSet:
    """Questions over articles."""

    name: str
    questions: tuple[Question, ...]
    sha256: str  # of the source files
    documents: tuple[Document, ...] | None = None  # the corpus, where it comes with the questions
    question_ids: frozenset[str] = frozenset()  # of all questions in the files, also of those not selected

    @property
    def level(self) -> Level:
        """The level of the judgments: passages where quotes are expected, else articles."""
        quoted = any(expected.quote is not None for question in self.questions for expected in question.expected)
        return "passages" if quoted else "articles"


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a system retrieved."""

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
class SystemAnswer:
    """The answer of a system: passages, best first, and a text if the system writes one."""

    passages: tuple[Passage, ...]
    citations: tuple[Citation, ...] = ()
    text: str | None = None  # None if the system only ranks
    abstained: bool = False
    confidence: float | None = None


System = Callable[[Question, int], SystemAnswer]
"""Takes a question and the maximum number of passages; raises `SystemFailed`. Must be safe to call from threads."""

ArticleLookup = Callable[[str], Document | None]
"""Returns the article with an id, or None; raises `SystemFailed`."""


class SystemFailed(Exception):
    """A system did not answer a question; the run counts the failure and continues."""
