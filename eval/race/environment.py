"""The environment of the peers, apart from newsqa's: installed once, each peer by itself."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from eval.race.systems import RaceSystem

REQUIREMENTS = Path(__file__).with_name("requirements.txt")

Run = Callable[[list[str]], None]
"""Runs a command; raises `subprocess.CalledProcessError` or `OSError` if it fails."""


def install(systems: Sequence[RaceSystem], folder: Path, run: Run | None = None) -> dict[str, str]:
    """Install the peers among `systems` into `folder`, in the versions of `requirements.txt`; return the failures.

    A failure is a message by name of the system. What is installed is not installed again.
    """
    run = run or _run
    failures = {}
    for system in systems:
        marker = folder / f".{system.name}-{_digest(system)}"
        if not system.is_peer or marker.exists():
            continue
        try:
            if not (folder / "bin" / "python").exists():
                run([sys.executable, "-m", "venv", str(folder)])
            python = str(folder / "bin" / "python")
            run([python, "-m", "pip", "install", "-q", "-c", str(REQUIREMENTS), *system.packages])
        except subprocess.CalledProcessError as error:
            lines = (error.stderr or "").strip().splitlines() or [f"exit code {error.returncode}"]
            failures[system.name] = f"cannot be installed: {lines[-1]}"
        except OSError as error:
            failures[system.name] = f"cannot be installed: {error}"
        else:
            marker.touch()
    return failures


def _digest(system: RaceSystem) -> str:
    content = "\n".join([REQUIREMENTS.read_text(encoding="utf-8"), *system.packages])
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True)
