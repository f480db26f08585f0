"""Questions per second of one client and of many."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import httpx2 as httpx
import pytest

from eval import load
from tests.fakes import build_archive, service_of


def test_questions_are_answered_for_one_client_and_for_many(tmp_path: Path) -> None:
    with service_of(build_archive(tmp_path, {"a.md": "Le pont rouvre lundi."})) as address:
        many, one = load.throughput(address, rounds=1, seconds=1)
    assert many > 0
    assert one > 0


class _Refusing(BaseHTTPRequestHandler):
    """Refuses every second question."""

    lock = Lock()
    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        with self.lock:
            type(self).asked += 1
            refused = self.asked % 2 == 0
        self.send_response(503 if refused else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_refused_questions_do_not_count(refusing: str) -> None:
    with httpx.Client(base_url=refusing) as client:
        rate = load._rate(client, 1, 0.3, iter(range(100_000)))
    assert 0 < rate * 0.3 <= _Refusing.asked / 2 + 1
