"""Runs one system of the race, in the environment of that system: `python -P child.py ADAPTER`.

Needs only the standard library. An adapter is a file with a class `Adapter(model, data)`, which takes the folder of the
model and a folder for the data of the system. It has `packages` (names of distributions whose versions are reported),
`filters` (of `language` and `outlet`, those that it can apply) and these methods:

- `prepare()` loads what `index` needs to embed, where `__init__` does not;
- `index(passages, vectors)` indexes and saves; a passage is an object with `id`, `title`, `text`, `language` and
  `outlet`; `vectors` is a file of numpy with a row for each passage, or None if the system has to embed;
- `open()` opens what was saved;
- `ask(question, k, filters)` returns the ids of the `k` best passages, best first; `filters` has a value by name;
- `embed(passages, file)` writes their vectors, only in the baseline;
- `service`, the process of a service that the adapter started, or None; `close()` stops it.

The protocol: one JSON object per line and direction. A command is `{"do": name, ...}` with `load`, `prepare`,
`index`, `open`, `ask`, `embed` or `usage`; a reply has `seconds` and `cpu` of the command, or `error`. The end of the
input ends the process. With the variable RACE_CORES it uses that many cores.
"""

import importlib.util
import json
import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TextIO


def main() -> None:
    """Read commands from standard input until it ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no reply
    if cores := int(os.environ.get("RACE_CORES", "0")):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    runner = _Runner(Path(sys.argv[1]))
    try:
        for line in sys.stdin:
            _reply(replies, runner.run(json.loads(line)))
    finally:
        runner.close()


def _reply(replies: TextIO, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


class _Runner:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._adapter: Any = None

    def run(self, command: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to a command."""
        began, cpu = time.perf_counter(), self._cpu()
        try:
            reply: dict[str, Any] = getattr(self, f"_{command.pop('do')}")(**command)
        except Exception as error:  # noqa: BLE001 - whatever a system raises, the race names it and goes on
            return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:500]}
        return reply | {"seconds": time.perf_counter() - began, "cpu": self._cpu() - cpu}

    def close(self) -> None:
        """Stop the service of the adapter, if it has one."""
        if self._adapter is not None and hasattr(self._adapter, "close"):
            self._adapter.close()

    def _load(self, model: str, data: str) -> dict[str, Any]:
        spec = importlib.util.spec_from_file_location("race_adapter", self._file)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self._file} is not a module")
        module = importlib.util.module_from_spec(spec)
        sys.modules["race_adapter"] = module
        spec.loader.exec_module(module)
        Path(data).mkdir(parents=True, exist_ok=True)
        self._adapter = module.Adapter(model, data)
        return {"versions": dict(_versions(self._adapter.packages)), "filters": list(self._adapter.filters)}

    def _prepare(self) -> dict[str, Any]:
        if hasattr(self._adapter, "prepare"):
            self._adapter.prepare()
        return {}

    def _index(self, passages: str, vectors: str | None) -> dict[str, Any]:
        self._adapter.index(_read(passages), vectors)
        return {}

    def _embed(self, passages: str, to: str) -> dict[str, Any]:
        self._adapter.embed(_read(passages), to)
        return {}

    def _open(self) -> dict[str, Any]:
        self._adapter.open()
        return {}

    def _ask(self, question: str, k: int, filters: dict[str, str]) -> dict[str, Any]:
        return {"ids": self._adapter.ask(question, k, filters)}

    def _usage(self) -> dict[str, Any]:
        """Return the CPU seconds so far and the resident memory, now and at its peak, in bytes."""
        memory = [_memory(process) for process in self._processes()]
        return {"used": self._cpu(), "memory": sum(now for now, _ in memory), "peak": sum(peak for _, peak in memory)}

    def _cpu(self) -> float:
        return sum(time.clock_gettime(_clock(process)) for process in self._processes())

    def _processes(self) -> list[int]:
        service = getattr(self._adapter, "service", None)
        return [os.getpid(), *([service] if service else [])]


def _clock(process: int) -> int:
    """Return the clock of the CPU time of a process, as clock_getcpuclockid(3) does on Linux."""
    return (~process << 3) | 2


def _memory(process: int) -> tuple[int, int]:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    values = dict(line.split(":", 1) for line in lines)
    return int(values["VmRSS"].split()[0]) * 1024, int(values["VmHWM"].split()[0]) * 1024


def _read(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _versions(packages: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for package in packages:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    main()
