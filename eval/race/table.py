"""The results of a race as a Markdown table with the goals, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from eval.race.measure import Figure, Results
from eval.race.systems import NEWSQA, OVER_HTTP

_MAX_RATIO = 0.5  # of newsqa's time of a question over HTTP to that of the fastest peer, in the smallest archive
_OURS = (NEWSQA.name, OVER_HTTP.name)


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal with its figures; `met` is None if it was not measured."""

    text: str
    met: bool | None

    def __str__(self) -> str:
        return f"{'not measured' if self.met is None else 'met' if self.met else 'missed'}: {self.text}"


def goals(results: Results) -> list[Goal]:
    """Return the goals: half the time of the fastest peer over the first archive, and a better nDCG@10 on each set."""
    figures = results.figures()
    found = []
    for unit in ("wall", "CPU"):
        row = next((row for row in figures if row.endswith(f"passages: question, {unit} ms, p50")), None)
        found.append(_speed(unit, row, figures[row] if row else {}))
    return found + [_quality(row, by) for row, by in figures.items() if row.startswith("nDCG@10")]


def _speed(unit: str, row: str | None, by: dict[str, Figure]) -> Goal:
    text = f"a question over HTTP takes at most {_MAX_RATIO} of the {unit} time of the fastest peer"
    fastest = min(((figure.value, name) for name, figure in by.items() if name not in _OURS), default=None)
    ours = by.get(OVER_HTTP.name)
    if row is None or fastest is None or ours is None:
        return Goal(text, None)
    ratio = ours.value / fastest[0]
    size = row.partition(":")[0]
    figures = f"{ours.value:.1f} ms to {fastest[0]:.1f} ms of {fastest[1]}, ratio {ratio:.2f}, over {size}"
    return Goal(f"{text} ({figures})", ratio <= _MAX_RATIO)


def _quality(row: str, by: dict[str, Figure]) -> Goal:
    best = max(((figure.value, name) for name, figure in by.items() if name not in _OURS), default=None)
    ours = by.get(NEWSQA.name)
    if best is None or ours is None:
        return Goal(f"{row} is better than that of each peer", None)
    return Goal(
        f"{row} is better than that of each peer ({ours.value:.3f} to {best[0]:.3f} of {best[1]})", ours.value > best[0]
    )


def markdown(results: Results, names: Sequence[str], notes: Sequence[str]) -> str:
    """Return the table, with a column for each of `names` that was measured, what was left out, and the goals."""
    figures = results.figures()
    columns = [name for name in names if any(name in by for by in figures.values())]
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for row, by in figures.items():
        cells = [_cell(row, by[name]) if name in by else "-" for name in columns]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    lines += ["", *notes]
    lines.append("Versions: " + ", ".join(f"{name} {version}" for name, version in sorted(results.versions.items())))
    lines += [f"\nleft out: {reason}" for reason in results.left_out.values()]
    return "\n".join([*lines, "", *(f"- {goal}" for goal in goals(results))])


def to_json(results: Results, notes: Sequence[str]) -> str:
    """Return all figures, with the values of each round."""
    content = {
        "notes": list(notes),
        "versions": results.versions,
        "left_out": results.left_out,
        "figures": {row: {name: asdict(each) for name, each in by.items()} for row, by in results.figures().items()},
        "goals": [asdict(goal) for goal in goals(results)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _cell(row: str, figure: Figure) -> str:
    digits = 3 if row.startswith("nDCG") else 0 if figure.value >= 100 else 1
    value, low, high = (f"{each:.{digits}f}" for each in (figure.value, figure.low, figure.high))
    return value if low == high else f"{value} ({low} to {high})"
