"""The results of a question: ranked candidates, hits, citations and answers. Offsets are code points, end exclusive."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from index.types import Article, Candidate, Filter, Span, StoredPassage
from qa.period import Period

Mode = Literal["off", "fast", "full"]
"""How much the reader reads for one question."""

MAX_COPIES = 20
"""Articles listed with a hit as its copies."""

Status = Literal["answered", "disputed", "abstained"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its scores."""

    candidate: Candidate
    maxsim: float  # mean of each question token's best cosine among the passage's tokens
    score: float  # the weighted sum that hits are sorted by
    token_cosines: NDArray[np.float32]  # the best cosine of each question token, shape (question tokens,)
    sentence_scores: NDArray[np.float32]  # maxsim of each sentence alone, shape (sentences,)

    @property
    def scores(self) -> dict[str, float]:
        """The parts of the score by name."""
        return {"dense": self.candidate.dense, "maxsim": self.maxsim, "lexical": self.candidate.lexical}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader finds in a window; logits are natural logarithms of odds."""

    answerable: float  # logit that the window answers the question
    span: float  # logit of the best answer against no answer
    sentences: NDArray[np.float32]  # log-probability that the answer starts in each sentence, shape (sentences,)
    answers: tuple[Span | None, ...]  # the best answer that starts in each sentence, into the window; None if unread

    @property
    def score(self) -> float:
        """The evidence of both heads that the window answers."""
        return self.answerable + self.span


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: StoredPassage
    article: Article
    score: float
    scores: dict[str, float]  # the parts of the score by name
    sentence_scores: NDArray[np.float32]  # maxsim of each sentence alone, shape (sentences,)
    highlights: tuple[Span, ...]  # words of the question, as spans of `text`
    also_in: tuple[str, ...] = ()  # ids of other articles with the same passage
    copies: tuple[Article, ...] = ()  # the first of these articles, see `MAX_COPIES`
    reading: Reading | None = None  # with spans into the article's text; None if the passage was not read
    mentioned: tuple[str, ...] = ()  # names of the question that the passage or its title mentions
    unmentioned: tuple[str, ...] = ()  # its other names
    story: int | None = None  # its number among the stories of which the hits have several versions, from 1
    changed: tuple[Span, ...] = ()  # what the version before it has in other words, as spans of `text`

    @property
    def text(self) -> str:
        """The text of the passage."""
        return self.article.text[self.passage.start : self.passage.end]

    def has(self, citation: "Citation") -> bool:
        """Return whether a quote is from the passage."""
        start, end = citation.span
        return self.article.id == citation.article.id and self.passage.start <= start and end <= self.passage.end


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote in the answer and its place in the article."""

    index: int  # the number of its marker in the answer, from 1
    article: Article
    span: Span  # in the article's text
    in_answer: Span  # in the answer's text
    language: str  # of the quoted passage
    answer_span: Span | None = None  # the words of the quote that answer, in the article's text; None if unknown
    other_sources: tuple[Article, ...] = ()  # other articles that give the same answer
    side: int | None = None  # where sources differ, the number of the answer that it gives, from 1
    superseded_by: int | None = None  # the number of the quote with the newer answer of the same source

    @property
    def text(self) -> str:
        """The quote, by construction a slice of the article's text."""
        return self.article.text[self.span[0] : self.span[1]]

    @property
    def answer(self) -> str | None:
        """The words of the quote that answer; None if unknown."""
        return self.article.text[slice(*self.answer_span)] if self.answer_span else None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the different answers that sources give."""

    number: int  # from 1
    citations: tuple[Citation, ...]  # at least one
    articles: int  # that give this answer
    independent: int  # outlets among them, in which copies and versions of one text count once


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages found for a question, best first."""

    question: str
    language: str | None  # of the question; None if the question is too short to detect it reliably
    hits: tuple[Hit, ...]
    confidence: float | None  # probability that the first quote answers; None for a model without calibration
    generation: int  # the revision of the generation in use
    took_ms: dict[str, float]  # milliseconds by stage


@dataclass(frozen=True, slots=True)
class Answer(SearchResult):
    """A search result with an answer made of quotes."""

    id: str
    text: str
    citations: tuple[Citation, ...]
    notes: tuple[str, ...] = ()  # sentences about the answer, in the language of the question
    period: Period | None = None  # the time that the question names; None also if the caller filters by date

    @property
    def status(self) -> Status:
        """`disputed` if sources differ; `abstained` without citations: nothing answers, or nothing was asked."""
        if any(citation.side for citation in self.citations):
            return "disputed"
        return "answered" if self.citations else "abstained"

    @property
    def sides(self) -> tuple[Side, ...]:
        """The different answers that sources give; empty if they do not differ."""
        numbers = sorted({citation.side for citation in self.citations if citation.side})
        return tuple(self._side(number) for number in numbers)

    def _side(self, number: int) -> Side:
        citations = tuple(citation for citation in self.citations if citation.side == number)
        stated = {article.id: article for each in citations for article in (each.article, *each.other_sources)}
        hits = [hit for hit in self.hits if hit.article.id in stated]
        copies = {article_id for hit in hits for article_id in hit.also_in} - stated.keys()
        story_of = {hit.article.id: hit.story for hit in hits if hit.story}
        origins = {story_of.get(article.id) or article.outlet for article in stated.values()}
        return Side(number, citations, len(stated) + len(copies), len(origins))


class Answering(Protocol):
    """Answers questions for the routes of the service, from the `top_k` best passages that `filters` admit."""

    async def ask(self, question: str, top_k: int, filters: Filter, languages_first: Sequence[str] = ()) -> Answer:
        """Answer a question; of quotes that are nearly as good, those in `languages_first` come first."""
        ...

    async def search(self, question: str, top_k: int, filters: Filter) -> SearchResult:
        """Return the passages for a question, without an answer."""
        ...
