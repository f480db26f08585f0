"""The HTTP service: its parts wired together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPBearer
from fastapi.telemetry import TelemetryConfig
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.types import Scope

from index.errors import NewsqaError
from index.ingest import Ingest
from qa.ask import Asker
from qa.service.admission import Worker
from qa.service.answering import QueuedAsker
from qa.service.keys import Keys
from qa.service.metrics import Metrics
from qa.service.middleware.auth import REQUIRED_SCOPES, Auth
from qa.service.middleware.body_limit import BodyLimit
from qa.service.middleware.head import Head
from qa.service.middleware.openai_errors import OpenAIErrors
from qa.service.middleware.request_log import RequestLog
from qa.service.parsing import Parser
from qa.service.problems import EVERY_ROUTE, add_problem_handlers
from qa.service.routes import articles, health, mcp_http, openai, page, questions, searxng
from qa.service.routes.context import Context
from qa.service.web import WebArticles, keep_feeds
from qa.settings import Settings
from qa.web import options

_ROUTES = (questions, openai, searxng, mcp_http, articles, health, page)
_MAX_PROBES = 64  # requests to /readyz and /metrics that wait or run
_MAX_READS = 64  # of articles and lists that wait or run
_READ_DEADLINE = 10.0  # seconds in the queue; lists of very large archives take a second
_MAX_WRITES = 16  # requests that wait or run
_WRITE_DEADLINE = 30.0  # seconds in the queue; embedding a hundred articles takes about 12
_REFRESH_INTERVAL = 1.0  # seconds; other processes' changes are applied in small steps, not all at the next question
_MEGABYTE = 1_000_000
_DESCRIPTION = """
Ask questions about an archive of news articles, in any language. Answers consist of quotes, and each citation is exact
to the character: in the `text` returned by `GET /articles/{article_id}`, the slice `[start_char_index:end_char_index]`,
in code points, is `cited_text`.
"""


def create_app(
    asker: Asker,
    settings: Settings,
    worker: Worker,
    publishing: AbstractContextManager[object] | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """Return the service for one archive: `worker` answers questions, `publishing` publishes changes."""
    archive, keys = asker.archive, Keys(asker.archive.data)
    metrics = metrics or Metrics(lambda: worker.depth)
    context = Context(
        settings=settings,
        archive=archive,
        embedder=asker.embedder,
        answering=QueuedAsker(asker, worker, metrics, log_questions=settings.log_questions),
        ingest=Ingest(archive.writer, asker.embedder, asker.identifier),
        parser=Parser(),
        web=WebArticles(options(settings)),
        metrics=metrics,
        questions=worker,
        writes=Worker(_MAX_WRITES, _WRITE_DEADLINE, "write"),
        reads=Worker(_MAX_READS, _READ_DEADLINE, "read"),
        probes=Worker(_MAX_PROBES, settings.deadline, "probe"),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with context.ingest, publishing or archive.publishing():
            tasks = [asyncio.create_task(_refresh(asker, worker))]
            if settings.feeds_interval:
                tasks.append(asyncio.create_task(_keep_feeds(context)))
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await context.web.aclose()
            context.parser.close()
            for queue in (context.writes, context.reads, worker, context.probes):
                queue.close()

    app = FastAPIOffline(
        title="newsqa",
        version=version("newsqa"),
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
        responses=EVERY_ROUTE,
        telemetry=_telemetry(settings),
        # Auth checks the keys; this only adds the key field to /docs.
        dependencies=[Depends(HTTPBearer(auto_error=False))] if keys.exist else [],
        middleware=_middleware(settings, keys, metrics, context),
    )
    app.state.queues = (worker, context.writes)
    add_problem_handlers(app)
    for routes in _ROUTES:
        routes.add(app, context)
    return app


def _middleware(settings: Settings, keys: Keys, metrics: Metrics, context: Context) -> list[Middleware]:
    """Return all middleware, outermost first."""

    def admit(scope: Scope) -> None:
        writes = REQUIRED_SCOPES.get((scope["method"], scope["route_path"])) == "ingest"
        (context.writes if writes else context.questions).check()

    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "PUT", "DELETE"),
        allow_headers=["*"],  # the clients of OpenAI add headers of their own, such as X-Stainless-Os
        expose_headers=("Location", "Retry-After", "X-Request-Id"),
    )
    return [
        Middleware(Head),
        Middleware(OpenAIErrors),
        Middleware(RequestLog, metrics=metrics),
        *([cors] if settings.cors_origins else []),
        Middleware(Auth, keys=keys, settings=settings),
        Middleware(BodyLimit, max_bytes=settings.max_body * _MEGABYTE, admit=admit),
    ]


async def _keep_feeds(context: Context) -> None:
    settings = context.settings
    await keep_feeds(
        context.archive.data,
        options(settings),
        context.ingest,
        context.write,
        interval=settings.feeds_interval,
        disk_floor=settings.disk_floor,
    )


async def _refresh(asker: Asker, worker: Worker) -> None:
    while True:
        await asyncio.sleep(_REFRESH_INTERVAL)
        with suppress(NewsqaError):  # the next question reports it
            await worker.run_internal(asker.archive.refresh)


def _telemetry(settings: Settings) -> TelemetryConfig:
    """Return the OpenTelemetry configuration: traces hold neither questions nor error messages."""
    return {
        "auto_configure": settings.traces,
        "logs": False,
        "exclude": lambda scope: bool(scope["query_string"]) and not settings.log_questions,
    }
