"""Whenever a writer is killed, nothing that was acknowledged is lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.rounds import rounds


@pytest.mark.timeout(36_000)
def test_whoever_is_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    count = rounds(10, 1000)
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.torture.kill", str(tmp_path), str(count), "1"]
    ran = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-5000:]
    assert sum(json.loads(ran.stdout).values()) == count
