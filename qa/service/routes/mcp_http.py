"""Agents reach the tools of `qa.service.routes.mcp` over HTTP, at `/mcp`."""

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

HEADERS = ("Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name")
"""What agents on web pages send beside what others send."""


def add(app: FastAPI, context: Context) -> None:
    """Add `/mcp`; of web pages, only those of the configured CORS origins may call it."""
    app.router.routes.append(Route("/mcp", _Endpoint(context), methods=["POST"]))


class _Endpoint:
    """An ASGI app without sessions: every request stands alone, and is answered with one JSON object."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin")
        if origin and not {origin, "*"} & {*self._context.settings.cors_origins}:
            refusal = problem(403, f"pages of '{origin}' are not let in: add it to NEWSQA_CORS_ORIGINS")
            await refusal(scope, receive, send)
            return
        server = await asyncio.to_thread(lambda: self._server)
        # A manager for each request, so that nothing outlives one: in a lasting one the tasks of clients that left
        # before they were answered would gather. The guard has looked at the host already.
        server.streamable_http_app(stateless_http=True, json_response=True, host="")
        manager = server.session_manager
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    @cached_property
    def _server(self) -> "MCPServer":
        from qa.service.routes.mcp import (
            tools,  # takes longer than all the rest of a start, and not every service meets an agent
        )

        return tools(self._context.answering, self._context.archive)
