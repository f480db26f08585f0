"""Counts the facets of an archive when they are needed, and in another thread where that takes long."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from time import monotonic

from index.errors import NewsqaError
from index.types import Facets

_QUICK = 0.05  # seconds; what takes less is counted after each write
_SHARE = 20  # otherwise at most a twentieth of the time is spent on counting


@dataclass(frozen=True, slots=True)
class _Count:
    state: object
    facets: Facets
    took: float  # seconds
    end: float  # by the monotonic clock


class FacetCounter:
    """The facets of one archive, for one thread at a time."""

    def __init__(self, count: Callable[[], Facets]) -> None:
        """Use `count`, which counts the facets of the present state in any thread."""
        self._count = count
        self._last: _Count | None = None
        self._thread: Thread | None = None

    def facets(self, state: object, *, exact: bool = False) -> Facets:
        """Return the facets at `state`, or of a recent state if counting takes long and `exact` is not set."""
        last = self._last
        if last is None or (state != last.state and (exact or last.took <= _QUICK)):
            return self._recount(state)
        is_counting = self._thread is not None and self._thread.is_alive()
        if state != last.state and not is_counting and monotonic() >= last.end + _SHARE * last.took:
            self._thread = Thread(target=self._recount_later, args=(state,), name="count-facets", daemon=True)
            self._thread.start()
        return last.facets

    def _recount(self, state: object) -> Facets:
        start = monotonic()
        facets = self._count()
        end = monotonic()
        self._last = _Count(state, facets, end - start, end)
        return facets

    def _recount_later(self, state: object) -> None:
        with suppress(NewsqaError):  # the next count of the archive raises it
            self._recount(state)
