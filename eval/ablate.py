"""Ablation: measures newsqa, then newsqa without each of its parts.

A part is removed by replacing an input of an asker (means, weights, vectors, lexical search), so that answering needs
no switches. One more part is one more entry of `_VARIANTS`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.compare import Comparison, Difference, compare_results, corrected_by_holm
from eval.errors import EvaluationError
from eval.result import Result
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.embed import Embedding, TextEmbedder
from index.types import Span
from qa.archive import variant
from qa.ask import Asker
from qa.rank import Weights

_FULL = "full"
_MEASURES = ("nDCG@10", "RR@10", "first quote accuracy", "abstention AUROC near-miss", "refusal at 95 % near-miss")
_SHOWN = ("nDCG@10", "first quote accuracy", "abstention AUROC near-miss")  # on a terminal; the JSON output has all
_NO_MEANS = LanguageMeans({})
_DENSE_ONLY = Weights(maxsim=0, dense=1, dense_crosslingual=1, lexical=0, lexical_crosslingual=0)


@dataclass(frozen=True, slots=True)
class Row:
    """A variant: its figures by measure, as far as measured, and their differences from those of the full newsqa."""

    name: str
    figures: dict[str, float]
    differences: dict[str, Difference]  # empty for the full newsqa; p is corrected over all rows


def run_ablation(asker: Asker, measure_variant: Callable[[str, Asker], Result], seed: int = 0) -> list[Row]:
    """Return a row for the full newsqa, then one for each of `_VARIANTS`.

    `measure_variant` takes the name of a variant and its asker, and returns its result.

    Raises:
        EvaluationError: a question failed, which would distort the differences.
    """
    full = _complete(_FULL, measure_variant(_FULL, asker))
    others = {}
    for name, open_variant in _VARIANTS.items():
        with open_variant(asker) as changed:
            others[name] = _complete(name, measure_variant(name, changed))
    comparisons = [compare_results(full, result, seed) for result in others.values()]
    by_measure = {measure: _differences(full.level_name(measure), comparisons) for measure in _figures(full)}
    rows = [Row(_FULL, _figures(full), {})]
    for index, (name, result) in enumerate(others.items()):
        differences = {measure: of_measure[index] for measure, of_measure in by_measure.items()}
        rows.append(Row(name, _figures(result), differences))
    return rows


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print a table of the variants for each measure."""
    for measure in _SHOWN:
        if measure not in rows[0].figures:
            continue
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        table.add_column(measure, min_width=max(len(row.name) for row in rows))
        for heading in ("value", "difference", "95 % interval", "p"):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in rows:
            cells = [f"{row.figures[measure]:.3f}"]
            if change := row.differences.get(measure):
                cells += [f"{change.difference:+.3f}", f"{change.low:+.3f} … {change.high:+.3f}"]
                cells += ["" if change.corrected is None else f"{change.corrected:.4f}"]
            table.add_row(row.name, *cells)
        console.print(table)
        console.print()
    console.print("[dim]p by two-sided paired randomization test, Holm-corrected over all rows[/]")


# --- figures


def _complete(name: str, result: Result) -> Result:
    if result.failures:
        failed = next(question for question in result.questions if question.failure)
        raise EvaluationError(f"{name}: {result.failures} questions failed, the first ({failed.id}): {failed.failure}")
    return result


def _figures(result: Result) -> dict[str, float]:
    named = {measure: result.figures.get(result.level_name(measure)) for measure in _MEASURES}
    return {measure: figure.value for measure, figure in named.items() if figure}


def _differences(measure: str, comparisons: Iterable[Comparison]) -> list[Difference]:
    return corrected_by_holm(
        [next(each for each in comparison.differences if each.measure == measure) for comparison in comparisons]
    )


# --- variants


@contextmanager
def _dense(asker: Asker, means: LanguageMeans | None = None) -> Iterator[Asker]:
    with variant(asker, means=means, lexical=False) as changed:
        yield replace(changed, weights=_DENSE_ONLY)


def _weighted(**weights: float) -> Callable[[Asker], AbstractContextManager[Asker]]:
    return lambda asker: nullcontext(replace(asker, weights=replace(asker.weights, **weights)))


_VARIANTS: dict[str, Callable[[Asker], AbstractContextManager[Asker]]] = {
    "without language centering": lambda asker: variant(asker, means=_NO_MEANS),
    "without token vectors": _weighted(maxsim=0),
    "without surprisal weights": lambda asker: nullcontext(replace(asker, embedder=_UniformSurprisal(asker.embedder))),
    "without dense score": _weighted(dense=0, dense_crosslingual=0),
    "without lexical score": _weighted(lexical=0, lexical_crosslingual=0),
    "without lexical candidates": lambda asker: variant(asker, lexical=False),
    "dense only": _dense,
    "dense only, not centered": lambda asker: _dense(asker, _NO_MEANS),
    "without reader": lambda asker: nullcontext(replace(asker, reader=None)),
}
"""The part that is removed, and how: a context manager that opens the changed asker."""


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

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        return self.embedder.surprisal(text)  # of names in a question in one case, which no weight depends on

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        return self.embedder.passages(texts)
