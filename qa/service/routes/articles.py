"""Reading and writing the archive: `/articles`, `/passages` and `/facets`."""

import asyncio
from collections.abc import Generator, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from index.archive import Archive
from index.errors import FetchError, FieldError, NewsqaError, SettingsError
from index.ingest import Ingest, Outcome
from index.read.article import RawArticle
from index.web.article import Found
from qa.filters import resolve
from qa.service.keys import Key
from qa.service.problems import DISK_FULL, NOT_FOUND, WRITES, VersionGone
from qa.service.routes.context import Context
from qa.service.schemas.articles import (
    ArticleList,
    ArticleModel,
    ArticlesParameters,
    ArticleSummary,
    Facets,
    PassageModel,
)
from qa.service.schemas.fields import AnyId
from qa.service.schemas.writing import MAX_ARTICLES, ArticleId, ArticleOrList, NewArticle, WebAddress, Written
from qa.service.web import MAX_ADDRESSES, WebArticles

_VERSION = "The version that a citation names; default: the current one."


def add(app: FastAPI, context: Context) -> None:
    """Add the routes of the archive."""
    _add_reading(app, context)
    _add_writing(app, context)


def _add_reading(app: FastAPI, context: Context) -> None:
    archive, reads = context.archive, context.reads

    @app.get("/articles", tags=["archive"], summary="List articles")
    async def articles(parameters: Annotated[ArticlesParameters, Query()]) -> ArticleList:
        """List the articles with a passage that the filters admit, newest first."""
        return await reads.run(partial(_list, archive, parameters))

    @app.get("/facets", tags=["archive"], summary="List filter values")
    async def facets(request: Request) -> Facets:
        """Return the dates, languages and outlets to filter by, and whether the client may write articles."""
        key: Key | None = request.scope["key"]
        return await reads.run(partial(_facets, archive, writable=key is None or key.allows("ingest")))

    @app.get("/articles/{article_id}", tags=["archive"], summary="Get an article", responses=NOT_FOUND)
    async def article(
        article_id: AnyId, version: Annotated[AnyId | None, Query(description=_VERSION)] = None
    ) -> ArticleModel:
        """Return an article with the text to which the offsets of citations refer.

        A version that is not kept is 404 with the `current_version`: look for its quotes in that one.
        """
        return await reads.run(partial(_article, archive, article_id, version))

    @app.get("/passages/{passage_id}", tags=["archive"], summary="Get a passage", responses=NOT_FOUND)
    async def passage(passage_id: AnyId) -> PassageModel:
        """Return a passage with the spans of its sentences."""
        return await reads.run(partial(_passage, archive, passage_id))


def _list(archive: Archive, parameters: ArticlesParameters) -> ArticleList:
    with archive.reader() as reader:
        filters = parameters.filter()
        if filters.languages or filters.sources:
            filters = resolve(filters, reader.facets())
        page = reader.listed(parameters.limit, parameters.offset, filters)
        summaries = [ArticleSummary.of(article) for article in page]
        return ArticleList(total=reader.total(filters), articles=summaries)


def _facets(archive: Archive, *, writable: bool) -> Facets:
    with archive.reader() as reader:
        return Facets.of(reader.facets(), writable=writable)


def _article(archive: Archive, article_id: str, version: str | None) -> ArticleModel:
    with archive.reader() as reader:
        stored = reader.articles([article_id]).get(article_id)
        if stored is None:
            raise HTTPException(404, f"no article has the id {article_id}")
        ids = [passage.id for passage in reader.passages_of(article_id)]
        older, provenance = reader.versions(article_id), reader.provenance(article_id)
    if version is None or version == stored.version:
        return ArticleModel.of_article(stored, ids, older, provenance)
    position = next((n for n, each in enumerate(older) if each.article.version == version), None)
    if position is None:
        raise VersionGone(article_id, version, stored.version)
    return ArticleModel.of_article(older[position].article, older=older[position + 1 :])


def _passage(archive: Archive, passage_id: str) -> PassageModel:
    with archive.reader() as reader:
        stored = reader.passage(passage_id)
        parent = reader.articles([stored.article_id]).get(stored.article_id) if stored else None
        if stored is None or parent is None:
            raise HTTPException(404, f"no passage has the id {passage_id}")
    return PassageModel.of(stored, parent)


