"""The two locks of a data folder: one for updates, one for publishing."""

from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import ArchiveBusy, ArchiveError
from index.files import PRIVATE_FILE, make_folder

_WRITING, _PUBLISHING = "writing.lock", "publishing.lock"


def write_lock(data: Path, wait: float = 0) -> AbstractContextManager[object]:
    """Acquire the lock for updates; wait at most `wait` seconds, or without limit if negative.

    An update stores vectors before the passages that use them; the lock prevents their deletion as unused vectors.
    Storing articles together with their vectors in one transaction needs no lock.

    Raises:
        ArchiveBusy: another process holds it.
        ArchiveError: the folder cannot be written.
    """
    return _acquire(data, _WRITING, wait)


def publish_lock(data: Path, wait: float = 0) -> AbstractContextManager[object]:
    """Acquire the lock for publishing a generation. Waits and raises as `write_lock`."""
    return _acquire(data, _PUBLISHING, wait)


def _acquire(data: Path, name: str, wait: float) -> AbstractContextManager[object]:
    try:
        make_folder(data)
        return FileLock(data / name, mode=PRIVATE_FILE).acquire(timeout=wait)
    except Timeout as error:
        raise ArchiveBusy(f"{data}: another newsqa is indexing there: wait until it has finished") from error
    except OSError as error:
        raise ArchiveError(
            f"{data}: not writable ({error.strerror}): set NEWSQA_DATA or --data to a folder that is"
        ) from error
