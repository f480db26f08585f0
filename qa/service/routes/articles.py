"""Articles and passages, read and written: `/articles`, `/passages` and `/facets`."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from index.archive import Archive
from index.errors import FieldError
from index.ingest import Ingest, Outcome
from index.read.article import RawArticle
from qa.service import schemas
from qa.service.problems import ABSENCE, FULL, WRITING
from qa.service.routes.context import Context

_MAX_PAGE = 500  # articles


def add(app: FastAPI, context: Context) -> None:
    """Add the routes."""
    _add_reading(app, context.archive)
    _add_writing(app, context)


def _add_reading(app: FastAPI, archive: Archive) -> None:
    @app.get("/articles", tags=["archive"])
    def articles(
        limit: Annotated[int, Query(ge=1, le=_MAX_PAGE)] = 50, offset: Annotated[int, Query(ge=0, le=2**31)] = 0
    ) -> schemas.ArticleList:
        """List the articles, newest first."""
        with archive.reader() as reader:
            page = [schemas.ArticleSummary.of(article) for article in reader.page(limit, offset)]
            return schemas.ArticleList(total=reader.counts()["articles"], articles=page)

    @app.get("/facets", tags=["archive"])
    def facets() -> schemas.Facets:
        """Say what the articles can be filtered by."""
        with archive.reader() as reader:
            return schemas.Facets.of(reader.facets())

    @app.get("/articles/{article_id}", tags=["archive"], responses=ABSENCE)
    def article(article_id: str) -> schemas.ArticleModel:
        """Return an article with the text that citations refer to."""
        with archive.reader() as reader:
            found = reader.articles([article_id]).get(article_id)
            if found is None:
                raise HTTPException(404, f"no article has the id {article_id}")
            ids = [passage.id for passage in reader.passages_of(article_id)]
        summary = schemas.ArticleSummary.of(found)
        return schemas.ArticleModel(**summary.model_dump(), text=found.text, passages=ids)

    @app.get("/passages/{passage_id}", tags=["archive"], responses=ABSENCE)
    def passage(passage_id: str) -> schemas.PassageModel:
        """Return a passage."""
        with archive.reader() as reader:
            found = reader.passage(passage_id)
            of = reader.articles([found.article_id]).get(found.article_id) if found else None
            if found is None or of is None:
                raise HTTPException(404, f"no passage has the id {passage_id}")
        return schemas.PassageModel.of(found, of)


def _add_writing(app: FastAPI, context: Context) -> None:
    ingest = context.ingest

    async def written(articles: Sequence[schemas.NewArticle], response: Response, *, several: bool) -> schemas.Written:
        outcomes = await context.write(partial(_write, ingest, articles, several=several))
        if not any(outcome.change == "created" for outcome in outcomes):
            response.status_code = 200
        if len(outcomes) == 1:
            response.headers["Location"] = f"/articles/{outcomes[0].id}"
        return schemas.Written.of(outcomes)

    @app.post("/articles", tags=["writing"], status_code=201, responses=WRITING)
    async def post(articles: Annotated[schemas.OneOrMore, Body()], response: Response) -> schemas.Written:
        """Write an article, or up to 100: all of them or none.

        An article is known by its id, else by its url, else by its title and text; one that is known already is
        replaced. Afterwards they survive a loss of power and the next question finds them. The status is 200 if none is
        new.
        """
        if isinstance(articles, list):
            return await written(articles, response, several=True)
        return await written([articles], response, several=False)

    @app.put("/articles/{article_id}", tags=["writing"], status_code=201, responses=WRITING)
    async def put(article_id: schemas.NewId, article: schemas.NewArticle, response: Response) -> schemas.Written:
        """Write an article under an id, replacing what has it. The status is 200 if there was one."""
        if article.id not in (None, article_id):
            raise RequestValidationError([_wrong(FieldError("id", f"not {article_id}, as in the address"))])
        return await written([article.model_copy(update={"id": article_id})], response, several=False)

    @app.delete("/articles/{article_id}", tags=["writing"], status_code=204, responses=ABSENCE | FULL)
    async def delete(article_id: str) -> Response:
        """Delete an article; no question finds it any more. One that is in a file comes back when that is indexed."""
        if not await context.write(partial(ingest.delete, article_id)):
            raise HTTPException(404, f"no article has the id {article_id}")
        return Response(status_code=204)


def _write(ingest: Ingest, articles: Sequence[schemas.NewArticle], *, several: bool) -> list[Outcome]:
    found: dict[str, RawArticle] = {}
    ids, errors = [], []
    for number, article in enumerate(articles):
        try:
            raw = article.raw()
            ids.append(article.id or raw.id)
            if found.setdefault(ids[-1], raw) != raw:
                raise FieldError("id", f"{ids[-1]} is that of another article before")
        except FieldError as error:
            errors.append(_wrong(error, *([number] if several else [])))
    if errors:
        raise RequestValidationError(errors)
    return ingest.put([(article_id, found[article_id]) for article_id in ids])


def _wrong(error: FieldError, *place: int) -> dict[str, Any]:
    return {"type": "value_error", "loc": ("body", *place, error.field), "msg": str(error)}
