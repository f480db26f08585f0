"""Whenever the disk is full, it is said what to do, and nothing is lost."""

from pathlib import Path

import pytest

from tests.torture.alone import met
from tests.torture.rounds import WHOLE


@pytest.mark.timeout(36_000)
@pytest.mark.usefixtures("strace")
def test_a_disk_that_is_full_at_any_write_harms_nothing(tmp_path: Path) -> None:
    found = met("full", tmp_path, 1 if WHOLE else 8)
    assert found["refused"] > 10
