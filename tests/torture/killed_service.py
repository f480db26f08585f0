"""Services that are killed during short and long writes; what they have answered must be true."""

import http.client
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from index.local.archive import LocalArchive
from index.model.embed import Embedding
from qa.ask import Asker
from qa.service.serve import bind, serve
from qa.settings import Settings
from tests.fakes import HashEmbedder, identifier
from tests.torture.killed import Scene, killed_process
from tests.torture.promises import Changes

_SETTINGS = Settings(host="127.0.0.1", port=0, disk_floor=0, log="json")
_LONG = 40_000  # words of a long article, at most: a write in many steps
_LONG_IDS = 5
_EMBEDDING = 0.002  # seconds for a passage in a long write


def over_http(scene: Scene, seconds: float) -> None:
    """Kill a service during short writes."""
    _write_until_killed(scene, HashEmbedder(), scene.changes, kind="short", seconds=seconds)


def long_writes(scene: Scene, seconds: float) -> None:
    """Kill a service during the steps of long writes; in half of the rounds it is told to end before."""
    terminated = scene.random.random() * 2 if scene.random.random() < 0.5 else 0.0

    def changes() -> Changes:
        return {f"long{scene.random.randrange(_LONG_IDS)}": scene.text(_LONG)}

    _write_until_killed(scene, _SlowEmbedder(), changes, kind="long", seconds=seconds * 3, terminated=terminated)


class _SlowEmbedder(HashEmbedder):
    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        for embedding in super().passages(texts):
            time.sleep(_EMBEDDING)
            yield embedding


def _write_until_killed(
    scene: Scene,
    embedder: HashEmbedder,
    changes: Callable[[], Changes],
    *,
    kind: str,
    seconds: float,
    terminated: float = 0.0,
) -> None:
    settings = replace(_SETTINGS, data=scene.data)
    bound = bind(settings)
    connection = http.client.HTTPConnection("127.0.0.1", bound.getsockname()[1], timeout=20)
    output, written = os.pipe()

    def started(_: str) -> None:
        os.write(written, b"!")

    def work() -> None:
        with LocalArchive(settings.data) as archive:
            serve(Asker(archive, embedder, identifier()), settings, bound, started)

    with killed_process(work, seconds, terminated=terminated, ready=(output, written)):
        bound.close()
        try:
            while True:
                change = changes()
                scene.promises.begin(change)
                status = _send(connection, change)
                if status == 503:
                    scene.promises.withdraw(change)
                else:
                    assert status in ((204, 404) if None in change.values() else (200, 201)), status
                    scene.promises.keep(change)
                scene.answers[f"{kind} {status}"] += 1
        except (OSError, http.client.HTTPException):
            scene.answers[f"{kind} without"] += 1
            connection.close()


def _send(connection: http.client.HTTPConnection, changes: Changes) -> int:
    (key, text), *others = changes.items()
    if text is None:
        connection.request("DELETE", f"/articles/{key}")
    elif others:
        articles = [{"id": key, "text": text} for key, text in changes.items()]
        connection.request("POST", "/articles", json.dumps(articles), {"Content-Type": "application/json"})
    else:
        body = json.dumps({"text": text})
        connection.request("PUT", f"/articles/{key}", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    return response.status
