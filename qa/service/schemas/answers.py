"""What the service returns for a question: passages, quotes and what is said about them."""

from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field

from qa.service.schemas.fields import OUTLET, ResponseBody, article_fields
from qa.sort import Sort, in_order

if TYPE_CHECKING:  # these import numpy, which clients do not need
    from index.types import Article, Span
    from qa import types
    from qa.period import Period


class SourceModel(ResponseBody):
    """An article as a source."""

    article_id: str
    title: str
    url: str | None
    source: str | None
    outlet: str = OUTLET
    published: date | None


class CitationModel(ResponseBody):
    """A quote: `cited_text` is the article's `text[start_char_index:end_char_index]`.

    Offsets are code points; those that end in `_utf16` are the same in UTF-16 code units, as in JavaScript. All spans
    end before their end.
    """

    type: Literal["char_location"] = "char_location"
    index: int = Field(description="The number of the quote's marker in the answer.")
    cited_text: str
    article_id: str
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: date | None
    version: str = Field(description="The version of the article that is quoted, see `GET /articles/{article_id}`.")
    start_char_index: int = Field(description="The start of the quote in the article's text.")
    end_char_index: int
    start_utf16: int = Field(description="The start of the quote in the article's text, in UTF-16 code units.")
    end_utf16: int
    answer_span: tuple[int, int] | None = Field(
        description="The words of the quote that answer the question, as a span of the article's text; null if unknown."
    )
    other_sources: list[SourceModel] = Field(description="Other articles that give the same answer.")
    start_index: int = Field(description="The start of the quote in the answer.")
    end_index: int
    start_in_answer_utf16: int = Field(description="The start of the quote in the answer, in UTF-16 code units.")
    end_in_answer_utf16: int

    @classmethod
    def of(cls, citation: "types.Citation", answer: str) -> Self:
        """Return the response form of a citation in the text of an answer."""
        start, end = _utf16(citation.article.text, citation.span)
        start_in_answer, end_in_answer = _utf16(answer, citation.in_answer)
        return cls(
            index=citation.index,
            cited_text=citation.text,
            **article_fields(citation.article),
            author=citation.article.author,
            version=citation.article.version,
            start_char_index=citation.span[0],
            end_char_index=citation.span[1],
            start_utf16=start,
            end_utf16=end,
            answer_span=citation.answer_span,
            other_sources=[_source(article) for article in citation.other_sources],
            start_index=citation.in_answer[0],
            end_index=citation.in_answer[1],
            start_in_answer_utf16=start_in_answer,
            end_in_answer_utf16=end_in_answer,
        )


class StatementModel(ResponseBody):
    """What a source states: a quote of the answer with its outlet and date."""

    citation: int = Field(description="The number of the quote's marker in the answer.")
    quote: str
    answer: str | None = Field(description="The words of the quote that answer the question; null if unknown.")
    source: str = OUTLET
    published: date | None
    language: str = Field(description="The language of the quote.")
    article_id: str
    title: str
    side: int | None = Field(
        description="If `status` is `disputed`: the number of the answer that it gives, from 1; quotes that give none "
        "of the answers have null."
    )

    superseded_by: int | None = Field(
        description="The number of a newer quote with another answer: of the same outlet, of a newer version of the "
        "story, or published more than 90 days later. Null if there is none."
    )

    @classmethod
    def of(cls, citation: "types.Citation") -> Self:
        """Return the response form of a citation as a statement."""
        article = citation.article
        return cls(
            citation=citation.index,
            quote=citation.text,
            answer=citation.answer,
            source=article.outlet,
            published=article.published,
            language=citation.language,
            article_id=article.id,
            title=article.title,
            side=citation.side,
            superseded_by=citation.superseded_by,
        )


class SideModel(ResponseBody):
    """One of the different answers that sources give."""

    side: int = Field(description="Its number, from 1.")
    answer: str | None = Field(description="The words of its first quote that answer; null if unknown.")
    citations: list[int] = Field(description="The numbers of its quotes.")
    articles: int = Field(description="The number of articles that give this answer.")
    independent: int = Field(
        description="The number of outlets among them, in which copies and versions of one text count once."
    )

    @classmethod
    def of(cls, side: "types.Side") -> Self:
        """Return the response form of a side."""
        return cls(
            side=side.number,
            answer=side.citations[0].answer,
            citations=[citation.index for citation in side.citations],
            articles=side.articles,
            independent=side.independent,
        )


