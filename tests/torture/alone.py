"""Runs the modules of this folder that fork in a separate process."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_module(module: str, *arguments: object, prefix: tuple[str, ...] = ()) -> str:
    """Run a module of this folder, expect success and return its output; `prefix` is a tracer with its options."""
    command = [*prefix, sys.executable, "-m", f"tests.torture.{module}", *map(str, arguments)]
    completed = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert completed.returncode == 0, completed.stderr[-5000:]
    return completed.stdout


def count_outcomes(module: str, *arguments: object) -> dict[str, int]:
    """Run a module, expect success and return how often each outcome occurred."""
    counts: dict[str, int] = json.loads(run_module(module, *arguments))
    return counts
