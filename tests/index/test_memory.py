"""Freed memory is returned to the system."""

import ctypes
from pathlib import Path

import pytest

from index import memory


def _resident() -> int:
    """Return the memory of this process in kB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc")
def test_released_memory_is_returned_to_the_system() -> None:
    kept = [b"x" * 30_000 for _ in range(4000)]  # below the size that malloc returns itself
    last = b"x" * 30_000
    before = _resident()
    del kept
    memory.release()
    assert _resident() < before - 60_000
    assert last
