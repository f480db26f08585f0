"""A thread that has generations published in the background, by a process of its own."""

import logging
import subprocess
import sys
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from index.errors import ArchiveError
from index.local.catalog import Catalog, State
from index.local.generation import GENERATIONS, is_behind, newest_valid, published

_POLL_INTERVAL = 0.5  # seconds
_QUIET_INTERVAL = 3.0  # seconds without a change after which even a small delta is published
_RETRY_INTERVAL = 60.0  # seconds after a failure
_log = logging.getLogger("newsqa")

if TYPE_CHECKING:  # a cyclic import
    from index.local.archive import LocalArchive


class Publisher:
    """Keeps the newest generation of an archive up to date; a context manager.

    Questions do not wait for it: they search the delta exhaustively, and the next question applies a new generation.
    Publishing takes memory and the interpreter's lock, so it has its own process.
    """

    def __init__(self, archive: "LocalArchive", quiet: float = _QUIET_INTERVAL, poll: float = _POLL_INTERVAL) -> None:
        """Publish a generation of `archive` after `quiet` seconds without a change; look every `poll` seconds."""
        self._archive = archive
        self._data, self._means = archive.data, archive.means
        self._quiet, self._interval = quiet, poll
        self._newest = archive.generation
        self._stopped = Event()
        self._process: subprocess.Popen[str] | None = None
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
        self._apply_newest(catalog)
        if not catalog.was_in(self._newest.state):
            self._newest = self._archive.generation  # another archive replaced it; the next question opens that one
        elif catalog.state != self._newest.state and (quiet or is_behind(self._newest, catalog)):
            self._publish()
            self._apply_newest(catalog)
            self._archive.publication_seconds = monotonic() - began

    def _apply_newest(self, catalog: Catalog) -> None:
        """Open the newest generation if it is newer than the one in use."""
        if published(self._data / GENERATIONS)[:1] > [self._newest.revision]:
            newest = newest_valid(catalog, self._data, self._means, self._newest)
            self._archive.newer = self._newest = newest or self._newest

    def _publish(self) -> None:
        # -P: modules come from the installation, not from the folder in which the command runs.
        command = [sys.executable, "-P", "-m", "index.local.publish", str(self._data)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own module
        if self._stopped.is_set():
            self._process.kill()
        _, errors = self._process.communicate()
        if self._process.returncode and not self._stopped.is_set():
            raise ArchiveError(errors.strip().rpartition("\n")[2] or "the process that publishes was ended")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._process is not None:
            self._process.kill()  # an incomplete publication is not a valid generation
        self._thread.join(_POLL_INTERVAL)
