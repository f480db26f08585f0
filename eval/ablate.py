"""What each part of the ranking is worth: newsqa is measured as it is, then without one part after another.

Parts are taken away by what newsqa is given (means, weights, vectors, words), so that it needs no switches for this.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.table import Table

from eval.compare import Difference, compare, holm
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
_DENSE = Weights(maxsim=0, dense=1, dense_crosslingual=1, lexical=0, lexical_crosslingual=0)


@dataclass(frozen=True, slots=True)
class Row:
    """One newsqa: its figures by measure, and how they differ from those of the whole one."""

    name: str
    figures: dict[str, float]
    differences: dict[str, Difference]  # none for the whole one; p is corrected for there being several rows


def ablate(asker: Asker, measured: Callable[[str, Asker], Result], seed: int = 0) -> list[Row]:
    """Return newsqa as it is, without each of its parts, and as the plain dense search that it began as.

    `measured` asks one of them the questions.

    Raises:
        EvaluationError: a question failed, which would pass for the worth of a part.
    """
    with _variants(asker) as variants:
        results = {name: _complete(name, measured(name, one)) for name, one in variants.items()}
    (name, whole), *others = results.items()
    rows = [Row(name, _figures(whole), {})]
    by_measure = {measure: _differences(measure, whole, [other for _, other in others], seed) for measure in _MEASURES}
    for at, (name, other) in enumerate(others):
        rows.append(Row(name, _figures(other), {measure: found[at] for measure, found in by_measure.items()}))
    return rows


def show(console: Console, rows: Sequence[Row]) -> None:
    """Print a row for each newsqa; JSON has the intervals of every measure."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("")
    first, second = _MEASURES
    for heading in (first, "difference", "95 % interval", "p", second, "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        cells = []
        for measure in _MEASURES:
            one = row.differences.get(measure)
            cells += [f"{row.figures[measure]:.3f}", f"{one.difference:+.3f}" if one else ""]
            if measure == first:
                cells += [f"{one.low:+.3f} … {one.high:+.3f}", f"{one.corrected:.4f}"] if one else ["", ""]
        table.add_row(row.name, *cells)
    console.print(table)
    console.print("[dim]p by two-sided paired randomisation, corrected by Holm for all rows[/]")


# --- figures


def _complete(name: str, result: Result) -> Result:
    if result.failures:
        failed = next(one for one in result.questions if one.failure)
        raise EvaluationError(f"{name}: {result.failures} questions failed, the first ({failed.id}): {failed.failure}")
    return result


def _figures(result: Result) -> dict[str, float]:
    return {measure: result.figures[f"{result.data.level} {measure}"].value for measure in _MEASURES}


def _differences(measure: str, whole: Result, others: Iterable[Result], seed: int) -> list[Difference]:
    wanted = f"{whole.data.level} {measure}"
    compared = [compare(whole, other, seed).differences for other in others]
    found = [next(one for one in differences if one.measure == wanted) for differences in compared]
    corrected = holm([one.p for one in found])
    return [replace(one, corrected=p) for one, p in zip(found, corrected, strict=True)]


# --- newsqa without a part


@contextmanager
def _variants(asker: Asker) -> Iterator[dict[str, Asker]]:
    weights, no_means = asker.weights, LanguageMeans({})
    with (
        variant(asker, means=no_means) as uncentered,
        variant(asker, lexical=False) as unsearched,
        variant(asker, means=no_means, lexical=False) as plain,
    ):
        yield {
            "whole": asker,
            "without language centring": uncentered,
            "without token vectors": replace(asker, weights=replace(weights, maxsim=0)),
            "without information weights": replace(asker, embedder=_Even(asker.embedder)),
            "without dense evidence": replace(asker, weights=replace(weights, dense=0, dense_crosslingual=0)),
            "without lexical evidence": replace(asker, weights=replace(weights, lexical=0, lexical_crosslingual=0)),
            "without candidates by words": unsearched,
            "dense only": replace(unsearched, weights=_DENSE),
            "dense only, not centred": replace(plain, weights=_DENSE),
        }


@dataclass(frozen=True, slots=True)
class _Even:
    """An embedder to whose questions every token says the same."""

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
