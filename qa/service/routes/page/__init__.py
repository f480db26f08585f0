"""The page at `/`: static files that call the service's own routes."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

from qa.service.routes.context import Context

FILES = Path(__file__).parent / "files"


class _Files(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_HEADERS)
        return response


def add(app: FastAPI, _: Context) -> None:
    """Add the page and its files."""

    @app.head("/", include_in_schema=False)
    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return FileResponse(FILES / "page.html", headers=_HEADERS)

    app.mount("/page", _Files(directory=FILES), name="page")


_HEADERS = {"Cache-Control": "no-cache"}  # browsers revalidate, so that all files are of one release
