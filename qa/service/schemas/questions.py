"""What clients ask: questions with their filters."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from index.errors import QuestionError
from index.limits import MAX_FILTER_VALUE, MAX_FILTER_VALUES, MAX_LENGTHS
from qa.question import HITS, MAX_HITS, MAX_QUESTION, check
from qa.service.schemas.fields import Day, RequestBody, Text
from qa.sort import Sort

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from index.types import Filter


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
TopK = Annotated[int, Field(ge=1, le=MAX_HITS, description="The maximum number of passages.")]
_MAX_LANGUAGES = 50
_Language = Annotated[Text, Field(max_length=MAX_LENGTHS["language"] * _MAX_LANGUAGES)]  # or a list with commas
_Source = Annotated[Text, Field(max_length=MAX_FILTER_VALUE * 20)]  # or a list with commas
Order = Annotated[Sort, Field(description="The order of the passages, of those found. The answer does not change.")]


class Filters(RequestBody):
    """Restricts the passages searched. A date filter excludes undated articles.

    A value of `languages` or `sources` may be a list with commas. One that matches nothing in the archive is an error.
    """

    published_from: Day | None = Field(default=None, description="The earliest publication date, inclusive.")
    published_to: Day | None = Field(default=None, description="The latest publication date, inclusive.")
    as_of: Day | None = Field(
        default=None, description="Answer as on this date: articles published later are excluded."
    )
    languages: list[_Language] = Field(
        default=[],
        max_length=_MAX_LANGUAGES,
        description="Languages of the passages: codes such as `fr` or `fr-FR`, or names in English or in the language.",
        examples=[["fr", "English"]],
    )
    sources: list[_Source] = Field(
        default=[],
        max_length=MAX_FILTER_VALUES,
        description="Names of outlets, whatever their case, accents and punctuation, or of the files of articles "
        "without one.",
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


class SearchRequest(RequestBody):
    """A search for passages, without an answer."""

    question: Question
    top_k: TopK = HITS
    filters: Filters = Filters()
    sort: Order = "relevance"


Languages = Annotated[
    list[_Language],
    Field(
        max_length=_MAX_LANGUAGES,
        description="Of quotes that were read and are nearly as good, those in these languages come first; codes or "
        "names as in `filters`. Default, also if no passage in them answers: the language of the question.",
        examples=[["fr", "English"]],
    ),
]


class AskRequest(SearchRequest):
    """A question to answer, or up to three in one text."""

    languages_first: Languages = Field(default=[])
    stream: bool = Field(default=False, description="Send the answer as server-sent events.")


class AskParameters(Filters):
    """A question as query parameters."""

    q: Question
    top_k: TopK = HITS
    languages_first: Languages = Field(default=[])
    sort: Order = "relevance"
