"""Counts the facets of an archive when they are needed, and not after each write where that takes long."""

from collections.abc import Callable
from time import monotonic

from index.types import Facets

_QUICK = 0.05  # seconds; what takes less is counted after each write
_SHARE = 20  # otherwise at most a twentieth of the time is spent on counting


class FacetCounter:
    """The facets of one archive. Not thread-safe."""

    def __init__(self, count: Callable[[], Facets]) -> None:
        """Use `count`, which counts the facets of the present state."""
        self._count = count
        self._state: object = None
        self._facets = Facets(0, None, None, {}, {})
        self._took, self._end = 0.0, float("-inf")

    def facets(self, state: object, *, exact: bool = False) -> Facets:
        """Return the facets at `state`, or of a recent state if counting takes long and `exact` is not set."""
        is_recent = self._took > _QUICK and monotonic() < self._end + _SHARE * self._took
        if state != self._state and (exact or not is_recent):
            start = monotonic()
            self._facets = self._count()
            self._state, self._end = state, monotonic()
            self._took = self._end - start
        return self._facets
