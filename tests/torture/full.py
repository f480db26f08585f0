"""Fills the disk before each write in turn, and examines what is left.

A process of its own, which has loaded everything and has no threads: it forks for whatever may have some.
"""

import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from socket import AF_UNIX, SOCK_SEQPACKET, socketpair

from index.errors import NewsqaError
from index.ingest import Ingest
from index.local.catalog import Catalog
from index.local.doctor import examine
from index.local.generation import publish
from index.local.snapshot import restore, snapshot
from qa.service.keys import Keys
from tests.fakes import HashEmbedder, identifier, index_paths, write_files, writer_of
from tests.torture.kill import fork
from tests.torture.promises import Changes, Promises, examined, write

_WRITING = "write,pwrite64,ftruncate,fallocate,sendfile,mkdir"
_KEPT: Changes = {"f1": "Le pont rouvre lundi.", "f2": "La grue du port est tombée."}
_WRITTEN: Changes = {"f1": "Le pont reste fermé.", "f3": "港口重新开放。" * 200, "f4": "Il neige."}
_POSTED: Changes = {"a1": "La neige bloque le col. " * 60, "a2": "Il pleut. 🎉"}
_MOST = 2000  # writes of one job
_TRACEABLE = 0x59616D61  # PR_SET_PTRACER: by one that is no parent


def _ingest(folder: Path) -> None:
    with Ingest(writer_of(folder / "data"), HashEmbedder(), identifier()) as ingest:
        write(ingest, _POSTED)


def _index(folder: Path) -> None:
    index_paths(folder / "files", data=folder / "data")


def _publish(folder: Path) -> None:
    with Ingest(writer_of(folder / "data"), HashEmbedder(), identifier()) as ingest:
        write(ingest, _POSTED)
    with Catalog.open(folder / "data") as catalog:
        publish(catalog, folder / "data")


def _snapshot(folder: Path) -> None:
    snapshot(folder / "data", folder / "news.sqlite", force=True)


def _restore(folder: Path) -> None:
    restore(folder / "before.sqlite", folder / "data", force=True)


def _keys(folder: Path) -> None:
    Keys(folder / "data").create("lecteur", "read")


_JOBS: dict[Callable[[Path], None], Changes] = {
    _ingest: {key: text and text.strip() for key, text in _POSTED.items()},
    _index: _WRITTEN,
    _publish: {key: text and text.strip() for key, text in _POSTED.items()},
    _snapshot: {},
    _restore: {"f2": None},
    _keys: {},
}


def _made(folder: Path) -> None:
    """Make what every turn begins with."""
    index_paths(write_files(folder / "files", {"f1.txt": _KEPT["f1"] or ""}), data=folder / "data")
    snapshot(folder / "data", folder / "before.sqlite")
    index_paths(write_files(folder / "files", {"f2.txt": _KEPT["f2"] or ""}), data=folder / "data")
    Keys(folder / "data").create("premier", "admin")
    snapshot(folder / "data", folder / "news.sqlite")
    write_files(folder / "files", {f"{key}.txt": text or "" for key, text in _WRITTEN.items()})  # not indexed yet


def _full(job: Callable[[Path], None], folder: Path, number: int) -> tuple[bool, str | None]:
    """Do a job on a disk that is full from a write on; tell whether it came to that, and what was said."""
    here, there = socketpair(AF_UNIX, SOCK_SEQPACKET)

    def work() -> None:
        ctypes.CDLL(None).prctl(_TRACEABLE, ctypes.c_ulong(-1))
        there.recv(1)
        told = ""
        try:
            job(folder)
        except NewsqaError as error:
            told = str(error)
        except BaseException:  # noqa: BLE001 - whatever it is, it is told
            told = traceback.format_exc()
        there.send(b"!" + told.encode())  # nothing that is written
        os._exit(0)

    child = fork(work)
    trace = folder / "trace"
    command = ["strace", "-f", "-o", str(trace), "-e", f"trace={_WRITING}"]
    command += ["-e", f"inject={_WRITING}:error=ENOSPC:when={number}+", "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr
        assert "attached" in (line := tracer.stderr.readline()), line
        here.send(b"!")
        there.close()
        said = here.recv(100_000).decode()
        _, status = os.waitpid(child, 0)
        tracer.stderr.read()
    here.close()
    assert said.startswith("!"), f"write {number}: it ended with {os.waitstatus_to_exitcode(status)}"
    return "(INJECTED)" in trace.read_text(encoding="utf-8", errors="replace"), said[1:] or None


def _examined(folder: Path, changes: Changes, *, done: bool) -> None:
    promises = Promises()
    promises.keep(dict(_KEPT))
    (promises.keep if done else promises.begin)(changes)
    broken = promises.broken(examined(folder / "data"))
    assert not broken, broken
    assert "premier" in {key.name for key in Keys(folder / "data").all()}
    restore(folder / "news.sqlite", folder / "back")
    assert examine(folder / "back").problems == []
    left = [path.name for path in (*folder.iterdir(), *(folder / "data").iterdir()) if path.name.startswith(".")]
    assert not left, left


def main(folder: Path, step: int) -> None:
    """Do each job with the disk full from its first write on, then from a later one, `step` times as late."""
    turn = folder / "turn"  # always there, since articles are known by the place of their files
    os.waitpid(fork(lambda: _made(turn)), 0)
    turn.rename(folder / "made")
    met = Counter[str]()
    for job, changes in _JOBS.items():
        number = 1
        while number < _MOST:
            shutil.copytree(folder / "made", turn)
            came, said = _full(job, turn, number)
            place = f"{job.__name__}, write {number}"
            assert said is None or re.fullmatch(r"[^\n]*free (?:disk )?space[^\n]*", said), f"{place}: {said}"
            _, status = os.waitpid(fork(partial(_examined, turn, changes, done=said is None)), 0)
            assert status == 0, f"{place}: {said}"
            shutil.rmtree(turn)
            if not came:
                break
            met["refused" if said else "done all the same"] += 1
            number = number + 1 if step == 1 else number * step
    print(json.dumps(met))  # noqa: T201 - for whoever started it


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
