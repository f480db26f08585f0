"""The MCP tools over HTTP, at `/mcp`."""

import asyncio
from functools import cached_property
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from qa.service.problems import problem
from qa.service.routes.context import Context

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
        server = await asyncio.to_thread(lambda: self._server)
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
