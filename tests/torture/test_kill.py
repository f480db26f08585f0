"""When a writer is killed, no acknowledged change is lost, and none that was refused is made."""

import json
from pathlib import Path

import pytest

from tests.torture.alone import run_module
from tests.torture.rounds import rounds
from tests.torture.served import report


@pytest.mark.timeout(36_000)
def test_a_kill_at_any_moment_loses_no_acknowledged_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = rounds(6, 1000)
    outcome = json.loads(run_module("kill", tmp_path, count, 1))
    report(capsys, f"kills: {outcome['kills']}, answers: {outcome['answers']}")
    assert sum(outcome["kills"].values()) == count
