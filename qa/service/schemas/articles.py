"""What the service returns of the archive: articles, passages and the values of filters."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from qa.changes import changes
from qa.sanitize import safe_url
from qa.service.schemas.fields import OUTLET, ResponseBody
from qa.service.schemas.questions import Filters

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from index.types import Article, ListedArticle, OlderVersion, StoredPassage
    from index.types import Facets as FilterValues

_MAX_ARTICLES = 500  # per page of the list
_MAX_OUTLETS = 1000  # in facets: an archive may have a file for each article


class ArticlesParameters(Filters):
    """A page of the list of articles as query parameters."""

    limit: Annotated[int, Field(ge=1, le=_MAX_ARTICLES, description="The maximum number of articles.")] = 50
    offset: Annotated[int, Field(ge=0, le=2**31, description="The number of articles to skip.")] = 0


class ArticleSummary(ResponseBody):
    """An article without its text."""

    id: str
    title: str
    language: str
    published: date | None
    source: str | None
    outlet: str = OUTLET
    author: str | None
    url: str | None
    characters: int = Field(description="The length of the text in code points.")

    @classmethod
    def of(cls, article: "Article | ListedArticle") -> Self:
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
            characters=article.characters,
        )


class PassageModel(ResponseBody):
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


class VersionModel(ResponseBody):
    """An older version of an article."""

    version: str
    replaced: datetime = Field(description="When the next version replaced it, in UTC.")
    title: str
    published: date | None
    changes: list[tuple[str, str]] = Field(
        description="What the next version changed: pairs of the words before and after, at most 100."
    )

    @classmethod
    def of(cls, older: "OlderVersion", newer: "Article") -> Self:
        """Return the response form of an older version and of what the `newer` one changed."""
        article = older.article
        before, after = (f"{each.title}\n{each.text}" for each in (article, newer))
        return cls(
            version=article.version,
            replaced=older.replaced,
            title=article.title,
            published=article.published,
            changes=changes(before, after),
        )


class ArticleModel(ArticleSummary):
    """An article; the offsets of passages and citations refer to `text`."""

    text: str
    version: str = Field(description="The version of title and text; citations name it.")
    passages: list[str] = Field(description="Ids of the passages, in order; empty for an older version.")
    versions: list[VersionModel] = Field(description="The older versions, the newest first.")
    provenance: dict[str, str] = Field(
        description="Where fields were found, such as `JSON-LD`, by name; empty if the source gives them directly."
    )

    @classmethod
    def of_article(
        cls,
        article: "Article",
        passages: Sequence[str] = (),
        older: "Sequence[OlderVersion]" = (),
        provenance: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the response form of an article with the ids of its passages and its older versions."""
        newer = [article, *(each.article for each in older)]
        return cls(
            **ArticleSummary.of(article).model_dump(),
            text=article.text,
            version=article.version,
            passages=list(passages),
            versions=[VersionModel.of(each, after) for each, after in zip(older, newer, strict=False)],
            provenance=dict(provenance or {}),
        )


class ArticleList(ResponseBody):
    """A page of the list of articles, newest first."""

    total: int
    articles: list[ArticleSummary]


class Facets(ResponseBody):
    """The values to filter by, each with its number of articles, most frequent first."""

    articles: int
    published_from: date | None = Field(description="The earliest publication date.")
    published_to: date | None = Field(description="The latest publication date.")
    languages: dict[str, int]
    sources: dict[str, int] = Field(
        description=f"Outlets, and the files of articles without one; the {_MAX_OUTLETS} most frequent ones."
    )
    outlets: int = Field(description="The number of outlets, without files.")
    writable: bool = Field(description="Whether the client may write and delete articles.")

    @classmethod
    def of(cls, facets: "FilterValues", *, writable: bool) -> Self:
        """Return the response form of facets."""
        return cls(
            articles=facets.articles,
            published_from=facets.published_from,
            published_to=facets.published_to,
            languages=facets.languages,
            sources=dict(islice(facets.outlets.items(), _MAX_OUTLETS)),
            outlets=len(facets.sources),
            writable=writable,
        )
