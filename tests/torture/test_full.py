"""When the disk is full, the error says what to do, and nothing is lost."""

from pathlib import Path

import pytest

from tests.torture.alone import count_outcomes
from tests.torture.rounds import WHOLE


@pytest.mark.timeout(36_000)
@pytest.mark.usefixtures("strace")
def test_a_full_disk_at_any_write_loses_nothing(tmp_path: Path) -> None:
    counts = count_outcomes("full", tmp_path, 1 if WHOLE else 8)
    assert counts["refused"] > 10
