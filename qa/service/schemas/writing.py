"""Articles that clients write, and the outcomes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag

from index.errors import FieldError
from index.limits import MAX_ID, MAX_LENGTHS
from qa.service.schemas.fields import RequestBody, ResponseBody, Text

if TYPE_CHECKING:  # these import numpy, which clients do not need
    from index.ingest import Outcome
    from index.read.article import RawArticle, ReadText


MAX_ARTICLES = 100
"""Articles that a request may write."""

ArticleId = Annotated[
    str,
    Field(
        pattern=rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_ID - 1}}}$",
        description=f"Up to {MAX_ID} letters, digits, dots, underscores and hyphens, beginning with a letter or digit.",
    ),
]


class NewArticle(RequestBody):
    """An article to write, with the fields of a line of a .jsonl file."""

    text: Text = Field(
        max_length=MAX_LENGTHS["text"],
        description="The text, in the `format`.",
        examples=["The bridge opens on Monday."],
    )
    format: Literal["plain", "markdown"] = Field(
        default="plain",
        description="`plain`: plain text, in which links may be Markdown. `markdown`: Markdown or HTML.",
    )
    title: Text | None = Field(
        default=None, max_length=MAX_LENGTHS["title"], description="Default: the first sentence."
    )
    date: Text | None = Field(
        default=None,
        max_length=MAX_LENGTHS["date"],
        description="YYYY-MM-DD, optionally with a time.",
        examples=["2026-02-12"],
    )
    published: Text | None = Field(default=None, max_length=MAX_LENGTHS["date"], description="An alias of `date`.")
    author: Text | None = Field(default=None, max_length=MAX_LENGTHS["author"])
    source: Text | None = Field(default=None, max_length=MAX_LENGTHS["source"], description="The outlet.")
    url: Text | None = Field(default=None, max_length=MAX_LENGTHS["url"])
    language: Text | None = Field(
        default=None, max_length=MAX_LENGTHS["language"], description="ISO 639-1. Default: detected from the text."
    )
    id: ArticleId | None = None

    def raw(self, read_text: "ReadText") -> "RawArticle":
        """Return the article as it would be read from a file; `read_text` reads its text.

        Raises:
            FieldError: a field is invalid.
        """
        from index.read.article import without_file  # not needed by clients

        fields = self.model_dump(exclude={"id", "published", "format"}, exclude_none=True)
        if self.published and self.date not in (None, self.published):
            raise FieldError("published", "differs from date: send only one of them")
        try:
            return without_file(
                {"date": self.published} | fields, markdown=self.format == "markdown", read_text=read_text
            )
        except FieldError as error:
            name = "published" if error.field == "date" and self.date is None else error.field
            raise FieldError(name, str(error)) from error


class WebAddress(RequestBody):
    """The address of an article on the web, which the service fetches and writes."""

    url: Text = Field(
        max_length=MAX_LENGTHS["url"],
        description="The http or https address of a page, text or PDF. An item with other fields is a NewArticle.",
        examples=["https://news.example/story"],
    )


ARTICLE_TAGS = ("one article", "articles", "article", "address")
"""The tags that pydantic adds to the location of an error in `ArticleOrList`."""


def _tag(body: object) -> str:
    """Return the tag of one article: it is to be fetched if it has only a URL."""
    return ARTICLE_TAGS[3 if isinstance(body, dict) and body.keys() == {"url"} else 2]


_Article = Annotated[
    Annotated[NewArticle, Tag(ARTICLE_TAGS[2])] | Annotated[WebAddress, Tag(ARTICLE_TAGS[3])], Discriminator(_tag)
]
ArticleOrList = Annotated[
    Annotated[_Article, Tag(ARTICLE_TAGS[0])]
    | Annotated[list[_Article], Field(min_length=1, max_length=MAX_ARTICLES), Tag(ARTICLE_TAGS[1])],
    Discriminator(lambda body: ARTICLE_TAGS[isinstance(body, list)]),
]


class WrittenArticle(ResponseBody):
    """The outcome of writing an article."""

    id: str
    outcome: Literal["created", "updated", "unchanged"]


class Written(ResponseBody):
    """The outcomes of writing articles, in the order of the request."""

    articles: list[WrittenArticle]

    @classmethod
    def of(cls, outcomes: Sequence["Outcome"]) -> Self:
        """Return the response form of outcomes."""
        return cls(articles=[WrittenArticle(id=outcome.id, outcome=outcome.change) for outcome in outcomes])
