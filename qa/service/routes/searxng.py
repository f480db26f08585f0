"""Passages in the JSON of SearXNG, so that chat front ends can take the archive for a web search."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlparse

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field

from index.types import Article, Filter
from qa.question import MAX_HITS
from qa.service import schemas
from qa.service.routes.context import Context
from qa.service.urls import addresses
from qa.types import Hit, SearchResult

_PAGE = 10  # results
_MOST_PAGES = MAX_HITS // _PAGE
_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}


class Parameters(BaseModel):
    """What newsqa takes of SearXNG's parameters; it ignores the others, `language` too: any language is searched."""

    q: schemas.Question
    format: Literal["json"] = "json"
    pageno: int = Field(default=1, ge=1, le=_MOST_PAGES)
    time_range: Literal["day", "week", "month", "year", ""] = ""


class Result(BaseModel):
    """An article with those of its passages that were found."""

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
    """Answer `GET /search` as SearXNG would."""

    @app.get("/search", tags=["chat front ends"])
    async def search_as_searxng(request: Request, asked: Annotated[Parameters, Query()]) -> Results:
        """Return passages as SearXNG returns pages of the web."""
        found = await context.answering.search(asked.q, MAX_HITS, _among(asked.time_range))
        return _results(found, asked.pageno, addresses(request))


def _among(time_range: str) -> Filter:
    if not time_range:
        return Filter()
    return Filter(published_from=datetime.now(UTC).date() - timedelta(days=_DAYS[time_range]))


def _results(found: SearchResult, page: int, address: Callable[[Article], str]) -> Results:
    hits: dict[str, list[Hit]] = {}
    for hit in found.hits:
        hits.setdefault(hit.article.id, []).append(hit)
    articles = list(enumerate(hits.values(), start=1))
    shown = [
        _result(position, of_one, address(of_one[0].article))
        for position, of_one in articles[(page - 1) * _PAGE : page * _PAGE]
    ]
    return Results(query=found.question, number_of_results=len(articles), results=shown)


def _result(position: int, hits: list[Hit], url: str) -> Result:
    article = hits[0].article
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
