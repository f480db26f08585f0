"""Prints results and comparisons on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eval.compare import Comparison
from eval.result import Figure, Result

_RANKING = ("nDCG@10", "RR@10", "Success@1", "R@10")  # of the level of the data set
_OTHER_LEVEL = ("nDCG@10",)
_COLUMNS = {
    "nDCG@10": "nDCG@10",
    "first quote accuracy": "first quote",
    "citation precision": "quote precision",
    "citation recall": "quote recall",
    "answer containment": "answer in quotes",
}
"""The headings of measures by language and kind, short and with a word per line because a terminal is narrow."""

_BY_KIND = {"abstention AUROC": "AUROC", "refusal at 95 %": "at 95\u00a0%"}
"""The same of measures over the unanswerable questions of one kind, which their names end with."""

_MAX_CHANGES = 5  # questions shown as better, and as worse


def show(console: Console, result: Result) -> None:
    """Print the totals with intervals, then figures by language and by kind; the result file has the others."""
    console.print(
        f"[bold]{escape(result.system.name)}[/] on [bold]{escape(result.data.name)}[/], {result.data.level}, "
        f"{len(result.questions)} questions"
    )
    totals = _table("", "value", "95 % interval", "n")
    for name, figure in _totals(result):
        totals.add_row(escape(name), f"{figure.value:.3f}", figure.interval, str(figure.count))
    console.print(totals)
    columns = _columns(result)
    for aspect, values in result.by.items():
        if len(values) < 2:
            continue
        by = _table(f"by {aspect}", "n", *(heading.replace(" ", "\n") for heading in columns.values()))
        for value, figures in values.items():
            count = sum(getattr(question, aspect) == value for question in result.questions)
            cells = [f"{figures[name].value:.3f}" if name in figures else "" for name in columns]
            by.add_row(escape(value), str(count), *cells)
        console.print()
        console.print(by)
    if any(name.startswith("refusal") for name in columns):
        console.print("[dim]at 95 %: share refused where 95 % of the answerable questions are accepted[/]")
    console.print()
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
        table.add_column(name, justify="right" if name else "left", no_wrap=bool(name))
    for difference in comparison.differences:
        p, corrected = difference.p, difference.corrected
        style = "bold" if corrected is not None and corrected < 0.05 else ""
        table.add_row(
            escape(difference.measure),
            f"{difference.before:.3f}",
            f"{difference.after:.3f}",
            f"{difference.difference:+.3f}",
            f"{difference.low:+.3f} … {difference.high:+.3f}",
            "" if p is None else f"{p:.4f}",
            "" if corrected is None else f"{corrected:.4f}",
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


def _totals(result: Result) -> Iterator[tuple[str, Figure]]:
    """Yield the figures without the rarer measures of rankings."""
    for name, figure in result.figures.items():
        level, _, measure = name.partition(" ")
        shown = _RANKING if level == result.data.level else _OTHER_LEVEL
        if level not in ("passages", "articles") or measure in shown:
            yield name, figure


def _columns(result: Result) -> dict[str, str]:
    """Return the headings of the measured columns by the names of their figures."""
    columns = {result.level_name(measure): heading for measure, heading in _COLUMNS.items()}
    for measure, heading in _BY_KIND.items():
        kinds = [name.removeprefix(measure).strip() for name in result.figures if name.startswith(f"{measure} ")]
        columns |= {f"{measure} {kind}".strip(): f"{kind} {heading}".replace("-", " ") for kind in kinds or [""]}
    return {name: heading for name, heading in columns.items() if name in result.figures}


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
