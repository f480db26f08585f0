"""The progress bar."""

import re
import time
from io import StringIO

from rich.console import Console

from qa.cli.progress import progress_bar

_ESCAPES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


def _shown(reports: list[tuple[str, int, int]], *, terminal: bool = True) -> str:
    """Return the last line that a terminal shows of reports, one every 0.05 s."""
    written = StringIO()
    console = Console(file=written, force_terminal=terminal, width=120)
    with progress_bar(console, delay=0) as progress:
        for report in reports:
            time.sleep(0.05)
            progress(*report)
        time.sleep(0.3)  # the bar is drawn ten times a second
    lines = [line.strip() for line in re.split(r"[\r\n]", _ESCAPES.sub("", written.getvalue())) if line.strip()]
    return lines[-1] if lines else ""


def test_the_rate_and_the_time_left_are_shown_while_counts_change() -> None:
    line = _shown([(f"{done} new", done, 1000) for done in range(11)])
    rate = re.search(r"10 new .* 1% (\d+\.\d)/s (\d\d):(\d\d)$", line)
    assert rate, line
    speed, left = float(rate[1]), int(rate[2]) * 60 + int(rate[3])
    assert 5 < speed <= 20
    assert abs(left - 990 / speed) <= 3


def test_without_a_total_only_the_rate_is_shown() -> None:
    line = _shown([(f"{done} new", done, 0) for done in range(6)])
    assert re.search(r"5 new .* \d+\.\d/s$", line), line
    assert "%" not in line


def test_a_better_total_keeps_the_rate_and_a_new_task_does_not() -> None:
    assert "/s" in _shown([(f"{done} new", done, 100 + done) for done in range(6)])
    assert "/s" not in _shown([*((f"{done} new", done, 10) for done in range(6)), ("preparing", 0, 3)])


def test_where_there_is_no_terminal_nothing_is_shown() -> None:
    assert _shown([("1 new", 1, 2)], terminal=False) == ""
