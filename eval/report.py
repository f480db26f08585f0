"""One self-contained page about results, side by side."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import charts, measures
from eval.charts import Bars, Bins
from eval.result import Asked, Figure, Result
from eval.score import LOWER_IS_BETTER, right_answer, sureness

_SHOWN = "nDCG@10"  # what bars show and questions are ordered by, at the level that is judged
_WORST = 20  # questions of each result
_SUREST = 10  # unanswerable questions of each result
_CERTAINTIES = {"confidence": "confidence, a probability", "score": "score of the first passage, no probability"}
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that are not allowed in a page, or turn the text around them."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A result and what is drawn of it."""

    number: int
    letter: str  # names it in charts; empty if it is the only one
    result: Result
    measure: str
    told: dict[str, str | None]
    curve: list[tuple[float, float]]  # risk by coverage
    area: float | None
    calibration: list[tuple[float, float, int]] | None  # None where certainties are no probabilities
    error: float | None
    times: list[float]
    bins: Bins | None  # of the times; None where nothing was answered
    worst: list[Asked]
    surest: list[Asked]

    @property
    def name(self) -> str:
        return _excerpt(f"{self.letter} {self.result.system.name}", 60)

    @property
    def risk_key(self) -> str:
        return f"{_excerpt(self.name, 36)}, area {_number(self.area)}"

    @property
    def calibration_key(self) -> str:
        return f"{_excerpt(self.name, 36)}, error {_number(self.error)}"

    @property
    def points(self) -> list[tuple[float, float]]:
        return [(said, right) for said, right, _ in self.calibration or ()]

    def risk(self, coverage: float) -> float | None:
        """Return the risk of answering so many of the questions, or a few more."""
        return self.curve[math.ceil(coverage * len(self.curve) - 1e-9) - 1][1] if self.curve else None


@dataclass(frozen=True, slots=True)
class _Aspect:
    """The figures of each language or kind."""

    name: str
    figures: dict[str, list[Figure | None]]
    unmeasured: list[str]
    bars: Bars


def page(results: Sequence[Result]) -> str:
    """Return the page, which loads nothing from anywhere; one result or more."""
    columns = [_column(number, result, alone=len(results) == 1) for number, result in enumerate(results)]
    names = dict.fromkeys(name for result in results for name in result.figures)
    aspects = dict.fromkeys(["language", "kind", *(aspect for result in results for aspect in result.by)])
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            columns=columns,
            alike=len({_asked_for(result) for result in results}) == 1,
            told={key: [column.told[key] for column in columns] for key in columns[0].told},
            figures={name: [result.figures.get(name) for result in results] for name in names},
            lower=LOWER_IS_BETTER,
            aspects=[_aspect(aspect, columns) for aspect in aspects],
            charts=charts,
            tenths=[tenth / 10 for tenth in range(1, 11)],
            latencies=_latencies(results),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {
        "excerpt": _excerpt,
        "number": _number,
        "interval": _interval,
        "counts": _counts,
        "ms": _ms,
        "certainty": _certainty_told,
    }
    environment.filters.update(filters)
    return environment


# --- what is drawn of a result