def _add_writing(app: FastAPI, context: Context) -> None:
    async def write(
        request: Request, articles: Sequence[NewArticle | Found], response: Response, *, several: bool
    ) -> Written:
        outcomes = await context.write(_write(context, articles, several=several))
        if not any(outcome.change == "created" for outcome in outcomes):
            response.status_code = 200
        if len(outcomes) == 1:
            response.headers["Location"] = f"{request.scope.get('root_path', '')}/articles/{outcomes[0].id}"
        return Written.of(outcomes)

    @app.post("/articles", tags=["writing"], summary="Write articles", status_code=201, responses=WRITES)
    async def post(request: Request, articles: Annotated[ArticleOrList, Body()], response: Response) -> Written:
        """Write one article, or up to 100 in a list: all of them or none.

        An article is identified by its id, else by its url, else by its title and text; an existing one is replaced. If
        one with the same url, sent without an id, is of a later day, that stands and the outcome is `unchanged`; the
        one sent is kept as its older version.
        Once the response arrives, the articles survive a power failure and the next question finds them. The status is
        200 if no article is new. Of an item with nothing but a `url`, the service fetches the article, or
        each entry of a live blog; a request may have 10 of them.
        """
        several = isinstance(articles, list)
        found = await _fetch(context.web, articles if isinstance(articles, list) else [articles], several=several)
        return await write(request, found, response, several=several)

    @app.put("/articles/{article_id}", tags=["writing"], summary="Write an article", status_code=201, responses=WRITES)
    async def put(request: Request, article_id: ArticleId, article: NewArticle, response: Response) -> Written:
        """Write an article under an id, replacing any article with that id. The status is 200 if one existed."""
        if article.id not in (None, article_id):
            raise RequestValidationError(
                [_validation_error(FieldError("id", f"must be {article_id}, as in the URL, or be omitted"))]
            )
        return await write(request, [article.model_copy(update={"id": article_id})], response, several=False)

    @app.delete(
        "/articles/{article_id}",
        tags=["writing"],
        summary="Delete an article",
        status_code=204,
        responses=NOT_FOUND | DISK_FULL,
    )
    async def delete(article_id: AnyId) -> Response:
        """Delete an article. If it came from a file, indexing that file adds it again."""
        if not await context.write(_delete(context.ingest, article_id)):
            raise HTTPException(404, f"no article has the id {article_id}")
        return Response(status_code=204)


async def add_address(context: Context, url: str) -> Written:
    """Fetch the article at a web address and write it, as `POST /articles` does.

    Raises:
        RequestValidationError: it cannot be fetched.
        Refused: the queue is full or too slow, or the service is shutting down.
        ArchiveError: nothing was written.
    """
    found = await _fetch(context.web, [WebAddress(url=url)], several=False)
    return Written.of(await context.write(_write(context, found, several=False)))


async def _fetch(
    web: WebArticles, articles: Sequence[NewArticle | WebAddress], *, several: bool
) -> list[NewArticle | Found]:
    """Return the articles, fetched where they are addresses."""
    if sum(isinstance(article, WebAddress) for article in articles) > MAX_ADDRESSES:
        raise RequestValidationError(
            [_validation_error(FieldError("url", f"more than {MAX_ADDRESSES} addresses: send fewer at a time"))]
        )

    async def fetched(article: NewArticle | WebAddress) -> Sequence[NewArticle | Found] | NewsqaError:
        try:
            return await web.fetch(article.url) if isinstance(article, WebAddress) else [article]
        except (FetchError, SettingsError) as error:
            return error

    results = await asyncio.gather(*map(fetched, articles))
    errors = [
        _validation_error(FieldError("url", str(result)), *([number] if several else []))
        for number, result in enumerate(results)
        if isinstance(result, NewsqaError)
    ]
    if errors:
        raise RequestValidationError(errors)
    found = [article for result in results if not isinstance(result, NewsqaError) for article in result]
    if len(found) > MAX_ARTICLES:
        error = FieldError("url", f"{len(found)} entries of live blogs, more than {MAX_ARTICLES}: use newsqa index")
        raise RequestValidationError([_validation_error(error)])
    return found


def _delete(ingest: Ingest, article_id: str) -> Generator[None, None, bool]:
    yield from ()
    return ingest.delete(article_id)


def _write(
    context: Context, articles: Sequence[NewArticle | Found], *, several: bool
) -> Generator[None, None, list[Outcome]]:
    raw_articles: dict[str, RawArticle] = {}
    ids, errors = [], []
    replacing = {article.id for article in articles if article.id}  # of articles that are sent with an id, or fetched
    for number, article in enumerate(articles):
        try:
            raw = article.raw if isinstance(article, Found) else (yield from context.parser.steps(article))
            ids.append(article.id or raw.id)
            if raw_articles.setdefault(ids[-1], raw) != raw:
                raise FieldError("id", f"duplicate id {ids[-1]}: give each article its own")
        except FieldError as error:
            errors.append(_validation_error(error, *([number] if several else [])))
        yield
    if errors:
        raise RequestValidationError(errors)
    return (yield from context.ingest.steps([(article_id, raw_articles[article_id]) for article_id in ids], replacing))


def _validation_error(error: FieldError, *index: int) -> dict[str, Any]:
    return {"type": "value_error", "loc": ("body", *index, error.field), "msg": str(error)}
