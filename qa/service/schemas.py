"""Request and response bodies of the HTTP service; docs/howto.md and `/docs` have examples."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from index.errors import FieldError, QuestionError
from qa.question import HITS, MAX_HITS, MAX_QUESTION, check
from qa.sanitize import safe_url
from qa.sort import Sort, in_order

if TYPE_CHECKING:  # these import numpy, which clients do not need
    from index.ingest import Outcome
    from index.read.article import RawArticle
    from index.types import Article, Filter, Span, StoredPassage
    from index.types import Facets as FilterValues
    from qa import types
    from qa.period import Period


def _checked(question: str) -> str:
    try:
        return check(question)
    except QuestionError as error:
        raise ValueError(str(error)) from error


Question = Annotated[
    str,
    AfterValidator(_checked),
    Field(
        description=f"The question, in any language, at most {MAX_QUESTION} characters.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION},
        examples=["why did Kalinowski leave?"],
    ),
]


def _day(value: object) -> object:
    """Refuse seconds since 1970, which pydantic would accept as a date."""
    if not isinstance(value, date) and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value), re.ASCII):
        raise ValueError("not a date: write YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_day)]
TopK = Annotated[int, Field(ge=1, le=MAX_HITS, description="The maximum number of passages.")]
Order = Annotated[Sort, Field(description="The order of the passages, of those found. The answer does not change.")]

_MAX_FIELDS = 100  # of one object
_MAX_ARTICLES = 500  # per page of the list
_OUTLET = Field(description="The outlet; for an article without one the name of its file, or else its id.")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _limit_fields(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > _MAX_FIELDS:  # rather than report each unknown field
            raise ValueError(f"{len(value)} fields, more than {_MAX_FIELDS}: send only documented fields")
        return value


class _Response(BaseModel):
    model_config = ConfigDict(frozen=True)


class Filters(_Strict):
    """Restricts the passages searched. A date filter excludes undated articles.

    A value of `languages` or `sources` may be a list with commas. One that matches nothing in the archive is an error.
    """

    published_from: Day | None = Field(default=None, description="The earliest publication date, inclusive.")
    published_to: Day | None = Field(default=None, description="The latest publication date, inclusive.")
    as_of: Day | None = Field(
        default=None, description="Answer as on this date: articles published later are excluded."
    )
    languages: list[str] = Field(
        default=[],
        max_length=50,
        description="Languages of the passages: codes such as `fr` or `fr-FR`, or names in English or in the language.",
        examples=[["fr", "English"]],
    )
    sources: list[str] = Field(
        default=[],
        max_length=200,
        description="Names of outlets; case, accents and punctuation do not count.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError(
                f"published_from {self.published_from} is after published_to {self.published_to}: swap them"
            )
        return self

    def filter(self) -> "Filter":
        """Return the filter of the index."""
        from index.types import Filter

        return Filter(self.published_from, self.published_to, self.as_of, tuple(self.languages), tuple(self.sources))


class SearchRequest(_Strict):
    """A search for passages, without an answer."""

    question: Question
    top_k: TopK = HITS
    filters: Filters = Filters()
    sort: Order = "relevance"


Languages = Annotated[
    list[Annotated[str, AfterValidator(str.lower)]],
    Field(
        max_length=50,
        description="ISO 639-1 codes. Of quotes that are nearly as good, those in these languages come first. "
        "Default: the language of the question.",
    ),
]


class AskRequest(SearchRequest):
    """A question to answer, or up to three in one text."""

    languages_first: Languages = []
    stream: bool = Field(default=False, description="Send the answer as server-sent events.")


class AskParameters(Filters):
    """A question as query parameters."""

    q: Question
    top_k: TopK = HITS
    languages_first: Languages = []
    sort: Order = "relevance"


class ArticlesParameters(Filters):
    """A page of the list of articles as query parameters."""

    limit: Annotated[int, Field(ge=1, le=_MAX_ARTICLES, description="The maximum number of articles.")] = 50
    offset: Annotated[int, Field(ge=0, le=2**31, description="The number of articles to skip.")] = 0


class SourceModel(_Response):
    """An article as a source."""

    article_id: str
    title: str
    url: str | None
    source: str | None
    outlet: str = _OUTLET
    published: date | None


class CitationModel(_Response):
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
            **_article_fields(citation.article),
            author=citation.article.author,
            start_char_index=citation.span[0],
            end_char_index=citation.span[1],
            start_utf16=start,
            end_utf16=end,
            answer_span=citation.answer_span,
            other_sources=[
                SourceModel(**_article_fields(article), outlet=article.outlet) for article in citation.other_sources
            ],
            start_index=citation.in_answer[0],
            end_index=citation.in_answer[1],
            start_in_answer_utf16=start_in_answer,
            end_in_answer_utf16=end_in_answer,
        )


class StatementModel(_Response):
    """What a source states: a quote of the answer with its outlet and date."""

    citation: int = Field(description="The number of the quote's marker in the answer.")
    quote: str
    answer: str | None = Field(description="The words of the quote that answer the question; null if unknown.")
    source: str = _OUTLET
    published: date | None
    language: str = Field(description="The language of the quote.")
    article_id: str
    title: str
    side: int | None = Field(
        description="If `status` is `disputed`: the number of the answer that it gives, from 1; quotes that give none "
        "of the answers have null."
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
        )


class HitModel(_Response):
    """A passage found. `highlights` are spans of the passage's `text`; other offsets refer to the article's text."""

    rank: int = Field(description="The place of the passage by relevance, from 1.")
    id: str
    article_id: str
    title: str
    url: str | None
    source: str | None
    outlet: str = _OUTLET
    published: date | None
    language: str
    text: str
    start_char_index: int
    end_char_index: int
    score: float
    scores: dict[str, float]
    highlights: list[tuple[int, int]]
    also_in: list[str] = Field(description="Ids of other articles with the same passage.")

    @classmethod
    def of(cls, rank: int, hit: "types.Hit") -> Self:
        """Return the response form of a hit."""
        return cls(
            rank=rank,
            id=hit.passage.id,
            **_article_fields(hit.article),
            outlet=hit.article.outlet,
            language=hit.passage.language,
            text=hit.text,
            start_char_index=hit.passage.start,
            end_char_index=hit.passage.end,
            score=round(hit.score, 6),
            scores={name: round(score, 6) for name, score in hit.scores.items()},
            highlights=list(hit.highlights),
            also_in=list(hit.also_in),
        )


class _QuestionResponse(_Response):
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


class TimeModel(_Response):
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
            interpreted_time=TimeModel.of(answer.period) if answer.period else None,
        )


class ArticleSummary(_Response):
    """An article without its text."""

    id: str
    title: str
    language: str
    published: date | None
    source: str | None
    outlet: str = _OUTLET
    author: str | None
    url: str | None
    characters: int = Field(description="The length of the text in code points.")

    @classmethod
    def of(cls, article: "Article") -> Self:
        """Return the list entry of an article."""
        return cls(
            id=article.id,
            title=article.title,
            language=article.language,
            published=article.published,
            source=article.source,
            outlet=article.outlet,
            author=article.author,
            url=safe_url(article.url),
            characters=len(article.text),
        )


class PassageModel(_Response):
    """A passage and the spans of its sentences; all offsets refer to the article's text."""

    id: str
    article_id: str
    language: str
    text: str
    start_char_index: int
    end_char_index: int
    sentences: list[tuple[int, int]]

    @classmethod
    def of(cls, passage: "StoredPassage", article: "Article") -> Self:
        """Return the response form of a passage."""
        return cls(
            id=passage.id,
            article_id=article.id,
            language=passage.language,
            text=article.text[passage.start : passage.end],
            start_char_index=passage.start,
            end_char_index=passage.end,
            sentences=list(passage.sentences),
        )


