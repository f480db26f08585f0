"""Renders results side by side as one self-contained HTML page."""

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
from eval.result import Figure, QuestionResult, Result
from eval.score import LOWER_IS_BETTER, certainty_of, is_right

_MAIN_MEASURE = "nDCG@10"  # of the bars and of the order of questions, at the level of the data set
_MAX_WORST = 20  # questions of each result
_MAX_UNANSWERABLE = 10  # questions of each result
_CERTAINTIES = {
    "confidence": "confidence, a probability",
    "score": "score of the first passage, not a probability",
}
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and characters that change the direction of the surrounding text."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A result with the content of its tables and charts."""

    number: int
    letter: str  # identifies the result in charts; empty for a single result
    result: Result
    measure: str
    properties: dict[str, str | None]
    curve: list[tuple[float, float]]  # risk by coverage
    area: float | None
    calibration: list[tuple[float, float, int]] | None  # None if certainties are not probabilities
    error: float | None
    times: list[float]
    bins: Bins | None  # of the times; None if no question was answered
    worst: list[QuestionResult]
    unanswerable: list[QuestionResult]  # that were answered

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
        return [(predicted, observed) for predicted, observed, _ in self.calibration or ()]

    def risk(self, coverage: float) -> float | None:
        """Return the risk at a coverage, rounded up to a whole number of questions."""
        return self.curve[math.ceil(coverage * len(self.curve) - 1e-9) - 1][1] if self.curve else None


@dataclass(frozen=True, slots=True)
class _Aspect:
    """The figures by language or by kind."""

    name: str
    figures: dict[str, list[Figure | None]]
    without_figure: list[str]
    bars: Bars


def render_page(results: Sequence[Result]) -> str:
    """Return the HTML page of one or more results; it loads no other resource."""
    columns = [_column(number, result, alone=len(results) == 1) for number, result in enumerate(results)]
    names = dict.fromkeys(name for result in results for name in result.figures)
    aspects = dict.fromkeys(["language", "kind", *(aspect for result in results for aspect in result.by)])
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            columns=columns,
            comparable=len({_questions_key(result) for result in results}) == 1,
            properties={key: [column.properties[key] for column in columns] for key in columns[0].properties},
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
        "counts": _counts,
        "ms": _ms,
        "certainty": _format_certainty,
    }
    environment.filters.update(filters)
    return environment


# --- the content of tables and charts


def _column(number: int, result: Result, *, alone: bool) -> _Column:
    measure = f"{result.data.level} {_MAIN_MEASURE}"
    certainties = [certainty_of(question) for question in result.questions]
    right = [is_right(question, result.data.level) for question in result.questions]
    known = [pair for pair in zip(certainties, right, strict=True) if math.isfinite(pair[0])]
    probabilities = ([certainty for certainty, _ in known], [is_true for _, is_true in known])
    times = [question.ms for question in result.questions if question.ms is not None]
    calibrated = result.system.certainty == "confidence"
    return _Column(
        number=number,
        letter="" if alone else ascii_uppercase[number % 26] * (number // 26 + 1),
        result=result,
        measure=measure,
        properties=_properties(result),
        curve=measures.risk_coverage(certainties, right),
        area=measures.risk_area(certainties, right),
        calibration=(measures.calibration(*probabilities) if known else []) if calibrated else None,
        error=measures.calibration_error(*probabilities) if calibrated and known else None,
        times=times,
        bins=charts.bins(times) if times and result.latency else None,
        worst=_worst(result, measure),
        unanswerable=_answered_unanswerable(result),
    )


def _properties(result: Result) -> dict[str, str | None]:
    system, data, run = result.system, result.data, result.circumstances
    answerable = sum(question.answerable for question in result.questions)
    return {
        "System": system.name,
        "Version": system.version,
        "Model": system.model,
        "Address": system.url,
        "Data set": data.name,
        "File": data.path,
        "SHA-256": data.sha256,
        "Level": data.level,
        "Half": data.half or "both",
        "Articles": "those that no training saw" if data.kept else None,
        "Sample": "all questions" if data.limit is None else f"{data.limit} random questions",
        "Questions": f"{len(result.questions)}, {answerable} of them answerable",
        "Failures": str(result.failures),
        "Passages requested": str(result.top_k),
        "Concurrency": str(result.latency.concurrency) if result.latency else None,
        "Certainty": _CERTAINTIES.get(system.certainty or "", system.certainty),
        "Date (UTC)": run.made,
        "Commit": run.commit,
        "Seed": str(run.seed),
        "Machine": run.machine,
        "Cores": str(run.cores),
        "Versions": ", ".join(f"{name} {version}" for name, version in run.versions.items()) or None,
        "Format": str(result.format),
    }


def _questions_key(result: Result) -> tuple[str, str, frozenset[str]]:
    return result.data.sha256, result.data.level, frozenset(question.id for question in result.questions)


def _aspect(name: str, columns: Sequence[_Column]) -> _Aspect:
    figures_by = [(column, column.result.by.get(name, {})) for column in columns]
    values = dict.fromkeys(value for _, by in figures_by for value in by)
    rows = {value: [by.get(value, {}).get(column.measure) for column, by in figures_by] for value in values}
    figures = {value: row for value, row in rows.items() if any(row)}
    return _Aspect(_excerpt(name, 40), figures, [value for value in rows if value not in figures], charts.bars(figures))


def _latencies(results: Sequence[Result]) -> dict[str, list[float | int | None]]:
    names = {
        "p50, ms": "p50",
        "p90, ms": "p90",
        "p99, ms": "p99",
        "questions per second": "questions_per_second",
    }
    if not any(result.latency for result in results):
        return {}
    return {name: [getattr(result.latency, field, None) for result in results] for name, field in names.items()}


def _worst(result: Result, measure: str) -> list[QuestionResult]:
    """Return the answerable questions with the lowest scores, without those with a perfect score."""
    scored = [
        question for question in result.questions if question.answerable and question.scores.get(measure, 1.0) < 1.0
    ]
    return sorted(scored, key=lambda question: (question.scores[measure], question.id))[:_MAX_WORST]


def _answered_unanswerable(result: Result) -> list[QuestionResult]:
    """Return the unanswerable questions that were answered, by decreasing certainty."""
    answered = [
        question
        for question in result.questions
        if not (question.answerable or question.abstained or question.failure) and (question.first or question.answer)
    ]
    return sorted(answered, key=lambda question: (-certainty_of(question), question.id))[:_MAX_UNANSWERABLE]


# --- formatting


def _finalize(value: object) -> object:
    """Replace invisible characters by their code points; markup has been processed before."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", value)


def _excerpt(text: str, length: int) -> str:
    """Return the beginning of a text, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _ms(value: float) -> str:
    """Return a number with three significant digits, without an exponent."""
    return f"{float(f'{value:.3g}'):.12g}"


def _counts(row: Sequence[Figure | None]) -> str:
    """Return the number of questions of a measure; one number for each result if they differ."""
    counts = {figure.count for figure in row if figure}
    return str(*counts) if len(counts) == 1 else " / ".join(str(figure.count) if figure else "–" for figure in row)


def _format_certainty(question: QuestionResult) -> str:
    return "none" if question.certainty is None else f"{question.certainty:.3f}"
