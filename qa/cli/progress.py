"""A progress bar on a terminal, with the rate and, where the total is known, the time left."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from index.model.cache import Progress

_DELAY = 1.0  # seconds of work before the bar appears


@contextmanager
def progress_bar(console: Console, delay: float = _DELAY) -> Iterator[Progress]:
    """Yield a function that updates a progress bar; the bar appears after `delay` seconds."""
    bar = Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(text_format_no_percentage=""),
        _Rate(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    number = bar.add_task("", total=None)
    (task,) = bar.tasks

    def report(description: str, done: int, total: int) -> None:
        if done < task.completed:
            bar.reset(number)  # or the rate and the time left would be those of the previous task
        task.total = total or None  # not by `update`, which forgets the rate when a better estimate is known
        bar.update(number, description=description, completed=done)

    start = Timer(delay, bar.start)
    start.start()
    try:
        yield report
    finally:
        start.cancel()
        start.join()
        bar.stop()


class _Rate(ProgressColumn):
    """The number of steps a second, such as articles."""

    def render(self, task: Task) -> Text:
        """Return the rate, empty while it is not known."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")
