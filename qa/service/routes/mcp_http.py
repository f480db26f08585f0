"""The MCP tools over HTTP, at `/mcp`."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from index.errors import NewsqaError
from qa.service.keys import Key
from qa.service.middleware.auth import disk_refusal
from qa.service.problems import problem
from qa.service.routes.articles import add_address
from qa.service.routes.context import Context
from qa.service.schemas.writing import Written

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


def add(app: FastAPI, context: Context) -> None:
    """Add `/mcp`; web pages may call it only from a configured CORS origin."""
    app.router.routes.append(Route("/mcp", _Endpoint(context), methods=["POST"]))


class _Endpoint:
    """A stateless ASGI app: each request is independent and gets one JSON object."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        if origin and not {origin, "*"} & {*self._context.settings.cors_origins}:
            refusal = problem(403, f"origin '{origin}' is not allowed: add it to NEWSQA_CORS_ORIGINS")
            await refusal(scope, receive, send)
            return
        key: Key | None = scope["key"]
        may_add = key is not None and key.allows("ingest")  # without keys any agent could have texts added
        server = await asyncio.to_thread(lambda: self._adding_server if may_add else self._server)
        # One manager per request: in a shared one, the tasks of clients that disconnect early would accumulate.
        # Auth has already checked the host.
        server.streamable_http_app(stateless_http=True, json_response=True, host="")
        manager = server.session_manager
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    @cached_property
    def _server(self) -> "MCPServer":
        from qa.service.routes.mcp import tools  # slow to import, and many services never get an MCP request

        return tools(self._context.answering, self._context.archive, self._context.base_url)

    @cached_property
    def _adding_server(self) -> "MCPServer":
        from qa.service.routes.mcp import tools

        return tools(self._context.answering, self._context.archive, self._context.base_url, self._add)

    async def _add(self, url: str) -> Written:
        """Write the article at a web address.

        Raises:
            NewsqaError: it cannot be fetched or written.
        """
        if refusal := disk_refusal(self._context.archive.data, self._context.settings):
            raise NewsqaError(refusal)
        try:
            return await add_address(self._context, url)
        except RequestValidationError as error:
            raise NewsqaError("; ".join(each["msg"] for each in error.errors())) from error
