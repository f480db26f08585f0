"""Temporary folders that are deleted even if the process that made them was killed."""

import fcntl
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from index.errors import ArchiveError


@contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """Create a private folder next to `target` for the block; delete it afterwards, with leftovers of killed processes.

    A process locks its folder, so that two processes with one target do not take each other's folder for a leftover.

    Raises:
        ArchiveError: the folder of `target` cannot be written.
    """
    prefix = f".{target.name}-newsqa-"
    try:
        for leftover in target.parent.glob(f"{glob.escape(prefix)}*"):
            with suppress(OSError), _locked(leftover):
                shutil.rmtree(leftover, ignore_errors=True)
        with ExitStack() as stack:
            folder = None
            while folder is None or not folder.exists():  # deleted by another process before it was locked
                folder = Path(mkdtemp(prefix=prefix, dir=target.parent))
                with suppress(OSError):
                    stack.enter_context(_locked(folder))
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ArchiveError(
            f"{target}: cannot be written ({error.strerror or error}): "
            "free space, or choose an existing, writable folder"
        ) from error


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder for the block.

    Raises:
        OSError: another process has locked or deleted it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
