"""When a writer is killed, no acknowledged change is lost."""

from pathlib import Path

import pytest

from tests.torture.alone import count_outcomes
from tests.torture.rounds import rounds


@pytest.mark.timeout(36_000)
def test_a_kill_at_any_moment_loses_no_acknowledged_change(tmp_path: Path) -> None:
    count = rounds(10, 1000)
    assert sum(count_outcomes("kill", tmp_path, count, 1).values()) == count
