"""What torture needs of the machine."""

import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def strace() -> str:
    """The program that tells what another one writes."""
    found = shutil.which("strace")
    if not found or subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace is not there, or may not trace: no loss of power is tried, and no disk filled")
    return found
