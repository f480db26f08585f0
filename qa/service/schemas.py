"""What the HTTP service takes and gives; docs/howto.md and `/docs` show examples."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from index.errors import FieldError, QuestionError
from qa.question import HITS, MAX_HITS, MAX_QUESTION, check
from qa.sanitize import safe_url

if TYPE_CHECKING:  # with numpy, which clients do without
    from index.ingest import Outcome
    from index.read.article import RawArticle
    from index.types import Article, Filter, StoredPassage
    from index.types import Facets as FilterValues
    from qa import types


def _checked(question: str) -> str:
    try:
        return check(question)
    except QuestionError as error:
        raise ValueError(str(error)) from error


Question = Annotated[
    str,
    AfterValidator(_checked),
    Field(
        description=f"In any language, at most {MAX_QUESTION} characters.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION},
        examples=["why did Kalinowski leave?"],
    ),
]


def _day(value: object) -> object:
    """Refuse what pydantic would take for a date, too: seconds since 1970."""
    if not isinstance(value, date) and not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value), re.ASCII):
        raise ValueError("not a date: write YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_day)]
TopK = Annotated[int, Field(ge=1, le=MAX_HITS, description="How many passages to return at most.")]


_MOST_FIELDS = 100


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few(cls, given: Any) -> Any:
        if isinstance(given, dict) and len(given) > _MOST_FIELDS:  # or each would get an error of its own
            raise ValueError(f"{len(given)} fields: send those that the documentation names")
        return given


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True)


class Filters(_Strict):
    """Which passages may be found. Undated articles are outside every span of dates."""

    published_from: Day | None = None
    published_to: Day | None = Field(default=None, description="Inclusive.")
    as_of: Day | None = Field(
        default=None, description="Answer as on that day: what was published later is hidden, whatever else is asked."
    )
    languages: list[str] = Field(default=[], max_length=50, description="ISO 639-1 codes of the passages' languages.")
    sources: list[str] = Field(default=[], max_length=200, description="Outlets, as articles name them.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.published_from and self.published_to and self.published_from > self.published_to:
            raise ValueError(
                f"published_from {self.published_from} is after published_to {self.published_to}: swap them"
            )
        return self

    def filter(self) -> "Filter":
        """Return the filter as search takes it."""
        from index.types import Filter

        languages = tuple(code.lower() for code in self.languages)
        return Filter(self.published_from, self.published_to, self.as_of, languages, tuple(self.sources))


class SearchRequest(_Strict):
    """A question for passages only."""

    question: Question
    top_k: TopK = HITS
    filters: Filters = Filters()


class AskRequest(SearchRequest):
    """A question for an answer."""

    stream: bool = Field(default=False, description="Send the answer as server-sent events.")


class AskParameters(Filters):
    """The same question as the query of an address."""

    q: Question
    top_k: TopK = HITS


class CitationModel(_Given):
    """A quote: `cited_text` is the article's `text[start_char_index:end_char_index]`, in code points."""

    type: Literal["char_location"] = "char_location"
    index: int = Field(description="The number of its marker in the answer.")
    cited_text: str
    article_id: str
    title: str
    url: str | None
    source: str | None
    author: str | None
    published: date | None
    start_char_index: int = Field(description="Where the quote begins in the article's text.")
    end_char_index: int
    start_index: int = Field(description="Where the quote begins in the answer.")
    end_index: int

    @classmethod
    def of(cls, citation: "types.Citation") -> Self:
        """Return a citation as the service gives it."""
        return cls(
            index=citation.index,
            cited_text=citation.text,
            **_of_article(citation.article),
            author=citation.article.author,
            start_char_index=citation.span[0],
            end_char_index=citation.span[1],
            start_index=citation.in_answer[0],
            end_index=citation.in_answer[1],
        )


class HitModel(_Given):
    """A passage found; `highlights` are spans of its own `text`, all other offsets are of the article's."""

    rank: int
    id: str
    article_id: str
    title: str
    url: str | None
    source: str | None
    published: date | None
    language: str
    text: str
    start_char_index: int
    end_char_index: int
    score: float
    scores: dict[str, float]
    highlights: list[tuple[int, int]]
    also_in: list[str] = Field(description="Other articles with the same passage.")

    @classmethod
    def of(cls, rank: int, hit: "types.Hit") -> Self:
        """Return a hit as the service gives it."""
        return cls(
            rank=rank,
            id=hit.passage.id,
            **_of_article(hit.article),
            language=hit.passage.language,
            text=hit.text,
            start_char_index=hit.passage.start,
            end_char_index=hit.passage.end,
            score=round(hit.score, 6),
            scores={name: round(score, 6) for name, score in hit.scores.items()},
            highlights=list(hit.highlights),
            also_in=list(hit.also_in),
        )


class _Result(_Given):
    question: str
    language: str | None = Field(description="The question's, or null if it says too little to tell.")
    passages: list[HitModel]
    generation: int
    took_ms: dict[str, float]


class SearchResponse(_Result):
    """Passages for a question, best first."""

    @classmethod
    def of(cls, result: "types.SearchResult") -> Self:
        """Return a search result as the service gives it."""
        return cls(**_found(result))


