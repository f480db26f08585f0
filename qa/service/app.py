"""The HTTP service."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from time import perf_counter
from typing import Annotated, Any, TypeVar

from fastapi import Body, Depends, FastAPI, Query
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse, Response
from fastapi.security import HTTPBearer
from fastapi.sse import EventSourceResponse
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from index.catalog import Catalog
from index.errors import ArchiveError, FieldError, NewsqaError
from index.ingest import Ingest, Outcome
from index.publisher import Publisher
from index.read import RawArticle
from index.types import Filter
from qa.ask import Asker
from qa.service import schemas
from qa.service.agents import HEADERS, add_agents
from qa.service.bodies import Bodies
from qa.service.edge import Edge
from qa.service.guard import Guard
from qa.service.keys import Keys
from qa.service.metrics import CONTENT_TYPE, Metrics
from qa.service.openai import add_openai
from qa.service.page import add_page
from qa.service.problems import add_problems
from qa.service.searxng import add_searxng
from qa.service.stream import UNBUFFERED, events
from qa.service.worker import Draining, Worker
from qa.settings import Settings
from qa.types import Answer, Answering

_MOST_ARTICLES = 500
_MOST_PROBES = 64  # of whether the service is ready, and of its metrics, at once
_MOST_WRITES = 16  # requests that wait
_WRITE_DEADLINE = 30.0  # seconds for them to wait; a hundred articles take a dozen to embed
_FOLLOW = 1.0  # seconds between two looks at what others write, so that no question has much to catch up with
_MEGABYTE = 1_000_000
_DESCRIPTION = """
Ask an archive of news articles in any language. Answers are made of quotes, and each citation is exact to the
character: `GET /articles/{article_id}` gives the `text` whose slice `[start_char_index:end_char_index]`, in code
points, is `cited_text`.
"""
_log = logging.getLogger("newsqa")
_Result = TypeVar("_Result")


def create_app(asker: Asker, settings: Settings, worker: Worker, publisher: Publisher | None = None) -> FastAPI:
    """Return the service for one archive: `worker` answers questions, `publisher` publishes what is written."""
    aside = Worker(_MOST_PROBES, settings.deadline, "aside")
    writer = Worker(_MOST_WRITES, _WRITE_DEADLINE, "write")
    keys, metrics = Keys(asker.archive.data), Metrics(lambda: worker.depth)
    ingest = Ingest(asker.archive.data, asker.embedder, asker.identifier)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ingest, publisher or Publisher(asker.archive):
            following = asyncio.create_task(_follow(asker, worker))
            yield
            following.cancel()
            for one in (writer, worker, aside):
                one.close()

    app = FastAPIOffline(
        title="newsqa",
        version=version("newsqa"),
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
        responses=_ALWAYS,
        telemetry=_telemetry(settings),
        # The guard looks at keys; this only tells the documentation where they go.
        dependencies=[Depends(HTTPBearer(auto_error=False))] if keys.exist else [],
    )
    # The last one added is the first to see a request.
    app.add_middleware(Bodies, largest=settings.max_body * _MEGABYTE)
    app.add_middleware(Guard, keys=keys, settings=settings)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "X-Request-Id", *HEADERS),
            expose_headers=("Location", "Retry-After", "X-Request-Id"),
        )
    app.add_middleware(Edge, routes=app.routes, metrics=metrics)
    add_problems(app)
    answer = _answering(asker, worker, metrics, log_questions=settings.log_questions)
    _add_questions(app, answer)
    add_openai(app, answer)
    add_searxng(app, answer)
    add_agents(app, answer, asker.archive.data, settings.cors_origins)
    _add_archive(app, asker)
    _add_writing(app, ingest, worker, writer)
    _add_service(app, asker, worker, aside, metrics)
    add_page(app)
    return app


async def _follow(asker: Asker, worker: Worker) -> None:
    while True:
        await asyncio.sleep(_FOLLOW)
        with suppress(NewsqaError):  # the next question will tell
            await worker.between(asker.archive.refresh)


def _telemetry(settings: Settings) -> TelemetryConfig:
    """Return what of a request goes to OpenTelemetry: neither questions nor the words of errors."""
    return {
        "auto_configure": settings.traces,
        "logs": False,
        "exclude": lambda scope: bool(scope["query_string"]) and not settings.log_questions,
    }


def _answering(asker: Asker, worker: Worker, metrics: Metrics, *, log_questions: bool) -> Answering:
    async def answer(question: str, top_k: int, among: Filter) -> Answer:
        if log_questions:
            _log.info("question", extra={"question": question})
        began = perf_counter()
        answer = await worker.run(partial(asker.ask, question, top_k, among))
        metrics.answered(answer, perf_counter() - began)
        return answer

    return answer


def _add_questions(app: FastAPI, answer: Answering) -> None:
    @app.post("/ask", tags=["questions"], responses=_STREAM | _REFUSALS, response_model=schemas.AskResponse)
    async def ask(asked: schemas.AskRequest) -> schemas.AskResponse | EventSourceResponse:
        """Answer a question with quotes from the archive."""
        answering = partial(answer, asked.question, asked.top_k, asked.filters.filter())
        if asked.stream:
            return EventSourceResponse(events(answering), headers=UNBUFFERED)
        return schemas.AskResponse.of(await answering())

    @app.get("/ask", tags=["questions"], responses=_REFUSALS)
    async def ask_by_address(parameters: Annotated[schemas.AskParameters, Query()]) -> schemas.AskResponse:
        """Answer a question that stands in the address."""
        return schemas.AskResponse.of(await answer(parameters.q, parameters.top_k, parameters.filter()))

    @app.post("/search", tags=["questions"], responses=_REFUSALS)
    async def search(asked: schemas.SearchRequest) -> schemas.SearchResponse:
        """Return the passages for a question, without an answer."""
        return schemas.SearchResponse.of(await answer(asked.question, asked.top_k, asked.filters.filter()))


def _add_archive(app: FastAPI, asker: Asker) -> None:
    data = asker.archive.data

    @app.get("/articles", tags=["archive"])
    def articles(
        limit: Annotated[int, Query(ge=1, le=_MOST_ARTICLES)] = 50, offset: Annotated[int, Query(ge=0, le=2**31)] = 0
    ) -> schemas.ArticleList:
        """List the articles, newest first."""
        with Catalog.open(data) as catalog, catalog.reading():
            page = [schemas.ArticleSummary.of(article) for article in catalog.articles(limit, offset)]
            return schemas.ArticleList(total=catalog.counts()["articles"], articles=page)

    @app.get("/facets", tags=["archive"])
    def facets() -> schemas.Facets:
        """Say what the articles can be filtered by."""
        with Catalog.open(data) as catalog, catalog.reading():
            first, last = catalog.dates()
            return schemas.Facets(
                articles=catalog.counts()["articles"],
                published_from=first,
                published_to=last,
                languages=catalog.tally("language"),
                sources=catalog.tally("source"),
            )

    @app.get("/articles/{article_id}", tags=["archive"], responses=_ABSENCE)
    def article(article_id: str) -> schemas.ArticleModel:
        """Return an article with the text that citations refer to."""
        with Catalog.open(data) as catalog, catalog.reading():
            found = catalog.article(article_id)
            if found is None:
                raise HTTPException(404, f"no article has the id {article_id}")
            ids = [passage.id for passage in catalog.passages_of(article_id)]
        summary = schemas.ArticleSummary.of(found)
        return schemas.ArticleModel(**summary.model_dump(), text=found.text, passages=ids)

    @app.get("/passages/{passage_id}", tags=["archive"], responses=_ABSENCE)
    def passage(passage_id: str) -> schemas.PassageModel:
        """Return a passage."""
        with Catalog.open(data) as catalog, catalog.reading():
            found = catalog.passage(passage_id)
            of = catalog.article(found.article_id) if found else None
            if found is None or of is None:
                raise HTTPException(404, f"no passage has the id {passage_id}")
        return schemas.PassageModel.of(found, of)


def _add_writing(app: FastAPI, ingest: Ingest, worker: Worker, writer: Worker) -> None:
    async def write(job: Callable[[], _Result]) -> _Result:
        if worker.draining:
            raise Draining
        return await writer.run(job)

    async def written(articles: Sequence[schemas.NewArticle], response: Response, *, several: bool) -> schemas.Written:
        outcomes = await write(partial(_write, ingest, articles, several=several))
        if not any(outcome.change == "created" for outcome in outcomes):
            response.status_code = 200
        if len(outcomes) == 1:
            response.headers["Location"] = f"/articles/{outcomes[0].id}"
        return schemas.Written.of(outcomes)

    @app.post("/articles", tags=["writing"], status_code=201, responses=_WRITING)
    async def post(articles: Annotated[schemas.OneOrMore, Body()], response: Response) -> schemas.Written:
        """Write an article, or up to 100: all of them or none.

        An article is known by its id, else by its url, else by its title and text; one that is known already is
        replaced. Afterwards they survive a loss of power and the next question finds them. The status is 200 if none is
        new.
        """
        if isinstance(articles, list):
            return await written(articles, response, several=True)
        return await written([articles], response, several=False)

    @app.put("/articles/{article_id}", tags=["writing"], status_code=201, responses=_WRITING)
    async def put(article_id: schemas.NewId, article: schemas.NewArticle, response: Response) -> schemas.Written:
        """Write an article under an id, replacing what has it. The status is 200 if there was one."""
        if article.id not in (None, article_id):
            raise RequestValidationError([_wrong(FieldError("id", f"not {article_id}, as in the address"))])
        return await written([article.model_copy(update={"id": article_id})], response, several=False)

    @app.delete("/articles/{article_id}", tags=["writing"], status_code=204, responses=_ABSENCE | _FULL)
    async def delete(article_id: str) -> Response:
        """Delete an article; no question finds it any more. One that is in a file comes back when that is indexed."""
        if not await write(partial(ingest.delete, article_id)):
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


def _add_service(app: FastAPI, asker: Asker, worker: Worker, aside: Worker, metrics: Metrics) -> None:
    def counted() -> dict[str, int]:
        with Catalog.open(asker.archive.data) as catalog:
            return catalog.counts() | {"generation": asker.archive.generation.revision}

    @app.head("/livez", include_in_schema=False)
    @app.get("/livez", tags=["service"])
    async def alive() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", tags=["service"], responses=_UNREADY)
    async def ready() -> dict[str, str | int]:
        """Tell that questions can be answered, or why not (503)."""
        if worker.draining:
            raise Draining
        try:
            now = await aside.run(counted)  # neither behind a question nor behind whoever reads articles
        except ArchiveError as error:
            _log.error("%s", error)
            raise HTTPException(503, "the archive cannot be read: the service's log says why") from error  # to anybody
        return {
            "status": "ready",
            "articles": now["articles"],
            "generation": now["generation"],
            "model": asker.archive.model.identity,
            "version": version("newsqa"),
        }

    @app.get("/metrics", tags=["service"], responses=_UNREADY, response_class=PlainTextResponse)
    async def figures() -> Response:
        """Return what Prometheus collects."""
        return Response(metrics.text(await aside.run(counted)), media_type=CONTENT_TYPE)


# --- errors


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; or, as a stream: `passages`, then `delta` and `citation` by turns, then `final`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
_PROBLEM_SCHEMA = schemas.Problem.model_json_schema()
_UNREADY: dict[int | str, dict[str, Any]] = {503: _refusal("The archive cannot be read, or the service is stopping.")}
_ABSENCE: dict[int | str, dict[str, Any]] = {404: _refusal("There is no such thing."), **_UNREADY}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal("The body is not JSON."),
    408: _refusal("The body did not come."),
    413: _refusal("The body is too large."),
    415: _refusal("The body is not application/json."),
    429: _refusal("Too many are waiting, or too many came: see Retry-After."),
    503: _refusal("It waited too long, the service is stopping, or the archive cannot be read."),
}
_FULL: dict[int | str, dict[str, Any]] = {507: _refusal("There is too little room on the disk; reading goes on.")}
_WRITING: dict[int | str, dict[str, Any]] = {
    200: {"description": "None is new.", "model": schemas.Written},
    **_REFUSALS,
    **_FULL,
}
_ALWAYS: dict[int | str, dict[str, Any]] = {
    401: _refusal("A key is needed, as `Authorization: Bearer`."),
    403: _refusal("The key does not have the scope that this needs."),
    421: _refusal("The service does not have this name."),
    422: _refusal("The request cannot be understood."),
    429: _refusal("Too many requests came: see Retry-After."),
}
