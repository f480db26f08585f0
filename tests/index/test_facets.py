"""Facets of a large archive are not counted after each write."""

from itertools import count

import pytest

from index import facets as module
from index.facets import FacetCounter
from index.types import Facets


class _Archive:
    """Counts take `seconds` by a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self._seconds, self._articles = 0.0, seconds, count(1)
        monkeypatch.setattr(module, "monotonic", lambda: self.now)
        self.counter = FacetCounter(self._count)

    def _count(self) -> Facets:
        self.now += self._seconds
        return Facets(next(self._articles), None, None, {}, {})

    def articles(self, state: int, *, exact: bool = False) -> int:
        return self.counter.facets(state, exact=exact).articles


def test_facets_are_counted_once_for_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _Archive(monkeypatch, 0.001)
    assert [archive.articles(state) for state in (7, 7, 8, 8)] == [1, 1, 2, 2]


def test_counting_that_takes_long_takes_a_twentieth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _Archive(monkeypatch, 1.0)
    assert archive.articles(1) == 1
    archive.now += 15
    assert archive.articles(2) == 1
    archive.now += 10
    assert archive.articles(2) == 2
    assert archive.articles(3, exact=True) == 3
    assert archive.articles(3, exact=True) == 3
