"""The systems of the race, and the processes that they run in."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any

from eval.errors import EvaluationError

_FOLDER = Path(__file__).parent
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
_MAX_END = 60.0  # seconds that a process may take to end
_PEER_VARIABLES = {
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "ALLOW_RESOLVE_TRANSFORM": "True",  # of txtai: it finds the function of our adapter by name
    "TOKENIZERS_PARALLELISM": "false",
}


class SystemStopped(EvaluationError):
    """A system failed or took too long; the race leaves it out and goes on."""


@dataclass(frozen=True, slots=True)
class RaceSystem:
    """A system of the race."""

    name: str
    adapter: Path
    packages: tuple[str, ...] = ()  # to install for a peer; none for newsqa, which runs in this environment

    @property
    def is_peer(self) -> bool:
        """Whether it runs in the environment of the peers."""
        return bool(self.packages)


def _system(name: str, adapter: str, *packages: str) -> RaceSystem:
    return RaceSystem(name, _FOLDER / "adapters" / f"{adapter}.py", packages)


NEWSQA = _system("newsqa", "newsqa")
OVER_HTTP = _system("newsqa over HTTP", "newsqa_http")
BASELINE = _system("sentence-transformers", "baseline", "sentence-transformers")
PEERS = (
    BASELINE,
    _system("txtai", "txtai", "txtai", "sentence-transformers"),
    _system("haystack", "haystack", "haystack-ai", "sentence-transformers-haystack"),
    _system("langchain", "langchain", "langchain-core", "langchain-community", "langchain-huggingface", "faiss-cpu"),
    _system(
        *("llama-index", "llama_index"),
        *("llama-index-core", "llama-index-vector-stores-faiss", "llama-index-embeddings-huggingface", "faiss-cpu"),
    ),
)
"""All but newsqa; `BASELINE` also makes the vectors that the others are given."""


class SystemProcess:
    """A system in a process of its own, see `eval.race.child` for the commands."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", log: Path, limit: float) -> None:
        """Talk to a process; a command may take `limit` seconds."""
        self._name, self._process, self._log, self._limit = name, process, log, limit
        self.began = time.perf_counter()
        """When it was started."""
        self.loaded: dict[str, Any] = {}
        """The reply to `load`: `versions` of packages, and the `filters` that the system can apply."""

    def run(self, command: str, **arguments: object) -> dict[str, Any]:
        """Return the reply to a command.

        Raises:
            SystemStopped: the system failed, ended or took too long.
        """
        timer = Timer(self._limit, self._process.kill)
        timer.start()
        try:
            _pipe(self._process.stdin).write(json.dumps({"do": command} | arguments) + "\n")
            _pipe(self._process.stdin).flush()
            line = _pipe(self._process.stdout).readline()
        except OSError:
            line = ""
        finally:
            timed_out = not timer.is_alive()
            timer.cancel()
        if not line:
            reason = f"no reply within {self._limit:.0f} s" if timed_out else "its process ended"
            raise SystemStopped(f"{self._name}: {command}: {reason}: see {self._log}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise SystemStopped(f"{self._name}: {command}: {reply['error']}")
        return reply


@contextmanager
def started(
    system: RaceSystem,
    python: Path,
    model: Path,
    data: Path,
    log: Path,
    *,
    cores: int | None = None,
    limit: float = 3600,
) -> Iterator[SystemProcess]:
    """Start a system with the Python of its environment, and load it; it ends with the block.

    What it prints is in `log`. It uses `cores` cores and threads, or as many as it likes.

    Raises:
        SystemStopped: it does not load.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [str(python), "-P", str(_FOLDER / "child.py"), str(system.adapter)],
            env=_environment(os.environ, system, cores),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        child = SystemProcess(system.name, process, log, limit)
        try:
            child.loaded = child.run("load", model=str(model.resolve()), data=str(data.resolve()))
            yield child
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """Wait until the end of its input has ended a process, but not for long."""
    try:
        process.communicate(timeout=_MAX_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def python_of(system: RaceSystem, environment: Path) -> Path:
    """Return the Python that runs a system."""
    return environment / "bin" / "python" if system.is_peer else Path(sys.executable)


def _environment(variables: Mapping[str, str], system: RaceSystem, cores: int | None) -> dict[str, str]:
    chosen = dict(variables) | (_PEER_VARIABLES if system.is_peer else {})
    if system.is_peer:
        chosen.pop("PYTHONPATH", None)  # their environment is theirs alone
    if cores:
        chosen |= dict.fromkeys(_THREADS, str(cores)) | {"RACE_CORES": str(cores)}
    return chosen


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ValueError("not a pipe")
    return stream