class ArticleModel(ArticleSummary):
    """An article; the offsets of passages and citations refer to `text`."""

    text: str
    passages: list[str] = Field(description="Ids of the passages, in order.")

    @classmethod
    def of_article(cls, article: "Article", passages: list[str]) -> Self:
        """Return the response form of an article with the ids of its passages."""
        return cls(**ArticleSummary.of(article).model_dump(), text=article.text, passages=passages)


class ArticleList(_Response):
    """A page of the list of articles, newest first."""

    total: int
    articles: list[ArticleSummary]


ArticleId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Up to 64 letters, digits, dots, underscores and hyphens, beginning with a letter or digit.",
    ),
]


class NewArticle(_Strict):
    """An article to write, with the fields of a line of a .jsonl file."""

    text: str = Field(description="The text, in the `format`.", examples=["The bridge opens on Monday."])
    format: Literal["plain", "markdown"] = Field(
        default="plain",
        description="`plain`: plain text, in which links may be Markdown. `markdown`: Markdown or HTML.",
    )
    title: str | None = Field(default=None, description="Default: the first sentence.")
    date: str | None = Field(default=None, description="YYYY-MM-DD, optionally with a time.", examples=["2026-02-12"])
    published: str | None = Field(default=None, description="An alias of `date`.")
    author: str | None = None
    source: str | None = Field(default=None, description="The outlet.")
    url: str | None = None
    language: str | None = Field(default=None, description="ISO 639-1. Default: detected from the text.")
    id: ArticleId | None = None

    def raw(self) -> "RawArticle":
        """Return the article as it would be read from a file.

        Raises:
            FieldError: a field is invalid.
        """
        from index.read.article import without_file  # not needed by clients

        fields = self.model_dump(exclude={"id", "published", "format"}, exclude_none=True)
        if self.published and self.date not in (None, self.published):
            raise FieldError("published", "differs from date: send only one of them")
        try:
            return without_file({"date": self.published} | fields, markdown=self.format == "markdown")
        except FieldError as error:
            name = "published" if error.field == "date" and self.date is None else error.field
            raise FieldError(name, str(error)) from error