def _column(number: int, result: Result, *, alone: bool) -> _Column:
    measure = f"{result.data.level} {_SHOWN}"
    certainties = [sureness(one) for one in result.questions]
    right = [right_answer(one, result.data.level) for one in result.questions]
    told = [(value, true) for value, true in zip(certainties, right, strict=True) if math.isfinite(value)]
    probabilities = ([value for value, _ in told], [true for _, true in told])
    times = [one.ms for one in result.questions if one.ms is not None]
    calibrated = result.system.certainty == "confidence"
    return _Column(
        number=number,
        letter="" if alone else ascii_uppercase[number % 26] * (number // 26 + 1),
        result=result,
        measure=measure,
        told=_told(result),
        curve=measures.risk_coverage(certainties, right),
        area=measures.risk_area(certainties, right),
        calibration=(measures.calibration(*probabilities) if told else []) if calibrated else None,
        error=measures.calibration_error(*probabilities) if calibrated and told else None,
        times=times,
        bins=charts.bins(times) if times and result.latency else None,
        worst=_worst(result, measure),
        surest=_surest(result),
    )


def _told(result: Result) -> dict[str, str | None]:
    system, data, made = result.system, result.data, result.circumstances
    answerable = sum(one.answerable for one in result.questions)
    return {
        "System": system.name,
        "Version": system.version,
        "Model": system.model,
        "Address": system.url,
        "Data set": data.name,
        "File": data.path,
        "SHA-256": data.sha256,
        "Judged by": data.level,
        "Half": data.half or "both",
        "Sample": "all questions" if data.limit is None else f"{data.limit} questions at random",
        "Questions": f"{len(result.questions)}, {answerable} of them answerable",
        "Failures": str(result.failures),
        "Passages asked for": str(result.top_k),
        "Questions at a time": str(result.latency.concurrency) if result.latency else None,
        "Certainty": _CERTAINTIES.get(system.certainty or "", system.certainty),
        "Made (UTC)": made.made,
        "Commit": made.commit,
        "Seed": str(made.seed),
        "Machine": made.machine,
        "Cores": str(made.cores),
        "Versions": ", ".join(f"{name} {version}" for name, version in made.versions.items()) or None,
        "Format": str(result.format),
    }


def _asked_for(result: Result) -> tuple[str, str, frozenset[str]]:
    return result.data.sha256, result.data.level, frozenset(one.id for one in result.questions)


def _aspect(name: str, columns: Sequence[_Column]) -> _Aspect:
    parts = [(column, column.result.by.get(name, {})) for column in columns]
    values = dict.fromkeys(value for _, by in parts for value in by)
    rows = {value: [by.get(value, {}).get(column.measure) for column, by in parts] for value in values}
    figures = {value: row for value, row in rows.items() if any(row)}
    return _Aspect(_excerpt(name, 40), figures, [value for value in rows if value not in figures], charts.bars(figures))


def _latencies(results: Sequence[Result]) -> dict[str, list[float | int | None]]:
    names = {
        "p50, ms": "p50",
        "p90, ms": "p90",
        "p99, ms": "p99",
        "questions a second": "questions_per_second",
    }
    if not any(result.latency for result in results):
        return {}
    return {name: [getattr(result.latency, field, None) for result in results] for name, field in names.items()}


def _worst(result: Result, measure: str) -> list[Asked]:
    """Return the answerable questions that scored least, without those that could not be better."""
    scored = [one for one in result.questions if one.answerable and one.scores.get(measure, 1.0) < 1.0]
    return sorted(scored, key=lambda one: (one.scores[measure], one.id))[:_WORST]


def _surest(result: Result) -> list[Asked]:
    """Return the unanswerable questions that were answered, those with the highest certainty first."""
    answered = [
        one
        for one in result.questions
        if not (one.answerable or one.abstained or one.failure) and (one.first or one.answer)
    ]
    return sorted(answered, key=lambda one: (-sureness(one), one.id))[:_SUREST]


# --- what is written


def _finalize(value: object) -> object:
    """Write characters that nobody can see by their code points; what is markup already has been through here."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _UNSEEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", value)


def _excerpt(text: str, length: int) -> str:
    """Return the beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _ms(value: float) -> str:
    """Return a number with three digits that say something, and never a power of ten."""
    return f"{float(f'{value:.3g}'):.12g}"


def _interval(figure: Figure) -> str:
    return "" if figure.low is None or figure.high is None else f"{figure.low:.3f} … {figure.high:.3f}"


def _counts(row: Sequence[Figure | None]) -> str:
    """Return how many questions the figures of a measure are over: one number, or one for each where they differ."""
    counts = {figure.count for figure in row if figure}
    return str(*counts) if len(counts) == 1 else " / ".join(str(figure.count) if figure else "–" for figure in row)


def _certainty_told(asked: Asked) -> str:
    return "none" if asked.certainty is None else f"{asked.certainty:.3f}"
