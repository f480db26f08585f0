"""`GET /search` in SearXNG's format, so that chat front ends can use the archive as a web search engine."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlparse

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field

from index.types import Filter
from qa.question import MAX_HITS
from qa.service.routes.context import Context
from qa.service.schemas.questions import Question
from qa.service.urls import article_url
from qa.types import Hit, SearchResult

_PAGE_SIZE = 10  # results
_MAX_PAGES = MAX_HITS // _PAGE_SIZE
_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}


class Parameters(BaseModel):
    """The supported parameters of SearXNG. Others are ignored, also `language`: all languages are searched."""

    q: Question
    format: Literal["json"] = "json"
    pageno: int = Field(default=1, ge=1, le=_MAX_PAGES)
    time_range: Literal["day", "week", "month", "year", ""] = ""


class Result(BaseModel):
    """An article with the passages found in it."""

    url: str
    title: str
    content: str
    publishedDate: datetime | None  # noqa: N815 - SearXNG's name
    engine: str = "newsqa"
    engines: tuple[str, ...] = ("newsqa",)
    category: str = "news"
    template: str = "default.html"
    parsed_url: tuple[str, ...]
    positions: tuple[int, ...]
    score: float


class Results(BaseModel):
    """A page of results, best first."""

    query: str
    number_of_results: int
    results: list[Result]
    answers: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()
    infoboxes: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    unresponsive_engines: tuple[str, ...] = ()


def add(app: FastAPI, context: Context) -> None:
    """Add `GET /search`."""

    @app.get("/search", tags=["chat front ends"], summary="Search in SearXNG's format")
    async def search_as_searxng(request: Request, parameters: Annotated[Parameters, Query()]) -> Results:
        """Return articles with the passages found in them, in SearXNG's format."""
        result = await context.answering.search(parameters.q, MAX_HITS, _filter(parameters.time_range))
        return _results(result, parameters.pageno, context.base_url(request))


def _filter(time_range: str) -> Filter:
    if not time_range:
        return Filter()
    return Filter(published_from=datetime.now(UTC).date() - timedelta(days=_DAYS[time_range]))


def _results(result: SearchResult, page: int, base_url: str) -> Results:
    hits: dict[str, list[Hit]] = {}
    for hit in result.hits:
        hits.setdefault(hit.article.id, []).append(hit)
    articles = list(enumerate(hits.values(), start=1))
    shown = [
        _result(position, article_hits, base_url)
        for position, article_hits in articles[(page - 1) * _PAGE_SIZE : page * _PAGE_SIZE]
    ]
    return Results(query=result.question, number_of_results=len(articles), results=shown)


def _result(position: int, hits: list[Hit], base_url: str) -> Result:
    article, passage = hits[0].article, hits[0].passage
    url = article_url(base_url, article, (passage.start, passage.end))
    published = article.published
    return Result(
        url=url,
        title=article.title,
        content=" … ".join(hit.text for hit in hits),
        publishedDate=datetime(published.year, published.month, published.day) if published else None,  # noqa: DTZ001 - days have no time zone
        parsed_url=tuple(urlparse(url)),
        positions=(position,),
        score=round(hits[0].score, 6),
    )
