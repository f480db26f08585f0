"""Runs the installed command `newsqa`."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("newsqa")


def environment(**extra: str) -> dict[str, str]:
    """Return the environment of a command, without the data folder of the caller."""
    return {name: value for name, value in os.environ.items() if name != "NEWSQA_DATA"} | extra


def run(*arguments: str | Path, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    """Run the command; `extra` are environment variables."""
    return subprocess.run(
        [str(COMMAND), *map(str, arguments)],
        env=environment(**extra),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=240,
        check=False,
    )
