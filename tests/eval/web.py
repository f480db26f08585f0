"""A server with predefined replies, valid or not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Reply = tuple[int, bytes]
"""Status and body."""


@dataclass(frozen=True, slots=True)
class Website:
    """Replies by method and path; None closes the connection in the middle of the body."""

    replies: dict[str, Callable[[], Reply | None]] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)


def json_reply(value: object, status: int = 200) -> Reply:
    """Return an object as a reply."""
    return status, json.dumps(value).encode()


@contextmanager
def serving(site: Website) -> Iterator[tuple[str, Callable[[], None]]]:
    """Serve a site; yield its address and a function that stops the server."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            self.close_connection = True
            site.asked.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            route = f"{self.command} {self.path}"
            make_reply = site.replies.get(route) or site.replies.get(route.partition("?")[0])
            reply = make_reply() if make_reply else json_reply({"detail": "no such thing"}, 404)
            if reply is None:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
                return
            status, body = reply
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _reply  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join()
            server.socket.close()

        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", stop
        finally:
            stop()
