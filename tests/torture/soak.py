"""Clients of all kinds, which keep a service busy until they are stopped."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index.local.snapshot import snapshot
from tests.torture.served import Service

_WORDS = "pont grue port neige mairie école vote budget train quai maire village rivière hiver 港口 الجسر".split()
_ALLOWED = (200, 201, 204, 404, 429, 503)  # 404 for a deletion; 429 and 503 while other clients are served
_ARTICLES, _LARGE = 60, 4  # ids that are written again and again, so that the archive keeps its size
_LARGE_WORDS = (2_000, 20_000)
_FILTERS: tuple[dict[str, object], ...] = (
    {},
    {"published_from": "2026-01-01"},
    {"languages": ["fr"]},
    {"languages": ["en", "es"]},
)
_MAX_WAIT = 5  # seconds after a refusal
_PIPELINED = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000


class Client:
    """Sends requests on one connection, and counts the statuses in `counts`."""

    def __init__(self, service: Service, counts: Counter[str], seed: int, stop: threading.Event) -> None:
        self.random = random.Random(seed)  # noqa: S311 - reproducible
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
        self._counts, self._stop = counts, stop

    def words(self, count: int) -> str:
        """Return a text of sentences of at most twelve words."""
        words = self.random.choices(_WORDS, k=count)
        return " ".join(" ".join(words[n : n + 12]).capitalize() + "." for n in range(0, count, 12))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def send(self, kind: str, method: str, path: str, body: object = None) -> None:
        """Send a request; after a refusal wait as the response asks."""
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, content, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            answer = response.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()  # the service closes idle connections, and ends
            self._counts[f"{kind} closed"] += 1
            return
        assert response.status in _ALLOWED, (kind, response.status, answer)
        self._counts[f"{kind} {response.status}"] += 1
        if response.status in (429, 503):
            self._stop.wait(min(int(response.headers["Retry-After"]), _MAX_WAIT))


def _ask(client: Client) -> None:
    question = client.words(client.random.choice((4, 6, 8, 60)))[:1000] + "?"
    client.send("ask", "POST", "/ask", {"question": question, "filters": client.random.choice(_FILTERS)})


def _write_small(client: Client) -> None:
    path = f"/articles/small{client.random.randrange(_ARTICLES)}"
    if client.random.random() < 0.2:
        client.send("delete", "DELETE", path)
    else:
        body = {"title": client.words(5), "text": client.words(client.random.randrange(20, 400)), "date": "2026-03-01"}
        client.send("write", "PUT", path, body)
    time.sleep(0.5)


def _write_large(client: Client) -> None:
    path = f"/articles/large{client.random.randrange(_LARGE)}"
    client.send("large", "PUT", path, {"text": client.words(client.random.choice(_LARGE_WORDS))})
    time.sleep(10)


def _list(client: Client) -> None:
    client.send("list", "GET", f"/articles?limit=100&offset={client.random.randrange(50)}")
    client.send("facets", "GET", "/facets")
    client.send("metrics", "GET", "/metrics")
    time.sleep(0.5)


@contextmanager
def clients(service: Service, data: Path, copy: Path) -> Iterator[Counter[str]]:
    """Keep a service of `data` busy during the block, with snapshots to `copy`; yield the number of responses by kind.

    An error of a client is raised after the block.
    """
    stop, counts, errors = threading.Event(), Counter[str](), list[Exception]()

    def pipeline(_: Client) -> None:
        with suppress(OSError), service.connect() as connection:
            connection.sendall(_PIPELINED)
            connection.recv(65_536)
        counts["pipelined"] += 1
        stop.wait(1)

    def take(_: Client) -> None:
        snapshot(data, copy, force=True)
        counts["snapshots"] += 1
        stop.wait(20)

    def run(act: Callable[[Client], None], seed: int) -> None:
        client = Client(service, counts, seed, stop)
        try:
            while not stop.is_set():
                act(client)
        except Exception as error:  # noqa: BLE001 - raised in the thread of the test
            errors.append(error)
        finally:
            client.close()

    kinds = (_ask, _ask, _write_small, _write_large, _list, pipeline, take)
    threads = [threading.Thread(target=run, args=(act, seed)) for seed, act in enumerate(kinds)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
