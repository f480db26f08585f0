"""Requirements of these tests on the machine."""

import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def strace() -> str:
    """The path of strace, which traces system calls."""
    path = shutil.which("strace")
    if not path or subprocess.run([path, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is missing or has no permission: tests of power failures and full disks are skipped")
    return path
