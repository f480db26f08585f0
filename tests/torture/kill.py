"""Kills processes that write to an archive, at random moments, and examines the remaining archive.

This is a separate process without threads, with all modules loaded: it forks for work that may start threads.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from index.ingest import Ingest
from index.local.catalog import Catalog
from index.local.doctor import examine
from index.local.publish import publish
from index.local.snapshot import restore, snapshot
from tests.fakes import HashEmbedder, identifier, index_paths, writer_of
from tests.torture.killed import Scene, fork, kill_writer, killed_process
from tests.torture.killed_service import long_writes, over_http
from tests.torture.promises import Changes, Promises, examined, write

_MAX_DELAY = 0.4  # seconds until the kill
_REPORTED = 50  # rounds
_FILES = 12  # articles

# --- the killed processes


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

    def work() -> None:
        while True:
            snapshot(scene.data, scene.snapshot, force=True)

    with killed_process(work, seconds):
        pass


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
    kinds = (over_http, long_writes, indexing, publishing, copying, long_writes)
    counts = Counter[str]()
    for number in range(rounds):
        kill = kinds[number % len(kinds)]
        kill(scene, random.random() * _MAX_DELAY)
        counts[kill.__name__] += 1
        broken = scene.promises.broken(_survey(scene, kill.__name__))
        assert not broken, f"round {number}, {kill.__name__}: {broken}"
        if number % _REPORTED == 0:
            print(number, scene.answers, file=sys.stderr, flush=True)  # noqa: T201 - how far it is
    print(json.dumps({"kills": counts, "answers": scene.answers}))  # noqa: T201 - for the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
