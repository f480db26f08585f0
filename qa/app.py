"""The HTTP service."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import Body, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.catalog import Catalog
from index.errors import ArchiveError, FieldError, NewsqaError, QuestionError
from index.ingest import Ingest, Outcome
from index.publisher import Publisher
from index.read import RawArticle
from qa import schemas
from qa.ask import Asker
from qa.types import Answer
from qa.worker import QueueFull, Worker

LARGEST_BODY = 256 * 1024  # bytes
_MOST_ARTICLES = 500
_WAITING_WRITES = 16  # requests
_FOLLOW = 1.0  # seconds between two looks at what others write, so that no question has much to catch up with
_DESCRIPTION = """
Ask an archive of news articles in any language. Answers are made of quotes, and each citation is exact to the
character: `GET /articles/{article_id}` gives the `text` whose slice `[start_char_index:end_char_index]`, in code
points, is `cited_text`.
"""
_log = logging.getLogger("newsqa")


def create_app(asker: Asker, queue: int) -> FastAPI:
    """Return the service for one archive; at most `queue` questions wait."""
    worker = Worker(queue)

    writer = Worker(_WAITING_WRITES)
    ingest = Ingest(asker.archive.data, asker.embedder, asker.identifier)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ingest, Publisher(asker.archive):
            following = asyncio.create_task(_follow(asker, worker))
            yield
            following.cancel()
            writer.close()
            worker.close()

    app = FastAPIOffline(
        title="newsqa",
        version=version("newsqa"),
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
        responses={422: _refusal("The request cannot be understood.")},
    )
    app.add_middleware(_Bodies)
    _add_problems(app)
    _add_questions(app, asker, worker)
    _add_archive(app, asker)
    _add_writing(app, ingest, writer)
    return app


async def _follow(asker: Asker, worker: Worker) -> None:
    while True:
        await asyncio.sleep(_FOLLOW)
        with suppress(NewsqaError):  # the next question will tell
            await worker.run(asker.archive.refresh)


def _add_questions(app: FastAPI, asker: Asker, worker: Worker) -> None:
    async def answer(asked: schemas.SearchRequest) -> Answer:
        return await worker.run(partial(asker.ask, asked.question, asked.top_k, asked.filters.filter()))

    @app.post("/ask", tags=["questions"], responses=_REFUSALS)
    async def ask(asked: schemas.AskRequest) -> schemas.AskResponse:
        """Answer a question with quotes from the archive."""
        return schemas.AskResponse.of(await answer(asked))

    @app.get("/ask", tags=["questions"], responses=_REFUSALS)
    async def ask_by_address(parameters: Annotated[schemas.AskParameters, Query()]) -> schemas.AskResponse:
        """Answer a question that stands in the address."""
        job = partial(asker.ask, parameters.q, parameters.top_k, parameters.filter())
        return schemas.AskResponse.of(await worker.run(job))

    @app.post("/search", tags=["questions"], responses=_REFUSALS)
    async def search(asked: schemas.SearchRequest) -> schemas.SearchResponse:
        """Return the passages for a question, without an answer."""
        return schemas.SearchResponse.of(await answer(asked))


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

    @app.get("/livez", tags=["service"])
    def alive() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["service"], responses=_UNREADY)
    def ready() -> dict[str, str | int]:
        """Tell that questions can be answered, or why not (503)."""
        with Catalog.open(data) as catalog:
            count = catalog.counts()["articles"]
        return {
            "status": "ready",
            "articles": count,
            "generation": asker.archive.generation.revision,
            "model": asker.archive.model.identity,
            "version": version("newsqa"),
        }


def _add_writing(app: FastAPI, ingest: Ingest, writer: Worker) -> None:
    async def written(articles: Sequence[schemas.NewArticle], response: Response, *, several: bool) -> schemas.Written:
        outcomes = await writer.run(partial(_write, ingest, articles, several=several))
        if not any(outcome.change == "created" for outcome in outcomes):
            response.status_code = 200
        if len(outcomes) == 1:
            response.headers["Location"] = f"/articles/{outcomes[0].id}"
        return schemas.Written.of(outcomes)

    @app.post("/articles", tags=["writing"], status_code=201, responses=_REFUSALS | _UNCHANGED)
    async def post(articles: Annotated[schemas.OneOrMore, Body()], response: Response) -> schemas.Written:
        """Write an article, or up to 100: all of them or none.

        An article is known by its id, else by its url, else by its title and text; one that is known already is
        replaced. Afterwards they survive a loss of power and the next question finds them. The status is 200 if none is
        new.
        """
        if isinstance(articles, list):
            return await written(articles, response, several=True)
        return await written([articles], response, several=False)

    @app.put("/articles/{article_id}", tags=["writing"], status_code=201, responses=_REFUSALS | _UNCHANGED)
    async def put(article_id: schemas.NewId, article: schemas.NewArticle, response: Response) -> schemas.Written:
        """Write an article under an id, replacing what has it. The status is 200 if there was one."""
        if article.id not in (None, article_id):
            raise RequestValidationError([_wrong(FieldError("id", f"not {article_id}, as in the address"))])
        return await written([article.model_copy(update={"id": article_id})], response, several=False)

    @app.delete("/articles/{article_id}", tags=["writing"], status_code=204, responses=_BUSY | _ABSENCE)
    async def delete(article_id: str) -> Response:
        """Delete an article; no question finds it any more. One that is in a file comes back when that is indexed."""
        if not await writer.run(partial(ingest.delete, article_id)):
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


# --- errors


def _refusal(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}


_PROBLEM_SCHEMA = schemas.Problem.model_json_schema()
_UNREADY: dict[int | str, dict[str, Any]] = {503: _refusal("The archive cannot be read.")}
_ABSENCE: dict[int | str, dict[str, Any]] = {404: _refusal("There is no such thing."), **_UNREADY}
_BUSY: dict[int | str, dict[str, Any]] = {429: _refusal("Too many requests are waiting.")}
_UNCHANGED: dict[int | str, dict[str, Any]] = {200: {"description": "None is new.", "model": schemas.Written}}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: _refusal("The body is not JSON."),
    413: _refusal(f"The body has more than {LARGEST_BODY} bytes."),
    415: _refusal("The body is not application/json."),
    **_BUSY,
    **_UNREADY,
}
_TITLES = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 413: "Body too large"}
_TITLES |= {415: "Unsupported media type", 422: "Unprocessable", 429: "Too many requests", 503: "Unavailable"}


def problem(
    status: int, detail: str, errors: Sequence[dict[str, str]] = (), headers: dict[str, str] | None = None
) -> Response:
    """Return an error as `application/problem+json` (RFC 9457)."""
    content = schemas.Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail, errors=list(errors))
    body = content.model_dump(exclude_defaults=True) | {"type": content.type}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _add_problems(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        errors = [_located(item) for item in error.errors()]
        if any(item["type"] == "json_invalid" for item in error.errors()):
            return problem(400, f"the body is not JSON: {errors[0]['detail']}", errors)
        return problem(422, "; ".join(f"{_name(item['pointer'])}{item['detail']}" for item in errors), errors)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(QuestionError)
    async def unasked(_: Request, error: QuestionError) -> Response:
        return problem(422, str(error))

    @app.exception_handler(QueueFull)
    async def busy(_: Request, error: QueueFull) -> Response:
        return problem(429, str(error), headers={"Retry-After": "1"})

    @app.exception_handler(ArchiveError)
    async def unavailable(_: Request, error: ArchiveError) -> Response:
        _log.error("%s", error)
        return problem(503, str(error))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        _log.error("unexpected error", exc_info=error)
        return problem(500, "an unexpected error; the service's log has it")


def _located(item: Any) -> dict[str, str]:
    place = [str(part) for part in item["loc"] if part not in schemas.ONE_OR_MORE]
    pointer = "/".join(["#", *place[1:]]) if place[0] == "body" else "/".join(place)
    detail = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "json_invalid":
        return {"pointer": "#", "detail": f"{item.get('ctx', {}).get('error', detail)} at character {place[-1]}"}
    if item["type"] == "extra_forbidden":
        detail = "unknown field: remove it"
    elif item["type"] == "missing" and place == ["body"]:
        detail = "the body is empty: send a JSON object"
    return {"pointer": pointer, "detail": detail[:1].lower() + detail[1:]}


def _name(pointer: str) -> str:
    name = pointer.removeprefix("#/").removeprefix("query/")
    return "" if name in ("#", "query", "question", "q") else f"{name}: "


class _Bodies:
    """Refuses bodies that are too large or not JSON before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("POST", "PUT", "PATCH"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        if kind != b"application/json":
            shown = kind.decode("latin-1") or "nothing"
            refusal = problem(415, f"the content type is {shown}: send application/json")
            await refusal(scope, receive, send)
            return
        too_large = problem(413, f"the body has more than {LARGEST_BODY} bytes: send less")
        if headers.get(b"content-length", b"0").isdigit() and int(headers.get(b"content-length", b"0")) > LARGEST_BODY:
            await too_large(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            await too_large(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, or None if it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            break
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
