"""Prints results and comparisons on a terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.compare import Comparison
from eval.result import Figure, Result

_RANKING_COLUMNS = ("nDCG@10", "RR@10", "Success@1", "R@10")
_ANSWER_COLUMNS = ("citation precision", "answer containment", "refused")
_MAX_CHANGES = 5  # questions shown as better, and as worse


def show(console: Console, result: Result) -> None:
    """Print a result by language and by kind, then the remaining figures."""
    level = result.data.level
    present = [
        name
        for name in (*(f"{level} {column}" for column in _RANKING_COLUMNS), *_ANSWER_COLUMNS)
        if name in result.figures
    ]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("n", *present):
        heading = name.removeprefix(f"{level} ")
        table.add_column(heading, justify="right", min_width=max(len(word) for word in heading.split()))
    _row(table, "all", len(result.questions), result.figures, present)
    for aspect, values in result.by.items():
        if len(values) > 1:
            table.add_section()
            for value, figures in values.items():
                count = sum(getattr(question, aspect) == value for question in result.questions)
                _row(table, value, count, figures, present)
    console.print(f"[bold]{escape(result.system.name)}[/] on [bold]{escape(result.data.name)}[/], {level}")
    console.print(table)
    console.print()
    others = Table(box=None, show_header=False, pad_edge=False)
    for name, figure in result.figures.items():
        if name not in present or name == present[0]:
            others.add_row(escape(name), f"{figure.value:.3f}", figure.interval, f"[dim]{figure.count} questions[/]")
    console.print(others)
    if latency := result.latency:
        console.print(
            f"{latency.p50:.1f} ms p50, {latency.p90:.1f} p90, {latency.p99:.1f} p99, "
            f"{latency.questions_per_second:.1f} questions/s at concurrency {latency.concurrency}"
        )
    if result.failures:
        failed = next(question for question in result.questions if question.failure)
        console.print(
            f"[red]{result.failures} of {len(result.questions)} questions failed[/] and count as empty answers, "
            f"the first ({escape(failed.id)}): {escape(failed.failure or '')}",
            soft_wrap=True,
        )


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Print the differences, and the questions with the largest changes."""
    console.print(f"before: {escape(comparison.before)}\nafter:  {escape(comparison.after)}\n", soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for name in ("", "before", "after", "difference", "95 % interval", "p", "corrected"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for difference in comparison.differences:
        style = "bold" if difference.corrected < 0.05 else ""
        table.add_row(
            escape(difference.measure),
            f"{difference.before:.3f}",
            f"{difference.after:.3f}",
            f"{difference.difference:+.3f}",
            f"{difference.low:+.3f} … {difference.high:+.3f}",
            f"{difference.p:.4f}",
            f"{difference.corrected:.4f}",
            style=style,
        )
    console.print(table)
    console.print(
        f"[dim]{comparison.questions} questions in both; p by two-sided paired randomization test, Holm-corrected[/]"
    )
    for title, changes in (("better", comparison.better), ("worse", comparison.worse)):
        console.print(f"\n[bold]{len(changes)} {title}[/] by {escape(comparison.deciding)}")
        for change in changes[:_MAX_CHANGES]:
            console.print(f"  {change.before:.3f} → {change.after:.3f}  {escape(change.question)}", soft_wrap=True)
            console.print(f"    [dim]before[/] {escape(change.first_before or 'no passage')}", soft_wrap=True)
            console.print(f"    [dim]after [/] {escape(change.first_after or 'no passage')}", soft_wrap=True)


def _row(table: Table, name: str, count: int, figures: Mapping[str, Figure], present: list[str]) -> None:
    cells = [f"{figures[key].value:.3f}" if key in figures else "" for key in present]
    table.add_row(escape(name), str(count), *cells)
