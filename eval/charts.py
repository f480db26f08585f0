"""The positions of bars, lines and labels in the charts of a report: x to the right, y down, in a chart 400 wide."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from eval.result import Figure

WIDTH = 400
LEFT, RIGHT = 44.0, 376.0  # of the plot area; labels are outside
HEIGHT = 210.0  # of the plot area
BAR_LEFT, BAR_RIGHT = 112.0, 346.0
BAR = 13.0  # height of a bar

_GAP = 3.0  # between bars
_GROUP_GAP = 11.0  # between groups of bars
_MAX_POINTS = 250  # of a line, more are not visible
_MIN_LABEL_DISTANCE = 13.0
_BINS = 36
_MIN_TICK_DISTANCE = 36.0
_MIN_MS = 0.01  # milliseconds: 0 has no logarithm


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with the error bar of its interval; `figure` is None if the measure has no value."""

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
    """A line and the position of its label."""

    points: tuple[tuple[float, float], ...]
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A non-empty bin of a histogram."""

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
        """Return the position of a time."""
        low, high = self.edges[0], self.edges[-1]
        share = math.log(max(ms, _MIN_MS) / low) / math.log(high / low)
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def columns(self, times: Sequence[float]) -> tuple[Column, ...]:
        """Return the histogram of times, scaled so that the highest column has the height of the plot area."""
        counts, _ = np.histogram(np.maximum(times, _MIN_MS), self.edges)
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
    """Return the groups of bars from top to bottom, one for each name; values range from 0 (left) to 1 (right)."""
    groups = []
    y = 0.0
    for name, row in figures.items():
        row_bars = []
        top = y
        for figure in row:
            value, low, high = (figure.value, figure.low, figure.high) if figure else (0.0, None, None)
            ends = (_bar_x(value), _bar_x(value if low is None else low), _bar_x(value if high is None else high))
            row_bars.append(Bar(y, figure, *ends))
            y += BAR + _GAP
        groups.append(Group(name, (top + y - _GAP) / 2, tuple(row_bars)))
        y += _GROUP_GAP
    return Bars(tuple(groups), max(y - _GROUP_GAP, 0.0))


def lines(curves: Sequence[Sequence[tuple[float, float]]]) -> list[Line]:
    """Return the lines of non-empty curves with values from 0 to 1, with labels at their ends that do not overlap."""
    scaled = [tuple((_line_x(x), _line_y(y)) for x, y in _downsample(curve)) for curve in curves]
    ends = [points[-1] for points in scaled]
    labels = _spread_labels([y for _, y in ends])
    return [Line(points, (x + 8, y)) for points, (x, _), y in zip(scaled, ends, labels, strict=True)]


def bins(times: Sequence[float]) -> Bins:
    """Return bins of equal width on a logarithmic axis over the range of times."""
    low = max(min(times), _MIN_MS) / 1.1
    high = max(*times, _MIN_MS) * 1.1
    edges = tuple(float(edge) for edge in np.geomspace(low, high, _BINS + 1))
    axis = Bins(edges, ())
    round_numbers: list[float] = []
    for steps in ((1.0,), (1.0, 2.0, 5.0), (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)):
        tens = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        round_numbers = [step * 10.0**ten for ten in tens for step in steps if low <= step * 10.0**ten <= high]
        if len(round_numbers) >= 3:
            break
    ticks: list[float] = []
    for tick in round_numbers if len(round_numbers) >= 2 else [low, high]:
        if not ticks or axis.x(tick) - axis.x(ticks[-1]) >= _MIN_TICK_DISTANCE:
            ticks.append(tick)
    return Bins(edges, tuple(ticks))


def _bar_x(value: float) -> float:
    return BAR_LEFT + (BAR_RIGHT - BAR_LEFT) * min(max(value, 0.0), 1.0)


def _line_x(share: float) -> float:
    return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)


def _line_y(share: float) -> float:
    return HEIGHT * (1 - min(max(share, 0.0), 1.0))


def _downsample(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return about `_MAX_POINTS` points of a curve, with the last one."""
    return [*curve[: -1 : max(1, len(curve) // _MAX_POINTS)], *curve[-1:]]


def _spread_labels(ys: Sequence[float]) -> list[float]:
    """Return positions at a distance from each other: move labels down, then up from the end of the chart."""
    moved = list(ys)
    order = sorted(range(len(ys)), key=ys.__getitem__)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + _MIN_LABEL_DISTANCE)
    bottom = HEIGHT
    for index in reversed(order):
        moved[index] = min(moved[index], bottom)
        bottom = moved[index] - _MIN_LABEL_DISTANCE
    return moved