class HitModel(ResponseBody):
    """A passage found. `highlights` are spans of the passage's `text`; other offsets refer to the article's text."""

    rank: int = Field(description="The place of the passage by relevance, from 1.")
    id: str
    article_id: str
    title: str
    url: str | None
    source: str | None
    outlet: str = OUTLET
    published: date | None
    language: str
    text: str
    start_char_index: int
    end_char_index: int
    score: float
    scores: dict[str, float]
    highlights: list[tuple[int, int]]
    also_in: list[str] = Field(description="Ids of other articles with the same passage.")
    copies: list[SourceModel] = Field(description="The first 20 of these articles.")
    story: int | None = Field(
        description="Passages with the same number are versions of one story: they have other numbers, names or days "
        "among the same words. Null if there is no other version among the passages."
    )
    changed: list[tuple[int, int]] = Field(
        description="What the version before has in other words, as spans of `text`; empty in the oldest version."
    )

    @classmethod
    def of(cls, rank: int, hit: "types.Hit") -> Self:
        """Return the response form of a hit."""
        return cls(
            rank=rank,
            id=hit.passage.id,
            **article_fields(hit.article),
            outlet=hit.article.outlet,
            language=hit.passage.language,
            text=hit.text,
            start_char_index=hit.passage.start,
            end_char_index=hit.passage.end,
            score=round(hit.score, 6),
            scores={name: round(score, 6) for name, score in hit.scores.items()},
            highlights=list(hit.highlights),
            also_in=list(hit.also_in),
            copies=[_source(article) for article in hit.copies],
            story=hit.story,
            changed=list(hit.changed),
        )


class _QuestionResponse(ResponseBody):
    question: str
    language: str | None = Field(description="The language of the question, or null if it was not detected reliably.")
    passages: list[HitModel]
    generation: int
    took_ms: dict[str, float] = Field(
        description="Milliseconds by stage: `embed`, `search`, `rank`, `read` (with a reader), `answer`, `total`."
    )


class SearchResponse(_QuestionResponse):
    """Passages for a question, best first or by date."""

    @classmethod
    def of(cls, result: "types.SearchResult", sort: Sort = "relevance") -> Self:
        """Return the response form of a search result."""
        return cls(**_question_fields(result, sort))


class TimeModel(ResponseBody):
    """The time that a question names; its days can be sent as the filters of the same names."""

    words: str = Field(description="The words of the question, such as `last month`.")
    published_from: date | None = Field(description="The first day; null if there is no beginning.")
    published_to: date | None = Field(description="The last day, inclusive; null if there is no end.")

    @classmethod
    def of(cls, period: "Period") -> Self:
        """Return the response form of a period."""
        return cls(words=period.words, published_from=period.first, published_to=period.last)


class AskResponse(_QuestionResponse):
    """An answer that consists of quotes, each followed by its marker."""

    id: str
    status: Literal["answered", "disputed", "abstained"] = Field(
        description="`disputed` if sources give different answers. `abstained` if nothing is quoted: no passage "
        "answers, or the message asks nothing, such as thanks; then it is not searched and there are no passages."
    )
    confidence: float | None = Field(
        description="The probability that the first quote answers the question, of several questions the lowest of "
        "those that are answered; null if the model is not calibrated or the message asks nothing."
    )
    answer: str = Field(
        description="The quotes; if `abstained`, a sentence in the language of the question, in English if unknown."
    )
    notes: list[str] = Field(
        description="Sentences about the answer, in the language of the question, such as which of its names the "
        "passages do not mention."
    )
    statements: list[StatementModel] = Field(description="The quotes of the answer, in order.")
    citations: list[CitationModel]
    sides: list[SideModel] = Field(description="If `status` is `disputed`: the different answers, else empty.")
    interpreted_time: TimeModel | None = Field(
        description="The time that the question names, as of `as_of` or today. It restricts nothing: articles that are "
        "published later may tell about it. Null if there is none, if there are several, or with a filter by date."
    )

    @classmethod
    def of(cls, answer: "types.Answer", sort: Sort = "relevance") -> Self:
        """Return the response form of an answer."""
        return cls(
            **_question_fields(answer, sort),
            id=answer.id,
            status=answer.status,
            confidence=None if answer.confidence is None else round(answer.confidence, 4),
            answer=answer.text,
            notes=list(answer.notes),
            statements=[StatementModel.of(citation) for citation in answer.citations],
            citations=[CitationModel.of(citation, answer.text) for citation in answer.citations],
            sides=[SideModel.of(side) for side in answer.sides],
            interpreted_time=TimeModel.of(answer.period) if answer.period else None,
        )


def _source(article: "Article") -> SourceModel:
    return SourceModel(**article_fields(article), outlet=article.outlet)


def _utf16(text: str, span: "Span") -> "Span":
    """Return a span of code points of `text` in UTF-16 code units, of which characters above U+FFFF have two."""
    start, end = (len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2 for offset in span)
    return start, end


def _question_fields(result: "types.SearchResult", sort: Sort) -> dict[str, Any]:
    return {
        "question": result.question,
        "language": result.language,
        "passages": [HitModel.of(rank, hit) for rank, hit in in_order(result.hits, sort)],
        "generation": result.generation,
        "took_ms": result.took_ms,
    }
