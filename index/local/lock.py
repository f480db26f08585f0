"""The two locks of a data folder: one for updates, one for publishing."""

from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, Timeout

from index.errors import ArchiveBusy, ArchiveError
from index.files import make_folder

_WRITING, _PUBLISHING = "writing.lock", "publishing.lock"


def write_lock(data: Path, wait: float = 0) -> AbstractContextManager[object]:
    """Return the lock for more than single articles, acquired; waits at most `wait` seconds, forever if negative.

    An update stores vectors before the passages that use them, and unused vectors are deleted: not both at once. An
    article that is stored with its vectors in one transaction needs no lock.

    Raises:
        ArchiveBusy: another process holds it.
        ArchiveError: the folder cannot be written.
    """
    return _acquired(data, _WRITING, wait)


def publish_lock(data: Path, wait: float = 0) -> AbstractContextManager[object]:
    """Return the lock for publishing a generation, acquired. Waits and raises as `write_lock`."""
    return _acquired(data, _PUBLISHING, wait)


def _acquired(data: Path, name: str, wait: float) -> AbstractContextManager[object]:
    try:
        make_folder(data)
        return FileLock(data / name).acquire(timeout=wait)
    except Timeout as error:
        raise ArchiveBusy(f"{data}: another newsqa is indexing there: wait until it has finished") from error
    except OSError as error:
        raise ArchiveError(
            f"{data}: not writable ({error.strerror}): set NEWSQA_DATA or --data to a folder that is"
        ) from error
