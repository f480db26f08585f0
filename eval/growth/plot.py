"""Draw how costs grow with an archive, each in relation to that of the smallest archive."""

import math
from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT = 720, 360  # pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 190, 20, 40
_COLORS = ("#1f6feb", "#d97706", "#0f766e", "#9333ea")
_LABEL = 16  # pixels from one label to the next, at least


def plot(sizes: Sequence[int], costs: Mapping[str, Sequence[float]]) -> str:
    """Return an SVG with a line for each of `costs`, which have a value per size; `sizes` increase."""
    ratios = {name: [value / values[0] for value in values] for name, values in costs.items()}
    top = max(2, math.ceil(max(map(max, ratios.values()))))
    marks = range(0, top + 1, max(1, top // 5))

    def x(size: float) -> float:
        share = math.log(size / sizes[0]) / max(math.log(sizes[-1] / sizes[0]), 1e-9)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(ratio: float) -> float:
        return round(_HEIGHT - _BOTTOM - ratio / top * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="13" role="img">',
        f"<title>Costs of archives, compared with those of {sizes[0]:,} passages</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    for mark in marks:
        parts.append(f'<path d="M{_LEFT} {y(mark)}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(mark) + 4}" text-anchor="end">{mark} ×</text>')
    parts += [f'<text x="{x(size)}" y="{_HEIGHT - 14}" text-anchor="middle">{size:,}</text>' for size in sizes]
    lowest = float(_HEIGHT)
    ordered = sorted(ratios.items(), key=lambda item: item[1][-1])
    for color, (name, values) in zip(_COLORS, ordered, strict=False):
        points = " ".join(f"{x(size)},{y(value)}" for size, value in zip(sizes, values, strict=True))
        lowest = min(y(values[-1]) + 4, lowest - _LABEL)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 8}" y="{lowest}" fill="{color}">{name}: {values[-1]:.1f} ×</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
