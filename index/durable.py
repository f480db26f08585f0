"""What has been written survives a loss of power."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Make the operating system write a file, or the entries of a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
