"""A part of torture that forks, and so runs in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def alone(module: str, *arguments: object, before: tuple[str, ...] = ()) -> str:
    """Run a module of this folder to its good end; return what it prints."""
    command = [*before, sys.executable, "-m", f"tests.torture.{module}", *map(str, arguments)]
    ran = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-5000:]
    return ran.stdout


def met(module: str, *arguments: object) -> dict[str, int]:
    """Run a module to its good end; return what it met, and how often."""
    found: dict[str, int] = json.loads(alone(module, *arguments))
    return found
