"""Health and metrics: `/livez`, `/readyz` and `/metrics`."""

import logging
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from index.errors import ArchiveError
from qa.service.admission import Draining
from qa.service.metrics import CONTENT_TYPE
from qa.service.problems import UNREADY
from qa.service.routes.context import Context

_log = logging.getLogger("newsqa")


def add(app: FastAPI, context: Context) -> None:
    """Add the routes."""
    archive = context.archive

    def counted() -> dict[str, int]:
        with archive.reader() as reader:
            return reader.counts() | {"generation": archive.revision}

    @app.head("/livez", include_in_schema=False)
    @app.get("/livez", tags=["service"])
    async def alive() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "alive"}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", tags=["service"], responses=UNREADY)
    async def ready() -> dict[str, str | int]:
        """Tell that questions can be answered, or why not (503)."""
        if context.questions.draining:
            raise Draining
        try:
            now = await context.probes.run(counted)  # neither behind a question nor behind whoever reads articles
        except ArchiveError as error:
            _log.error("%s", error)
            raise HTTPException(503, "the archive cannot be read: the service's log says why") from error  # to anybody
        return {
            "status": "ready",
            "articles": now["articles"],
            "generation": now["generation"],
            "model": archive.model.identity,
            "version": version("newsqa"),
        }

    @app.get("/metrics", tags=["service"], responses=UNREADY, response_class=PlainTextResponse)
    async def figures() -> Response:
        """Return what Prometheus collects."""
        return Response(context.metrics.text(await context.probes.run(counted)), media_type=CONTENT_TYPE)
