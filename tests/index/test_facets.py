"""Facets of a large archive are not counted after each write."""

from itertools import count
from threading import Event
from time import sleep

import pytest

from index import facets as module
from index.errors import ArchiveDamaged
from index.facets import FacetCounter
from index.types import Facets


class _Archive:
    """Counts take `seconds` by a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self._seconds, self._articles = 0.0, seconds, count(1)
        monkeypatch.setattr(module, "monotonic", lambda: self.now)
        self.error: Exception | None = None
        self.counter = FacetCounter(self._count)

    def _count(self) -> Facets:
        if self.error:
            raise self.error
        self.now += self._seconds
        return Facets(next(self._articles), None, None, {}, {})

    def articles(self, state: int, *, exact: bool = False) -> int:
        return self.counter.facets(state, exact=exact).articles

    def wait(self) -> None:
        assert self.counter._thread
        self.counter._thread.join(60)


def test_facets_are_counted_once_for_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _Archive(monkeypatch, 0.001)
    assert [archive.articles(state) for state in (7, 7, 8, 8)] == [1, 1, 2, 2]


def test_counting_that_takes_long_takes_a_twentieth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _Archive(monkeypatch, 1.0)
    assert archive.articles(1) == 1
    archive.now += 15
    assert archive.articles(2) == 1
    archive.now += 10
    assert archive.articles(2) == 1  # counted in another thread
    archive.wait()
    assert archive.articles(2) == 2
    assert archive.articles(3, exact=True) == 3
    assert archive.articles(3, exact=True) == 3


def test_facets_are_returned_while_another_thread_counts_them() -> None:
    begin, end = Event(), Event()
    counted = iter((1, 2))

    def count() -> Facets:
        articles = next(counted)
        if articles == 1:
            sleep(2 * module._QUICK)
        else:
            begin.set()
            assert end.wait(60)
        return Facets(articles, None, None, {}, {})

    counter = FacetCounter(count)
    assert counter.facets(1).articles == 1
    while not begin.wait(0.1):
        assert counter.facets(2).articles == 1
    assert counter.facets(2).articles == 1  # and counts them no third time
    end.set()
    while counter.facets(2).articles == 1:
        sleep(0.01)
    assert counter.facets(2).articles == 2


def test_an_archive_that_cannot_be_counted_keeps_its_facets(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _Archive(monkeypatch, 1.0)
    assert archive.articles(1) == 1
    archive.now += 30
    archive.error = ArchiveDamaged("damaged")
    assert archive.articles(2) == 1
    archive.wait()
    assert archive.articles(2) == 1
    archive.wait()
    with pytest.raises(ArchiveDamaged, match="damaged"):
        archive.articles(2, exact=True)
