"""After a power failure, acknowledged changes exist; a change in progress exists completely or not at all."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from index.local.catalog import FILE
from index.local.doctor import examine
from index.local.generation import GENERATIONS
from index.local.snapshot import restore
from qa.service.keys import Keys
from tests.torture import disk
from tests.torture.alone import run_module
from tests.torture.promises import Promises, examined
from tests.torture.rounds import rounds


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory, strace: str) -> Path:
    """The folder with the trace of all system calls of `written.py`."""
    folder = tmp_path_factory.mktemp("trace")
    for name in ("disk", "files"):
        (folder / name).mkdir()
    options = ("--seccomp-bpf", "-f", "-y", "-xx", "-s", "9999999", "-e", f"trace={disk.SYSCALLS}")
    paths = [folder / "disk" / "data", folder / "files", folder / "promises"]
    run_module("written", *paths, prefix=(strace, *options, "-o", str(folder / "trace")))
    return folder


def _replayed(trace: Path) -> Iterator[tuple[disk.Disk, Promises]]:
    """Yield the disk after each change, with the promises at that time."""
    simulated, promises = disk.Disk(str(trace / "disk")), Promises()
    log = f"<{trace / 'promises'}>"
    for name, arguments, result in disk.calls(trace / "trace"):
        if name == "write" and disk.decoded(arguments[0]).endswith(log):
            done, changes = json.loads(disk.content(arguments[1]))
            (promises.keep if done else promises.begin)(changes)
        elif simulated.replay(name, arguments, result):
            yield simulated, promises


def test_the_trace_has_every_write(trace: Path) -> None:
    for simulated, promises in _replayed(trace):
        last, kept = simulated, promises
    files = {
        file.relative_to(trace / "disk").as_posix(): file.read_bytes()
        for file in (trace / "disk").rglob("*")
        if file.is_file() and not file.name.endswith("-shm")  # shared memory, recreated when the archive is opened
    }
    assert {name: content for name, content in last.files().items() if not name.endswith("-shm")} == files
    assert len(kept.kept) > 20
    assert not kept.begun


def test_a_file_or_folder_that_is_renamed_keeps_its_name_before_anything_else_is_written(trace: Path) -> None:
    root, renamed = trace / "disk", ""
    then: dict[str, str] = {}  # the call after the renaming, by the name of what was renamed
    for name, arguments, _ in disk.calls(trace / "trace"):
        paths = [Path(path) for path in disk.named_paths(arguments)]
        if name in ("open", "openat", "lseek") or not paths or not paths[-1].is_relative_to(root):
            continue
        if renamed:
            then[renamed], renamed = f"{name} {paths[-1]}", ""
        # What is made aside, under a hidden name, need not last.
        if name.startswith("rename") and not any(part.startswith(".") for part in paths[-1].relative_to(root).parts):
            renamed = str(paths[-1])
    assert {"catalog.sqlite", "keys.json", "news.sqlite"} < {Path(name).name for name in then}
    assert any(Path(name).parent.name == GENERATIONS for name in then)
    assert then == {name: f"fsync {Path(name).parent}" for name in then}


@pytest.mark.timeout(36_000)
def test_after_a_power_failure_the_archive_opens_with_all_acknowledged_changes(trace: Path, tmp_path: Path) -> None:
    points = sum(1 for _ in _replayed(trace))
    count = rounds(12, 1000)
    random = Random(1)  # noqa: S311 - reproducible
    chosen = [round(number * (points - 1) / max(count - 1, 1)) for number in range(count)]
    for number, (simulated, promises) in enumerate(_replayed(trace)):
        for turn in range(chosen.count(number)):
            state = tmp_path / f"{number}-{turn}"
            for name, content in simulated.lose_power(random).items():
                (state / name).parent.mkdir(parents=True, exist_ok=True)
                (state / name).write_bytes(content)
            _check_state(state, copy.deepcopy(promises), f"point {number} of {points}, turn {turn}")
            shutil.rmtree(state, ignore_errors=True)


def _check_state(state: Path, promises: Promises, label: str) -> None:
    data = state / "data"
    if (data / FILE).exists():
        broken = promises.broken(examined(data))
        assert not broken, f"{label}: {broken}"
        Keys(data).all()
    else:
        assert not promises.kept, f"{label}: the archive is missing"
    if (state / "news.sqlite").exists():
        restore(state / "news.sqlite", state / "back")
        assert examine(state / "back").problems == []
