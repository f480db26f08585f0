"""An archive opened for reading: the catalog with the newest generation of its vectors."""

import logging
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from index import generation
from index.catalog import Catalog
from index.centre import Centre
from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError
from index.generation import Generation
from index.model import Model

GENERATIONS = "generations"
_LOCK = "writing.lock"
_log = logging.getLogger("newsqa")


class Archive:
    """What a process needs to answer. One thread at a time; close it, or use it as a context manager."""

    def __init__(self, data: Path) -> None:
        """Open the archive of a data folder. Vectors that are missing, stale or damaged are indexed again.

        Raises:
            NoArchive: there is none.
            ArchiveDamaged: its catalog cannot be read.
        """
        self.data = data
        self.catalog = Catalog.open(data)
        try:
            self.model: Model = self.catalog.model
            self.centre = Centre.of(self.model)
            self.generation = current_generation(self.catalog, data)
        except BaseException:
            self.catalog.close()
            raise

    def refresh(self) -> None:
        """Take up a generation that has been published since."""
        newest = generation.latest(self.data / GENERATIONS)
        if newest is not None and newest > self.generation.revision:
            # If it goes away or is unsound, the one at hand goes on answering.
            with suppress(ArchiveDamaged):
                self.generation = generation.read(self.data / GENERATIONS, newest, self.model)

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_lock(data: Path, wait: float = 0) -> FileLock:
    """Return the lock that a writer holds, taken already, after waiting for at most `wait` seconds.

    Raises:
        ArchiveBusy: another process has it.
        ArchiveError: the folder cannot be written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = FileLock(data / _LOCK)
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise ArchiveBusy(f"{data}: another newsqa is indexing there: wait until it has finished") from error
    except OSError as error:
        raise ArchiveError(
            f"{data}: not writable ({error.strerror}): set NEWSQA_DATA or --data to a folder that is"
        ) from error
    return lock


def current_generation(catalog: Catalog, data: Path) -> Generation:
    """Return the generation of the catalog's revision, from disk if it is sound, else made again and published."""
    model = catalog.model
    try:
        return generation.read(data / GENERATIONS, catalog.revision, model)
    except ArchiveDamaged:
        made = Generation.build(*catalog.vectors(), Centre.of(model))
    try:
        with write_lock(data):
            made.publish(data / GENERATIONS, model)
    except ArchiveError as error:
        # A process is indexing and will publish its own, or the folder is read-only: what is in memory will do.
        _log.info("index not published: %s", error)
    return made
