"""Where the bars, lines and labels of the charts of a report stand: x to the right, y down, in a chart 400 wide."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from eval.result import Figure

WIDTH = 400
LEFT, RIGHT = 44.0, 376.0  # of what is plotted; labels stand outside
HEIGHT = 210.0  # of it
BAR_LEFT, BAR_RIGHT = 112.0, 346.0
BAR = 13.0  # how high a bar is

_GAP = 3.0  # between bars
_GROUPS = 11.0  # between groups of them
_POINTS = 250  # of a line, more cannot be told apart
_LABEL = 13.0  # least distance of two labels
_BINS = 36
_TICKS = 36.0  # least distance of two ticks
_SHORTEST = 0.01  # milliseconds: what rounds to none at all has no logarithm


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with the whisker of its interval; its figure is None where there is none."""

    y: float
    figure: Figure | None
    end: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of one language or kind, one for each result."""

    name: str
    middle: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart."""

    groups: tuple[Group, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and where its label stands."""

    points: tuple[tuple[float, float], ...]
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A bin of a histogram that has any."""

    x: float
    y: float
    width: float
    low: float  # milliseconds
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins and ticks on a logarithmic axis of milliseconds."""

    edges: tuple[float, ...]
    ticks: tuple[float, ...]

    def x(self, ms: float) -> float:
        """Return where a time stands."""
        low, high = self.edges[0], self.edges[-1]
        share = math.log(max(ms, _SHORTEST) / low) / math.log(high / low)
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def columns(self, times: Sequence[float]) -> tuple[Column, ...]:
        """Return the histogram of times, its highest column as high as the chart."""
        counts, _ = np.histogram(np.maximum(times, _SHORTEST), self.edges)
        return tuple(
            Column(
                x=self.x(low),
                y=HEIGHT * (1 - int(count) / int(counts.max())),
                width=self.x(high) - self.x(low),
                low=low,
                high=high,
                count=int(count),
            )
            for low, high, count in zip(self.edges, self.edges[1:], counts, strict=False)
            if count
        )


def bars(figures: Mapping[str, Sequence[Figure | None]]) -> Bars:
    """Place a group of bars under the other for each name, from 0 on the left to 1 on the right."""
    groups = []
    y = 0.0
    for name, row in figures.items():
        placed = []
        top = y
        for figure in row:
            value, low, high = (figure.value, figure.low, figure.high) if figure else (0.0, None, None)
            ends = (_bar(value), _bar(value if low is None else low), _bar(value if high is None else high))
            placed.append(Bar(y, figure, *ends))
            y += BAR + _GAP
        groups.append(Group(name, (top + y - _GAP) / 2, tuple(placed)))
        y += _GROUPS
    return Bars(tuple(groups), max(y - _GROUPS, 0.0))


def lines(curves: Sequence[Sequence[tuple[float, float]]]) -> list[Line]:
    """Place curves, none empty, between (0, 0) and (1, 1), and labels to the right of their ends, none over another."""
    placed = [tuple((_across(x), _up(y)) for x, y in _thinned(curve)) for curve in curves]
    ends = [points[-1] for points in placed]
    labels = _apart([y for _, y in ends])
    return [Line(points, (x + 8, y)) for points, (x, _), y in zip(placed, ends, labels, strict=True)]


def bins(times: Sequence[float]) -> Bins:
    """Divide the range of times evenly by their logarithms."""
    low = max(min(times), _SHORTEST) / 1.1
    high = max(*times, _SHORTEST) * 1.1
    edges = tuple(float(edge) for edge in np.geomspace(low, high, _BINS + 1))
    empty = Bins(edges, ())
    round_: list[float] = []
    for steps in ((1.0,), (1.0, 2.0, 5.0), (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)):
        tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        round_ = [step * 10.0**ten for ten in tens for step in steps if low <= step * 10.0**ten <= high]
        if len(round_) >= 3:
            break
    ticks: list[float] = []
    for tick in round_ if len(round_) >= 2 else [low, high]:
        if not ticks or empty.x(tick) - empty.x(ticks[-1]) >= _TICKS:
            ticks.append(tick)
    return Bins(edges, tuple(ticks))


def _bar(value: float) -> float:
    return BAR_LEFT + (BAR_RIGHT - BAR_LEFT) * min(max(value, 0.0), 1.0)


def _across(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)


def _up(share: float) -> float:
    return HEIGHT * (1 - min(max(share, 0.0), 1.0))


def _thinned(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points so that few are left, but not the last."""
    return [*curve[: -1 : max(1, len(curve) // _POINTS)], *curve[-1:]]


def _apart(ys: Sequence[float]) -> list[float]:
    """Move labels down until each has its place, and up again where the chart ends."""
    moved = list(ys)
    order = sorted(range(len(ys)), key=ys.__getitem__)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + _LABEL)
    bottom = HEIGHT
    for number in reversed(order):
        moved[number] = min(moved[number], bottom)
        bottom = moved[number] - _LABEL
    return moved
