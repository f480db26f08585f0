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

from index.errors import NewsqaError
from index.ingest import Ingest
from qa.ask import Asker
from qa.service.admission import Worker
from qa.service.answering import QueuedAsker
from qa.service.keys import Keys
from qa.service.metrics import Metrics
from qa.service.middleware.auth import Auth
from qa.service.middleware.body_limit import BodyLimit
from qa.service.middleware.openai_errors import OpenAIErrors
from qa.service.middleware.request_log import RequestLog
from qa.service.problems import ALWAYS, add_problems
from qa.service.routes import articles, health, mcp_http, openai, page, questions, searxng
from qa.service.routes.context import Context
from qa.settings import Settings

_ROUTES = (questions, openai, searxng, mcp_http, articles, health, page)
_MAX_PROBES = 64  # requests for readiness and metrics at once
_MAX_WRITES = 16  # requests that wait
_WRITE_DEADLINE = 30.0  # seconds for them to wait; a hundred articles take a dozen to embed
_REFRESH = 1.0  # seconds between two looks at what other processes wrote, so that no question has much to apply
_MEGABYTE = 1_000_000
_DESCRIPTION = """
Ask an archive of news articles in any language. Answers are made of quotes, and each citation is exact to the
character: `GET /articles/{article_id}` gives the `text` whose slice `[start_char_index:end_char_index]`, in code
points, is `cited_text`.
"""


def create_app(
    asker: Asker, settings: Settings, worker: Worker, publishing: AbstractContextManager[object] | None = None
) -> FastAPI:
    """Return the service for one archive: `worker` answers questions, `publishing` publishes what is written."""
    archive, keys = asker.archive, Keys(asker.archive.data)
    metrics = Metrics(lambda: worker.depth)
    context = Context(
        settings=settings,
        archive=archive,
        answering=QueuedAsker(asker, worker, metrics, log_questions=settings.log_questions),
        ingest=Ingest(archive.writer, asker.embedder, asker.identifier),
        metrics=metrics,
        questions=worker,
        writes=Worker(_MAX_WRITES, _WRITE_DEADLINE, "write"),
        probes=Worker(_MAX_PROBES, settings.deadline, "probe"),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with context.ingest, publishing or archive.publishing():
            refreshing = asyncio.create_task(_refresh(asker, worker))
            yield
            refreshing.cancel()
            for each in (context.writes, worker, context.probes):
                each.close()

    app = FastAPIOffline(
        title="newsqa",
        version=version("newsqa"),
        description=_DESCRIPTION,
        redoc_url=None,
        lifespan=lifespan,
        responses=ALWAYS,
        telemetry=_telemetry(settings),
        # The middleware checks keys; this only shows the documentation where they go.
        dependencies=[Depends(HTTPBearer(auto_error=False))] if keys.exist else [],
        middleware=_middleware(settings, keys, metrics),
    )
    add_problems(app)
    for routes in _ROUTES:
        routes.add(app, context)
    return app


def _middleware(settings: Settings, keys: Keys, metrics: Metrics) -> list[Middleware]:
    """Return all middleware, in the order in which a request passes it."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=("GET", "POST", "PUT", "DELETE"),
        allow_headers=("Authorization", "Content-Type", "X-Request-Id", *mcp_http.HEADERS),
        expose_headers=("Location", "Retry-After", "X-Request-Id"),
    )
    return [
        Middleware(OpenAIErrors),
        Middleware(RequestLog, metrics=metrics),
        *([cors] if settings.cors_origins else []),
        Middleware(Auth, keys=keys, settings=settings),
        Middleware(BodyLimit, max_bytes=settings.max_body * _MEGABYTE),
    ]


async def _refresh(asker: Asker, worker: Worker) -> None:
    while True:
        await asyncio.sleep(_REFRESH)
        with suppress(NewsqaError):  # the next question reports it
            await worker.between(asker.archive.refresh)


def _telemetry(settings: Settings) -> TelemetryConfig:
    """Return what of a request goes to OpenTelemetry: neither questions nor the words of errors."""
    return {
        "auto_configure": settings.traces,
        "logs": False,
        "exclude": lambda scope: bool(scope["query_string"]) and not settings.log_questions,
    }
