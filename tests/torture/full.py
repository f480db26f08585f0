"""Simulates a full disk before each write in turn, and examines the remaining archive.

This is a separate process without threads, with all modules loaded: it forks for work that may start threads.
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
from index.local.publish import publish
from index.local.snapshot import restore, snapshot
from qa.service.keys import Keys
from tests.fakes import HashEmbedder, identifier, index_paths, write_files, writer_of
from tests.torture.killed import fork
from tests.torture.promises import Changes, Promises, examined, write

_WRITE_CALLS = "write,pwrite64,ftruncate,fallocate,sendfile,mkdir"
_KEPT: Changes = {"f1": "Le pont rouvre lundi.", "f2": "La grue du port est tombée."}
_WRITTEN: Changes = {"f1": "Le pont reste fermé.", "f3": "港口重新开放。" * 200, "f4": "Il neige."}
_POSTED: Changes = {"a1": "La neige bloque le col. " * 60, "a2": "Il pleut. 🎉"}
_MAX_WRITES = 2000  # of one job
_PR_SET_PTRACER = 0x59616D61  # allows tracing by a process that is not the parent


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


def _prepare(folder: Path) -> None:
    """Create the archive that every turn starts with."""
    index_paths(write_files(folder / "files", {"f1.txt": _KEPT["f1"] or ""}), data=folder / "data")
    snapshot(folder / "data", folder / "before.sqlite")
    index_paths(write_files(folder / "files", {"f2.txt": _KEPT["f2"] or ""}), data=folder / "data")
    Keys(folder / "data").create("premier", "admin")
    snapshot(folder / "data", folder / "news.sqlite")
    write_files(folder / "files", {f"{key}.txt": text or "" for key, text in _WRITTEN.items()})  # not indexed yet


def _full(job: Callable[[Path], None], folder: Path, number: int) -> tuple[bool, str | None]:
    """Do a job on a disk that is full from the n-th write on; return whether a write failed, and the error message."""
    parent, child_end = socketpair(AF_UNIX, SOCK_SEQPACKET)

    def work() -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(-1))
        child_end.recv(1)
        message = ""
        try:
            job(folder)
        except NewsqaError as error:
            message = str(error)
        except BaseException:  # noqa: BLE001 - any error is reported to the parent
            message = traceback.format_exc()
        child_end.send(b"!" + message.encode())  # not one of the traced calls
        os._exit(0)

    child = fork(work)
    trace = folder / "trace"
    command = ["strace", "-f", "-o", str(trace), "-e", f"trace={_WRITE_CALLS}"]
    command += ["-e", f"inject={_WRITE_CALLS}:error=ENOSPC:when={number}+", "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr
        assert "attached" in (line := tracer.stderr.readline()), line
        parent.send(b"!")
        child_end.close()
        reply = parent.recv(100_000).decode()
        _, status = os.waitpid(child, 0)
        tracer.stderr.read()
    parent.close()
    assert reply.startswith("!"), f"write {number}: the process exited with {os.waitstatus_to_exitcode(status)}"
    return "(INJECTED)" in trace.read_text(encoding="utf-8", errors="replace"), reply[1:] or None


def _examine(folder: Path, changes: Changes, *, done: bool) -> None:
    promises = Promises()
    promises.keep(dict(_KEPT))
    (promises.keep if done else promises.begin)(changes)
    broken = promises.broken(examined(folder / "data"))
    assert not broken, broken
    assert "premier" in {key.name for key in Keys(folder / "data").all()}
    restore(folder / "news.sqlite", folder / "back")
    assert examine(folder / "back").problems == []
    temporary = [path.name for path in (*folder.iterdir(), *(folder / "data").iterdir()) if path.name.startswith(".")]
    assert not temporary, temporary


def main(folder: Path, step: int) -> None:
    """Do each job with the disk full from its first write on, then from a later one, `step` times as late."""
    turn = folder / "turn"  # the same path each time, because articles are identified by the paths of their files
    os.waitpid(fork(lambda: _prepare(turn)), 0)
    turn.rename(folder / "made")
    counts = Counter[str]()
    for job, changes in _JOBS.items():
        number = 1
        while number < _MAX_WRITES:
            shutil.copytree(folder / "made", turn)
            failed, message = _full(job, turn, number)
            label = f"{job.__name__}, write {number}"
            assert message is None or re.fullmatch(r"[^\n]*free (?:disk )?space[^\n]*", message), f"{label}: {message}"
            _, status = os.waitpid(fork(partial(_examine, turn, changes, done=message is None)), 0)
            assert status == 0, f"{label}: {message}"
            shutil.rmtree(turn)
            if not failed:
                break
            counts["refused" if message else "done"] += 1
            number = number + 1 if step == 1 else number * step
    print(json.dumps(counts))  # noqa: T201 - for `count_outcomes`


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
