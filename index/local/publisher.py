"""A thread that makes generations while others ask and write."""

import logging
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.errors import ArchiveBusy, ArchiveError
from index.local.catalog import Catalog, State
from index.local.generation import GENERATIONS, lags, publish, published, usable
from index.local.lock import write_lock
from index.local.writer import CatalogWriter

_LOOK = 0.5  # seconds between two looks at the catalog
_QUIET = 3.0  # seconds without a change after which even little is published
_PATIENCE = 60.0  # seconds to wait after a generation could not be made
_log = logging.getLogger("newsqa")

if TYPE_CHECKING:  # it opens publishers
    from index.local.archive import LocalArchive


class Publisher:
    """Keeps the generation of an archive near its catalog, as a context manager.

    Questions do not wait for it: what it lacks is searched beside it, and a new one is taken up by the next question.
    """

    def __init__(self, archive: "LocalArchive", quiet: float = _QUIET, look: float = _LOOK) -> None:
        """Watch over `archive`, every `look` seconds; publish after `quiet` seconds without a change."""
        self._archive = archive
        self._data, self._means = archive.data, archive.means
        self._quiet, self._pause = quiet, look
        self._newest = archive.generation
        self._stopped = Event()
        # A daemon, since the process may end while it works: what is half published is not taken for a generation.
        self._thread = Thread(target=self._run, name="publish", daemon=True)

    def _run(self) -> None:
        state: State | None = None
        since = monotonic()
        wait = self._pause
        while not self._stopped.wait(wait):
            wait = self._pause
            try:
                with Catalog.open(self._data) as catalog:
                    if catalog.state != state:
                        state, since = catalog.state, monotonic()
                    self._look(catalog, quiet=monotonic() - since >= self._quiet)
            except (ArchiveError, OSError) as error:
                _log.warning("no new generation: %s", error)
                wait = _PATIENCE

    def _look(self, catalog: Catalog, *, quiet: bool) -> None:
        if catalog.state == self._newest.state:
            return
        if published(self._data / GENERATIONS)[:1] > [self._newest.revision]:  # by another process
            found = usable(catalog, self._data, self._means, after=self._newest.revision)
            self._archive.newer = self._newest = found or self._newest
        if not catalog.has_been(self._newest.state):
            self._newest = self._archive.generation  # another archive lies there; the next question opens it
        elif catalog.state != self._newest.state and (quiet or lags(self._newest, catalog)):
            self._forget_unused()
            self._archive.newer = self._newest = publish(catalog, self._data)

    def _forget_unused(self) -> None:
        try:
            with write_lock(self._data), CatalogWriter.open(self._data, self._archive.model) as catalog:
                catalog.forget_unused()
        except ArchiveBusy:
            _log.debug("unused vectors are left to the process that is indexing")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(_LOOK)
