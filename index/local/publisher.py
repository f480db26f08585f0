"""A thread that publishes generations in the background."""

import logging
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index import memory
from index.errors import ArchiveBusy, ArchiveError
from index.local.catalog import Catalog, State
from index.local.generation import GENERATIONS, needs_rebuild, newest_valid, publish, published
from index.local.lock import write_lock
from index.local.writer import CatalogWriter

_POLL_INTERVAL = 0.5  # seconds
_QUIET_INTERVAL = 3.0  # seconds without a change after which even a small delta is published
_RETRY_INTERVAL = 60.0  # seconds after a failure
_log = logging.getLogger("newsqa")

if TYPE_CHECKING:  # a cyclic import
    from index.local.archive import LocalArchive


class Publisher:
    """Keeps the newest generation of an archive up to date; a context manager.

    Questions do not wait for it: they search the delta exhaustively, and the next question applies a new generation.
    """

    def __init__(self, archive: "LocalArchive", quiet: float = _QUIET_INTERVAL, poll: float = _POLL_INTERVAL) -> None:
        """Publish a generation of `archive` after `quiet` seconds without a change; look every `poll` seconds."""
        self._archive = archive
        self._data, self._means = archive.data, archive.means
        self._quiet, self._interval = quiet, poll
        self._newest = archive.generation
        self._stopped = Event()
        # A daemon, since the process may exit at any time: an incomplete publication is not a valid generation.
        self._thread = Thread(target=self._run, name="publish", daemon=True)

    def _run(self) -> None:
        state: State | None = None
        since = monotonic()
        wait = self._interval
        while not self._stopped.wait(wait):
            wait = self._interval
            try:
                with Catalog.open(self._data) as catalog:
                    if catalog.state != state:
                        state, since = catalog.state, monotonic()
                    self._poll(catalog, quiet=monotonic() - since >= self._quiet)
            except (ArchiveError, OSError) as error:
                _log.warning("generation not published: %s", error)
                wait = _RETRY_INTERVAL

    def _poll(self, catalog: Catalog, *, quiet: bool) -> None:
        if catalog.state == self._newest.state:
            self._archive.unpublished_since = None
            return
        began = monotonic()
        self._archive.unpublished_since = self._archive.unpublished_since or began
        if published(self._data / GENERATIONS)[:1] > [self._newest.revision]:  # by another process
            newest = newest_valid(catalog, self._data, self._means, after=self._newest.revision)
            self._archive.newer = self._newest = newest or self._newest
        if not catalog.was_in(self._newest.state):
            self._newest = self._archive.generation  # another archive replaced it; the next question opens that one
        elif catalog.state != self._newest.state and (quiet or needs_rebuild(self._newest, catalog)):
            self._delete_unused_vectors()
            self._archive.newer = self._newest = publish(catalog, self._data)
            self._archive.publication_seconds = monotonic() - began
            memory.release()  # that of the texts and vectors from which it was built

    def _delete_unused_vectors(self) -> None:
        try:
            with write_lock(self._data), CatalogWriter.open(self._data, self._archive.model) as catalog:
                catalog.delete_unused_vectors()
                catalog.truncate_log()
        except ArchiveBusy:
            _log.debug("unused vectors not deleted: another process is indexing")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join(_POLL_INTERVAL)