ARTICLE_TAGS = ("one article", "articles")
"""The tags that pydantic adds to the location of an error in `ArticleOrList`."""

ArticleOrList = Annotated[
    Annotated[NewArticle, Tag(ARTICLE_TAGS[0])]
    | Annotated[list[NewArticle], Field(min_length=1, max_length=100), Tag(ARTICLE_TAGS[1])],
    Discriminator(lambda body: ARTICLE_TAGS[isinstance(body, list)]),
]


class WrittenArticle(_Response):
    """The outcome of writing an article."""

    id: str
    outcome: Literal["created", "updated", "unchanged"]


class Written(_Response):
    """The outcomes of writing articles, in the order of the request."""

    articles: list[WrittenArticle]

    @classmethod
    def of(cls, outcomes: Sequence["Outcome"]) -> Self:
        """Return the response form of outcomes."""
        return cls(articles=[WrittenArticle(id=outcome.id, outcome=outcome.change) for outcome in outcomes])


class Facets(_Response):
    """The values to filter by, each with its number of articles, most frequent first."""

    articles: int
    published_from: date | None = Field(description="The earliest publication date.")
    published_to: date | None = Field(description="The latest publication date.")
    languages: dict[str, int]
    sources: dict[str, int]
    writable: bool = Field(description="Whether the client may write and delete articles.")

    @classmethod
    def of(cls, facets: "FilterValues", *, writable: bool) -> Self:
        """Return the response form of facets."""
        return cls(
            articles=facets.articles,
            published_from=facets.published_from,
            published_to=facets.published_to,
            languages=facets.languages,
            sources=facets.sources,
            writable=writable,
        )


class Problem(BaseModel):
    """An error in the format of RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = Field(
        default=[], description="The errors of the request, each with `pointer` and `detail`."
    )


def _utf16(text: str, span: "Span") -> "Span":
    """Return a span of code points of `text` in UTF-16 code units, of which characters above U+FFFF have two."""
    start, end = span
    before = start + sum(character > "\uffff" for character in text[:start])
    return before, before + end - start + sum(character > "\uffff" for character in text[start:end])


def _article_fields(article: "Article") -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "url": safe_url(article.url),
        "source": article.source,
        "published": article.published,
    }


def _question_fields(result: "types.SearchResult", sort: Sort) -> dict[str, Any]:
    return {
        "question": result.question,
        "language": result.language,
        "passages": [HitModel.of(rank, hit) for rank, hit in in_order(result.hits, sort)],
        "generation": result.generation,
        "took_ms": result.took_ms,
    }
