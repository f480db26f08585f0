"""An archive opened for reading: the catalog with the newest generation of its vectors."""

import logging
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from index import generation
from index.catalog import Catalog
from index.centre import Centre
from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, OtherModel
from index.generation import Generation
from index.tokens import Codec

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
            self.model = self.catalog.model
            self.centre = Centre.of(self.model)
            self.codec = Codec(self.model)
            self.generation = self._current()
        except BaseException:
            self.catalog.close()
            raise

    def _reopen(self) -> None:
        """Open what lies in the data folder now, if it was made with the same model."""
        new = Archive(self.data)
        if not new.model.same_vectors(self.model):
            new.close()
            raise OtherModel(f"{self.data}: made again with the model {new.model.identity}: start newsqa serve again")
        self.catalog.close()
        self.catalog, self.generation = new.catalog, new.generation

    def refresh(self) -> None:
        """Take up what has been written since: a generation that was published, or what a writer left unpublished.

        Raises:
            ArchiveError: the archive has gone, or another one lies in its place.
        """
        if self.catalog.replaced():
            self._reopen()
        state = self.catalog.state
        if state == self.generation.state:
            return
        newest = generation.latest(self.data / GENERATIONS)
        if newest is not None and self.generation.revision < newest <= state.revision:
            # If it goes away or is unsound, the one at hand goes on answering.
            with suppress(ArchiveDamaged):
                found = generation.read(self.data / GENERATIONS, newest, self.model, self.centre)
                if found.state.archive == state.archive:
                    self.generation = found
        if self.generation.state != state:
            # A writer at work will publish; one that was killed has left that to us.
            with suppress(ArchiveError), write_lock(self.data):
                self.generation = publish(self.catalog, self.data)

    def _current(self) -> Generation:
        found = _published(self.catalog, self.data, self.centre)
        if found is not None:
            return found
        made = Generation.build(self.catalog.content(), self.centre)
        try:
            with write_lock(self.data):
                if _published(self.catalog, self.data, self.centre) is None:  # another reader may have been faster
                    made.publish(self.data / GENERATIONS, self.model, self.centre)
        except ArchiveError as error:
            # A process is indexing and will publish its own, or the folder is read-only: what is in memory will do.
            _log.info("index not published: %s", error)
        return made

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def write_lock(data: Path, wait: float = 0) -> AbstractContextManager[object]:
    """Return the writers' lock, taken after waiting for at most `wait` seconds; leave it as a context manager.

    Raises:
        ArchiveBusy: another process has it.
        ArchiveError: the folder cannot be written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        return FileLock(data / _LOCK).acquire(timeout=wait)
    except Timeout as error:
        raise ArchiveBusy(f"{data}: another newsqa is indexing there: wait until it has finished") from error
    except OSError as error:
        raise ArchiveError(
            f"{data}: not writable ({error.strerror}): set NEWSQA_DATA or --data to a folder that is"
        ) from error


def publish(catalog: Catalog, data: Path) -> Generation:
    """Publish the vectors of the catalog's state, unless they are; the writers' lock is held. Return them.

    Raises:
        ArchiveError: they cannot be written.
    """
    model = catalog.model
    centre = Centre.of(model)
    found = _published(catalog, data, centre)
    if found is None:
        found = Generation.build(catalog.content(), centre)
        found.publish(data / GENERATIONS, model, centre)
    return found


def _published(catalog: Catalog, data: Path, centre: Centre) -> Generation | None:
    state = catalog.state
    with suppress(ArchiveDamaged):
        found = generation.read(data / GENERATIONS, state.revision, catalog.model, centre)
        if found.state == state:
            return found
    return None
