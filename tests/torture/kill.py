"""Kills processes that write to an archive, at random moments, and examines the remaining archive.

This is a separate process without threads, with all modules loaded: it forks for work that may start threads.
"""

import http.client
import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from socket import socket

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import Catalog
from index.local.doctor import examine
from index.local.generation import publish
from index.local.snapshot import restore, snapshot
from qa.ask import Asker
from qa.service.serve import bind, serve
from qa.settings import Settings
from tests.fakes import HashEmbedder, identifier, index_paths, writer_of
from tests.torture.promises import Changes, Promises, examined, write

_MAX_DELAY = 0.4  # seconds until the kill
_POSTED, _FILES = 30, 12  # articles
_WORDS = "pont grue port neige mairie école vote budget train quai 港口 الجسر 🎉 hiver".split()
_SETTINGS = Settings(host="127.0.0.1", port=0, disk_floor=0, log="json")


@dataclass(frozen=True)
class Scene:
    """The paths, the random generator and the promises of all rounds."""

    data: Path
    files: Path
    snapshot: Path
    random: Random
    promises: Promises

    def text(self) -> str:
        """Return a random text of one line."""
        return " ".join(self.random.choices(_WORDS, k=self.random.randrange(3, 200))).capitalize() + "."

    def changes(self) -> Changes:
        """Return random changes for one request."""
        ids = self.random.sample(range(_POSTED), self.random.choice((1, 1, 1, 5)))
        if len(ids) == 1 and self.random.random() < 0.3:
            return {f"a{ids[0]}": None}
        return {f"a{number}": self.text() for number in ids}


# --- processes


def fork(work: Callable[[], object]) -> int:
    """Run `work` in a forked process; return its process id."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - the process ends here after any error
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


@contextmanager
def killed_process(work: Callable[[], object], seconds: float) -> Iterator[None]:
    """Run endless work in a forked process that is killed after some seconds, during the block."""
    child = fork(work)

    def kill() -> None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)

    killer = fork(kill)
    try:
        yield
    finally:
        os.waitpid(killer, 0)  # before the child is reaped, so that its process id is not reused
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == -signal.SIGKILL, status


def kill_writer(work: Callable[[Callable[[bool, Changes], None]], object], seconds: float, promises: Promises) -> None:
    """Kill work that reports changes before (False) and after (True) writing them."""
    end, begin = os.pipe()

    def report(done: bool, changes: Changes) -> None:
        os.write(begin, json.dumps([done, changes]).encode() + b"\n")

    with killed_process(lambda: work(report), seconds):
        os.close(begin)
        with os.fdopen(end, encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # an incomplete line: killed before the change began
                    done, changes = json.loads(line)
                    (promises.keep if done else promises.begin)(changes)


# --- the killed processes


def over_http(scene: Scene, seconds: float) -> None:
    """Kill a service during writes over HTTP."""
    settings = replace(_SETTINGS, data=scene.data)
    bound = bind(settings)
    connection = http.client.HTTPConnection("127.0.0.1", bound.getsockname()[1], timeout=20)
    with killed_process(lambda: _serve(settings, bound), seconds):
        bound.close()
        try:
            while True:
                changes = scene.changes()
                scene.promises.begin(changes)
                _send(connection, changes)
                scene.promises.keep(changes)
        except (OSError, http.client.HTTPException):
            connection.close()


def _serve(settings: Settings, bound: socket) -> None:
    with LocalArchive(settings.data) as archive:
        serve(Asker(archive, HashEmbedder(), identifier()), settings, bound, lambda _: None)


def _send(connection: http.client.HTTPConnection, changes: Changes) -> None:
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
    answer = response.read()
    assert response.status in ((204, 404) if text is None else (200, 201)), answer


def indexing(scene: Scene, seconds: float) -> None:
    """Kill newsqa index."""
    for number in scene.random.sample(range(_FILES), 5):
        file = scene.files / f"f{number}.txt"
        if scene.random.random() < 0.2:
            file.unlink(missing_ok=True)
        else:
            file.write_text(scene.text(), encoding="utf-8")
    changes: Changes = {f"f{number}": None for number in range(_FILES)}
    changes |= {file.stem: file.read_text(encoding="utf-8") for file in scene.files.iterdir()}

    def work(report: Callable[[bool, Changes], None]) -> None:
        report(False, changes)
        while True:
            index_paths(scene.files, data=scene.data, prune=True)
            report(True, changes)

    kill_writer(work, seconds, scene.promises)


def publishing(scene: Scene, seconds: float) -> None:
    """Kill a process that writes, deletes and publishes."""

    def work(report: Callable[[bool, Changes], None]) -> None:
        with Ingest(writer_of(scene.data), HashEmbedder(), identifier()) as ingest, Catalog.open(scene.data) as catalog:
            while True:
                changes = scene.changes()
                report(False, changes)
                write(ingest, changes)
                report(True, changes)
                publish(catalog, scene.data)

    kill_writer(work, seconds, scene.promises)


def copying(scene: Scene, seconds: float) -> None:
    """Kill a process that takes snapshots."""

    def work(_: Callable[[bool, Changes], None]) -> None:
        while True:
            snapshot(scene.data, scene.snapshot, force=True)

    kill_writer(work, seconds, scene.promises)


# --- the remaining archive


def _check_snapshot(file: Path, folder: Path) -> None:
    if file.exists():
        restore(file, folder, force=True)
        assert examine(folder).problems == []


def _survey(scene: Scene, kind: str) -> dict[str, str]:
    """Return the result of `examined`, run in a forked process because it starts threads."""
    output = scene.files.parent / "found.json"

    def work() -> None:
        output.write_text(json.dumps(examined(scene.data)), encoding="utf-8")
        if kind == "copying":
            _check_snapshot(scene.snapshot, scene.files.parent / "back")

    _, status = os.waitpid(fork(work), 0)
    assert status == 0, "the remaining archive is not consistent"
    texts: dict[str, str] = json.loads(output.read_text(encoding="utf-8"))
    return texts


def main(folder: Path, rounds: int, seed: int) -> None:
    """Kill `rounds` times."""
    random = Random(seed)  # noqa: S311 - reproducible
    scene = Scene(folder / "data", folder / "files", folder / "news.sqlite", random, Promises())
    scene.files.mkdir()
    (scene.files / "f0.txt").write_text("Le pont rouvre.", encoding="utf-8")
    os.waitpid(fork(lambda: index_paths(scene.files, data=scene.data)), 0)
    scene.promises.keep({"f0": "Le pont rouvre."})
    kinds = (over_http, over_http, indexing, publishing, copying)
    counts = Counter[str]()
    for number in range(rounds):
        kill = kinds[number % len(kinds)]
        kill(scene, random.random() * _MAX_DELAY)
        counts[kill.__name__] += 1
        broken = scene.promises.broken(_survey(scene, kill.__name__))
        assert not broken, f"round {number}, {kill.__name__}: {broken}"
    print(json.dumps(counts))  # noqa: T201 - for `count_outcomes`


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
