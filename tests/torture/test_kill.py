"""Whenever a writer is killed, nothing that was acknowledged is lost."""

from pathlib import Path

import pytest

from tests.torture.alone import met
from tests.torture.rounds import rounds


@pytest.mark.timeout(36_000)
def test_whoever_is_killed_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    count = rounds(10, 1000)
    assert sum(met("kill", tmp_path, count, 1).values()) == count