class AskResponse(_Result):
    """An answer made of quotes, each with its marker."""

    id: str
    status: Literal["answered", "abstained"]
    confidence: float | None = Field(
        description="The probability that the first passage supports an answer; null for a model without calibration."
    )
    answer: str
    citations: list[CitationModel]

    @classmethod
    def of(cls, answer: "types.Answer") -> Self:
        """Return an answer as the service gives it."""
        return cls(
            **_found(answer),
            id=answer.id,
            status=answer.status,
            confidence=None if answer.confidence is None else round(answer.confidence, 4),
            answer=answer.text,
            citations=[CitationModel.of(citation) for citation in answer.citations],
        )


class ArticleSummary(_Given):
    """An article without its text."""

    id: str
    title: str
    language: str
    published: date | None
    source: str | None
    author: str | None
    url: str | None
    characters: int = Field(description="Code points of its text.")

    @classmethod
    def of(cls, article: "Article") -> Self:
        """Return an article as lists show it."""
        return cls(
            id=article.id,
            title=article.title,
            language=article.language,
            published=article.published,
            source=article.source,
            author=article.author,
            url=safe_url(article.url),
            characters=len(article.text),
        )


class PassageModel(_Given):
    """A passage and where its sentences stand, all offsets in the article's text."""

    id: str
    article_id: str
    language: str
    text: str
    start_char_index: int
    end_char_index: int
    sentences: list[tuple[int, int]]

    @classmethod
    def of(cls, passage: "StoredPassage", article: "Article") -> Self:
        """Return a passage as the service gives it."""
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
    """An article; every offset that the service gives refers to `text`."""

    text: str
    passages: list[str] = Field(description="Ids, in order.")


class ArticleList(_Given):
    """A page of the archive, newest first."""

    total: int
    articles: list[ArticleSummary]


NewId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="Up to 64 letters, digits, dots, underscores and hyphens, beginning with a letter or digit.",
    ),
]


class NewArticle(_Strict):
    """An article to be written, with the fields that a line of a .jsonl file may have."""

    text: str = Field(description="Plain text; links may stand as Markdown.", examples=["The bridge opens on Monday."])
    title: str | None = Field(default=None, description="Its first sentence if there is none.")
    date: str | None = Field(default=None, description="YYYY-MM-DD, or with a time.", examples=["2026-02-12"])
    published: str | None = Field(default=None, description="The same as `date`.")
    author: str | None = None
    source: str | None = Field(default=None, description="The outlet.")
    url: str | None = None
    language: str | None = Field(default=None, description="ISO 639-1; the text tells if it is not given.")
    id: NewId | None = None

    def raw(self) -> "RawArticle":
        """Return the article as a file would give it.

        Raises:
            FieldError: a field has no meaning.
        """
        from index.read.article import without_file  # of no use to clients

        fields = self.model_dump(exclude={"id", "published"}, exclude_none=True)
        if self.published and self.date not in (None, self.published):
            raise FieldError("published", "is not the same as date: send one of them")
        try:
            return without_file({"date": self.published} | fields)
        except FieldError as error:
            name = "published" if error.field == "date" and self.date is None else error.field
            raise FieldError(name, str(error)) from error


ONE_OR_MORE = ("one article", "articles")
"""What errors put before the place of a field of one article or of several."""

OneOrMore = Annotated[
    Annotated[NewArticle, Tag(ONE_OR_MORE[0])]
    | Annotated[list[NewArticle], Field(min_length=1, max_length=100), Tag(ONE_OR_MORE[1])],
    Discriminator(lambda body: ONE_OR_MORE[isinstance(body, list)]),
]


class WrittenArticle(_Given):
    """What became of an article."""

    id: str
    outcome: Literal["created", "updated", "unchanged"]


class Written(_Given):
    """What became of articles, in their order."""

    articles: list[WrittenArticle]

    @classmethod
    def of(cls, outcomes: Sequence["Outcome"]) -> Self:
        """Return outcomes as the service gives them."""
        return cls(articles=[WrittenArticle(id=outcome.id, outcome=outcome.change) for outcome in outcomes])


class Facets(_Given):
    """What the articles can be filtered by, each value with the number of its articles, commonest first."""

    articles: int
    published_from: date | None = Field(description="When the first was published.")
    published_to: date | None
    languages: dict[str, int]
    sources: dict[str, int]

    @classmethod
    def of(cls, facets: "FilterValues") -> Self:
        """Return facets as the service gives them."""
        return cls(
            articles=facets.articles,
            published_from=facets.published_from,
            published_to=facets.published_to,
            languages=facets.languages,
            sources=facets.sources,
        )


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = Field(default=[], description="What is wrong where, as `pointer` and `detail`.")


def _of_article(article: "Article") -> dict[str, Any]:
    return {
        "article_id": article.id,
        "title": article.title,
        "url": safe_url(article.url),
        "source": article.source,
        "published": article.published,
    }


def _found(answer: "types.SearchResult") -> dict[str, Any]:
    return {
        "question": answer.question,
        "language": answer.language,
        "passages": [HitModel.of(rank, hit) for rank, hit in enumerate(answer.hits, start=1)],
        "generation": answer.generation,
        "took_ms": answer.took_ms,
    }
