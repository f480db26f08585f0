"""Ablation: measures the full ranking, then the ranking without each of its parts.

A part is removed by replacing an input of the ranking (means, weights, vectors, lexical search), so the ranking needs
no switches.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.table import Table

from eval.compare import Difference, compare_results, holm
from eval.errors import EvaluationError
from eval.result import Result
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.embed import Embedding, TextEmbedder
from index.types import Span
from qa.archive import variant
from qa.ask import Asker
from qa.rank import Weights

_MEASURES = ("nDCG@10", "RR@10")
_DENSE_ONLY = Weights(maxsim=0, dense=1, dense_crosslingual=1, lexical=0, lexical_crosslingual=0)


@dataclass(frozen=True, slots=True)
class Row:
    """A variant: its figures by measure, and their differences from the full ranking."""

    name: str
    figures: dict[str, float]
    differences: dict[str, Difference]  # empty for the full ranking; p is corrected over all rows


def run_ablation(asker: Asker, measure_variant: Callable[[str, Asker], Result], seed: int = 0) -> list[Row]:
    """Return a row for the full ranking, for the ranking without each of its parts, and for dense search only.

    `measure_variant` takes the name of a variant and its asker, and returns its result.

    Raises:
        EvaluationError: a question failed, which would distort the differences.
    """
    with _variants(asker) as variants:
        results = {name: _complete(name, measure_variant(name, variant)) for name, variant in variants.items()}
    (name, full), *others = results.items()
    rows = [Row(name, _figures(full), {})]
    by_measure = {measure: _differences(measure, full, [result for _, result in others], seed) for measure in _MEASURES}
    for index, (name, result) in enumerate(others):
        differences = {measure: of_measure[index] for measure, of_measure in by_measure.items()}
        rows.append(Row(name, _figures(result), differences))
    return rows


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print a table of the variants; the JSON output has the intervals of every measure."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("")
    first, second = _MEASURES
    for heading in (first, "difference", "95 % interval", "p", second, "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        cells = []
        for measure in _MEASURES:
            change = row.differences.get(measure)
            cells += [f"{row.figures[measure]:.3f}", f"{change.difference:+.3f}" if change else ""]
            if measure == first:
                cells += [f"{change.low:+.3f} … {change.high:+.3f}", f"{change.corrected:.4f}"] if change else ["", ""]
        table.add_row(row.name, *cells)
    console.print(table)
    console.print("[dim]p by two-sided paired randomization test, Holm-corrected over all rows[/]")


# --- figures


def _complete(name: str, result: Result) -> Result:
    if result.failures:
        failed = next(question for question in result.questions if question.failure)
        raise EvaluationError(f"{name}: {result.failures} questions failed, the first ({failed.id}): {failed.failure}")
    return result


def _figures(result: Result) -> dict[str, float]:
    return {measure: result.figures[f"{result.data.level} {measure}"].value for measure in _MEASURES}


def _differences(measure: str, full: Result, others: Iterable[Result], seed: int) -> list[Difference]:
    name = f"{full.data.level} {measure}"
    comparisons = [compare_results(full, other, seed) for other in others]
    differences = [next(each for each in comparison.differences if each.measure == name) for comparison in comparisons]
    corrected = holm([difference.p for difference in differences])
    return [replace(difference, corrected=p) for difference, p in zip(differences, corrected, strict=True)]


# --- variants


@contextmanager
def _variants(asker: Asker) -> Iterator[dict[str, Asker]]:
    weights, no_means = asker.weights, LanguageMeans({})
    with (
        variant(asker, means=no_means) as uncentered,
        variant(asker, lexical=False) as without_lexical,
        variant(asker, means=no_means, lexical=False) as dense_uncentered,
    ):
        yield {
            "full": asker,
            "without language centering": uncentered,
            "without token vectors": replace(asker, weights=replace(weights, maxsim=0)),
            "without surprisal weights": replace(asker, embedder=_UniformSurprisal(asker.embedder)),
            "without dense score": replace(asker, weights=replace(weights, dense=0, dense_crosslingual=0)),
            "without lexical score": replace(asker, weights=replace(weights, lexical=0, lexical_crosslingual=0)),
            "without lexical candidates": without_lexical,
            "dense only": replace(without_lexical, weights=_DENSE_ONLY),
            "dense only, not centered": replace(dense_uncentered, weights=_DENSE_ONLY),
        }


@dataclass(frozen=True, slots=True)
class _UniformSurprisal:
    """An embedder that gives every token of a question the same surprisal."""

    embedder: TextEmbedder

    @property
    def model(self) -> Model:
        return self.embedder.model

    @property
    def max_passage_tokens(self) -> int:
        return self.embedder.max_passage_tokens

    def token_spans(self, text: str) -> list[Span]:
        return self.embedder.token_spans(text)

    def question(self, text: str) -> Embedding:
        embedding = self.embedder.question(text)
        return replace(embedding, surprisal=np.ones_like(embedding.surprisal))

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        return self.embedder.passages(texts)
