"""Whenever the power fails, what was acknowledged is there; what was being written is there whole or not at all."""

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
from tests.torture.alone import alone
from tests.torture.promises import Promises, examined
from tests.torture.rounds import rounds


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory, strace: str) -> Path:
    """The folder of a trace of all that was done to an archive."""
    folder = tmp_path_factory.mktemp("trace")
    for name in ("disk", "files"):
        (folder / name).mkdir()
    options = ("--seccomp-bpf", "-f", "-y", "-xx", "-s", "9999999", "-e", f"trace={disk.SYSCALLS}")
    paths = [folder / "disk" / "data", folder / "files", folder / "told"]
    alone("written", *paths, before=(strace, *options, "-o", str(folder / "trace")))
    return folder


def _replayed(trace: Path) -> Iterator[tuple[disk.Disk, Promises]]:
    """Give the disk after each change of it, with what was promised by then."""
    seen, promises = disk.Disk(str(trace / "disk")), Promises()
    told = f"<{trace / 'told'}>"
    for name, arguments, result in disk.calls(trace / "trace"):
        if name == "write" and disk.decoded(arguments[0]).endswith(told):
            done, changes = json.loads(disk.content(arguments[1]))
            (promises.keep if done else promises.begin)(changes)
        elif seen.replay(name, arguments, result):
            yield seen, promises


def test_the_trace_has_all_that_was_written(trace: Path) -> None:
    for seen, promises in _replayed(trace):
        last, kept = seen, promises
    there = {
        file.relative_to(trace / "disk").as_posix(): file.read_bytes()
        for file in (trace / "disk").rglob("*")
        if file.is_file() and not file.name.endswith("-shm")  # memory that is shared, and made again
    }
    assert {name: content for name, content in last.files().items() if not name.endswith("-shm")} == there
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
def test_whenever_power_fails_the_archive_opens_and_has_all_that_was_acknowledged(trace: Path, tmp_path: Path) -> None:
    points = sum(1 for _ in _replayed(trace))
    count = rounds(12, 1000)
    random = Random(1)  # noqa: S311 - for the same again
    chosen = [round(number * (points - 1) / max(count - 1, 1)) for number in range(count)]
    for number, (seen, promises) in enumerate(_replayed(trace)):
        for turn in range(chosen.count(number)):
            state = tmp_path / f"{number}-{turn}"
            for name, content in seen.lose_power(random).items():
                (state / name).parent.mkdir(parents=True, exist_ok=True)
                (state / name).write_bytes(content)
            _sound(state, copy.deepcopy(promises), f"point {number} of {points}, turn {turn}")
            shutil.rmtree(state, ignore_errors=True)


def _sound(state: Path, promises: Promises, place: str) -> None:
    data = state / "data"
    if (data / FILE).exists():
        broken = promises.broken(examined(data))
        assert not broken, f"{place}: {broken}"
        Keys(data).all()
    else:
        assert not promises.kept, f"{place}: the archive has gone"
    if (state / "news.sqlite").exists():
        restore(state / "news.sqlite", state / "back")
        assert examine(state / "back").problems == []
