"""An archive opened for reading: the catalog, the newest sound generation, and what has been written since."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from index import generation
from index.catalog import Catalog
from index.centre import Centre
from index.closing import Closing
from index.durable import make_folder
from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, OtherModel
from index.generation import Generation
from index.recent import Searchable
from index.tokens import Codec

GENERATIONS = "generations"

_WRITING, _PUBLISHING = "writing.lock", "publishing.lock"
_PUBLISH_WAIT = 60.0  # seconds; another process may be writing a large generation
_FEW = 256  # passages that may be searched beside a generation, or a twentieth of what it has if that is more
_log = logging.getLogger("newsqa")


class Archive(Closing):
    """What a process needs to answer. One thread at a time; close it, or use it as a context manager."""

    def __init__(self, data: Path) -> None:
        """Open the archive of a data folder. A generation is made if none is sound, or if much has been written since.

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
            self.searchable = Searchable(self._opened())
            self.newer: Generation | None = None
            """What another thread may set for the next question to take up."""
            self.refresh()
        except BaseException:
            self.catalog.close()
            raise

    @property
    def generation(self) -> Generation:
        """The generation in use."""
        return self.searchable.generation

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Take up what has been written, and see the archive as it is now until the end of the block.

        Raises:
            ArchiveError: the archive has gone, or another one lies in its place.
        """
        if self.catalog.replaced():
            self._reopen()
        with self.catalog.reading():
            self._catch_up()
            yield

    def refresh(self) -> None:
        """Take up what has been written.

        Raises:
            ArchiveError: the archive has gone, or another one lies in its place.
        """
        with self.reading():
            pass

    def _reopen(self) -> None:
        """Open what lies in the data folder now, if it was made with the same model."""
        new = Archive(self.data)
        if not new.model.same_vectors(self.model):
            new.close()
            raise OtherModel(f"{self.data}: made again with the model {new.model.identity}: start newsqa serve again")
        self.catalog.close()
        self.catalog, self.searchable = new.catalog, new.searchable

    def _catch_up(self) -> None:
        newer = self.newer
        if newer is not None and newer.revision > self.generation.revision and self.catalog.has_been(newer.state):
            self.searchable.rebase(newer)
        state, searchable = self.catalog.state, self.searchable
        if state == searchable.state:
            return
        if not self.catalog.has_been(searchable.state):  # an older copy has been put back, or it was long ago
            searchable = self.searchable = Searchable(self._opened())
        alive = self.catalog.numbers_after(searchable.generation.last)
        searchable.catch_up(self.catalog.content(searchable.last), alive, self.centre)

    def _opened(self) -> Generation:
        found = usable(self.catalog, self.data, self.centre)
        if found is not None and not lags(found, self.catalog):
            return found
        made = Generation.build(self.catalog.content(), self.centre)
        try:
            _publish(made, self.catalog, self.data, self.centre, wait=0)
        except ArchiveError as error:
            # Another process is publishing, or the folder is read-only: what is in memory will do.
            _log.info("index not published: %s", error)
        return made

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()


def write_lock(data: Path, wait: float = 0) -> AbstractContextManager[object]:
    """Return the lock of who writes more than whole articles, taken after waiting for at most `wait` seconds.

    An update keeps vectors before the passages that use them, and unused vectors are deleted: not both at once. An
    article that is kept in one transaction with its vectors needs no lock.

    Raises:
        ArchiveBusy: another process has it.
        ArchiveError: the folder cannot be written.
    """
    return _lock(data, _WRITING, wait)


def _lock(data: Path, name: str, wait: float) -> AbstractContextManager[object]:
    try:
        make_folder(data)
        return FileLock(data / name).acquire(timeout=wait)
    except Timeout as error:
        raise ArchiveBusy(f"{data}: another newsqa is indexing there: wait until it has finished") from error
    except OSError as error:
        raise ArchiveError(
            f"{data}: not writable ({error.strerror}): set NEWSQA_DATA or --data to a folder that is"
        ) from error


def lags(generation: Generation, catalog: Catalog) -> bool:
    """Tell whether so much has been written since a generation that another one is worth making."""
    return len(catalog.numbers_after(generation.last)) > max(_FEW, len(generation.vectors) // 20)


def publish(catalog: Catalog, data: Path) -> Generation:
    """Publish a generation of the catalog's state, unless there is one; return it.

    Raises:
        ArchiveError: it cannot be written.
    """
    centre = Centre.of(catalog.model)
    found = usable(catalog, data, centre)
    if found is not None and found.state == catalog.state:
        return found
    made = Generation.build(catalog.content(), centre)
    _publish(made, catalog, data, centre, _PUBLISH_WAIT)
    return made


def _publish(made: Generation, catalog: Catalog, data: Path, centre: Centre, wait: float) -> None:
    with _lock(data, _PUBLISHING, wait):
        if usable(catalog, data, centre, after=made.revision - 1) is None:  # nobody was faster
            made.publish(data / GENERATIONS, catalog.model, centre)


def usable(catalog: Catalog, data: Path, centre: Centre, after: int = -1) -> Generation | None:
    """Return the newest sound generation of a state that the catalog has been in, of a revision `after` one."""
    model = catalog.model
    for revision in generation.published(data / GENERATIONS):
        if after < revision <= catalog.revision:
            with suppress(ArchiveDamaged):
                found = generation.read(data / GENERATIONS, revision, model, centre)
                if catalog.has_been(found.state):
                    return found
    return None
