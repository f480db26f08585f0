"""`HEAD` on every path that answers `GET`."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """Middleware that answers a `HEAD` request as `GET`, without a body (RFC 9110, section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        """Answer `HEAD` requests to `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)
