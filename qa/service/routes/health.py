"""Health and metrics: `/livez`, `/readyz` and `/metrics`."""

import shutil
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from qa.service.admission import Draining
from qa.service.metrics import CONTENT_TYPE
from qa.service.problems import UNAVAILABLE
from qa.service.routes.context import Context


def add(app: FastAPI, context: Context) -> None:
    """Add the routes for health and metrics."""
    archive = context.archive

    def sizes() -> dict[str, int]:
        with archive.reader() as reader:
            return reader.sizes() | {"generation": archive.revision}

    def watched() -> dict[str, float]:
        return sizes() | archive.storage() | {"disk_free_bytes": shutil.disk_usage(archive.data).free}

    @app.head("/livez", include_in_schema=False)
    @app.get("/livez", tags=["service"], summary="Liveness")
    async def alive() -> dict[str, str]:
        """Return 200 while the process runs."""
        return {"status": "alive"}

    @app.head("/readyz", include_in_schema=False)
    @app.get("/readyz", tags=["service"], summary="Readiness", responses=UNAVAILABLE)
    async def ready() -> dict[str, str | int]:
        """Return 200 if questions can be answered, otherwise 503 with the reason."""
        if context.questions.draining:
            raise Draining
        archive_sizes = await context.probes.run(sizes)
        return {
            "status": "ready",
            "articles": archive_sizes["articles"],
            "generation": archive_sizes["generation"],
            "model": archive.model.identity,
            "version": version("newsqa"),
        }

    @app.get("/metrics", tags=["service"], summary="Metrics", responses=UNAVAILABLE, response_class=PlainTextResponse)
    async def figures() -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(context.metrics.render(await context.probes.run(watched)), media_type=CONTENT_TYPE)
