"""Kills whoever writes to an archive, at random moments, and examines what is left.

A process of its own, which has loaded everything and has no threads: it forks for whatever may have some.
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

_LONGEST = 0.4  # seconds until the kill
_POSTED, _FILES = 30, 12  # articles
_WORDS = "pont grue port neige mairie école vote budget train quai 港口 الجسر 🎉 hiver".split()
_SETTINGS = Settings(host="127.0.0.1", port=0, disk_floor=0, log="json")


@dataclass(frozen=True)
class Place:
    """Where it happens."""

    data: Path
    files: Path
    snapshot: Path
    random: Random
    promises: Promises

    def text(self) -> str:
        """Return a text of one line."""
        return " ".join(self.random.choices(_WORDS, k=self.random.randrange(3, 200))).capitalize() + "."

    def changes(self) -> Changes:
        """Return what one request changes."""
        ids = self.random.sample(range(_POSTED), self.random.choice((1, 1, 1, 5)))
        if len(ids) == 1 and self.random.random() < 0.3:
            return {f"a{ids[0]}": None}
        return {f"a{number}": self.text() for number in ids}


# --- processes


def fork(work: Callable[[], object]) -> int:
    """Do some work in another process."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    try:
        work()
    except BaseException:  # noqa: BLE001 - whatever it is, the process ends here
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


@contextmanager
def doomed(work: Callable[[], object], seconds: float) -> Iterator[None]:
    """Do some endless work in another process, which is killed after a while: the block sees it die."""
    child = fork(work)

    def kill() -> None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)

    killer = fork(kill)
    try:
        yield
    finally:
        os.waitpid(killer, 0)  # first, so that the number is nobody else's
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == -signal.SIGKILL, status


def told(work: Callable[[Callable[[bool, Changes], None]], object], seconds: float, promises: Promises) -> None:
    """Kill work that tells what it begins (False) and what it has done (True)."""
    end, begin = os.pipe()

    def tell(done: bool, changes: Changes) -> None:
        os.write(begin, json.dumps([done, changes]).encode() + b"\n")

    with doomed(lambda: work(tell), seconds):
        os.close(begin)
        with os.fdopen(end, encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):  # else it was killed meanwhile, and has not begun
                    done, changes = json.loads(line)
                    (promises.keep if done else promises.begin)(changes)


# --- who is killed


def over_http(place: Place, seconds: float) -> None:
    """Kill a service that articles are sent to."""
    settings = replace(_SETTINGS, data=place.data)
    bound = bind(settings)
    connection = http.client.HTTPConnection("127.0.0.1", bound.getsockname()[1], timeout=20)
    with doomed(lambda: _serve(settings, bound), seconds):
        bound.close()
        try:
            while True:
                changes = place.changes()
                place.promises.begin(changes)
                _send(connection, changes)
                place.promises.keep(changes)
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


def indexing(place: Place, seconds: float) -> None:
    """Kill newsqa index."""
    for number in place.random.sample(range(_FILES), 5):
        file = place.files / f"f{number}.txt"
        if place.random.random() < 0.2:
            file.unlink(missing_ok=True)
        else:
            file.write_text(place.text(), encoding="utf-8")
    changes: Changes = {f"f{number}": None for number in range(_FILES)}
    changes |= {file.stem: file.read_text(encoding="utf-8") for file in place.files.iterdir()}

    def work(tell: Callable[[bool, Changes], None]) -> None:
        tell(False, changes)
        while True:
            index_paths(place.files, data=place.data, prune=True)
            tell(True, changes)

    told(work, seconds, place.promises)


def publishing(place: Place, seconds: float) -> None:
    """Kill who writes, deletes and publishes."""

    def work(tell: Callable[[bool, Changes], None]) -> None:
        with Ingest(writer_of(place.data), HashEmbedder(), identifier()) as ingest, Catalog.open(place.data) as catalog:
            while True:
                changes = place.changes()
                tell(False, changes)
                write(ingest, changes)
                tell(True, changes)
                publish(catalog, place.data)

    told(work, seconds, place.promises)


def copying(place: Place, seconds: float) -> None:
    """Kill who takes snapshots."""

    def work(_: Callable[[bool, Changes], None]) -> None:
        while True:
            snapshot(place.data, place.snapshot, force=True)

    told(work, seconds, place.promises)


# --- what is left


def _restored(file: Path, folder: Path) -> None:
    if file.exists():
        restore(file, folder, force=True)
        assert examine(folder).problems == []


def _survey(place: Place, kind: str) -> dict[str, str]:
    """Return what `examined` does, found by a process that may have threads."""
    found = place.files.parent / "found.json"

    def work() -> None:
        found.write_text(json.dumps(examined(place.data)), encoding="utf-8")
        if kind == "copying":
            _restored(place.snapshot, place.files.parent / "back")

    _, status = os.waitpid(fork(work), 0)
    assert status == 0, "what was left is not sound"
    texts: dict[str, str] = json.loads(found.read_text(encoding="utf-8"))
    return texts


def main(folder: Path, rounds: int, seed: int) -> None:
    """Kill `rounds` times."""
    random = Random(seed)  # noqa: S311 - for the same rounds again
    place = Place(folder / "data", folder / "files", folder / "news.sqlite", random, Promises())
    place.files.mkdir()
    (place.files / "f0.txt").write_text("Le pont rouvre.", encoding="utf-8")
    os.waitpid(fork(lambda: index_paths(place.files, data=place.data)), 0)
    place.promises.keep({"f0": "Le pont rouvre."})
    kinds = (over_http, over_http, indexing, publishing, copying)
    met = Counter[str]()
    for number in range(rounds):
        kill = kinds[number % len(kinds)]
        kill(place, random.random() * _LONGEST)
        met[kill.__name__] += 1
        broken = place.promises.broken(_survey(place, kill.__name__))
        assert not broken, f"round {number}, {kill.__name__}: {broken}"
    print(json.dumps(met))  # noqa: T201 - for whoever started it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
