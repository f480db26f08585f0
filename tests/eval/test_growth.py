"""The plot of growing archives."""

from xml.etree import ElementTree as ET

from eval.growth.plot import plot

_SVG = "{http://www.w3.org/2000/svg}"


def test_costs_are_drawn_in_relation_to_the_smallest_archive() -> None:
    costs = {"a question": [20.0, 25.0, 50.0], "memory": [500.0, 500.0, 500.0]}
    drawn = ET.fromstring(plot([1000, 10_000, 100_000], costs))  # noqa: S314 - our own
    labels = [text.text or "" for text in drawn.iter(f"{_SVG}text")]
    assert {"a question: 2.5 ×", "memory: 1.0 ×", "1,000", "100,000"} <= {*labels}
    ends = [line.attrib["points"].split()[-1] for line in drawn.iter(f"{_SVG}polyline")]
    heights = [float(end.split(",")[1]) for end in ends]
    assert len(heights) == 2
    assert heights[0] > heights[1] > 0  # the first is the lowest
