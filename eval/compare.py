"""Two results on the same questions, and whether they differ by more than chance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.errors import EvaluationError
from eval.measures import bootstrap, grouped
from eval.result import Asked, Result

_PERMUTATIONS = 10_000
_BLOCK = 500  # permutations at a time, bounds the memory
_DECIDING = "nDCG@10"  # tells which questions got better or worse
_COMPARED = ("nDCG@10", "RR@10", "Success@1", "R@10", "R@100")
_ANSWERS = ("citation precision", "citation recall", "answer containment")


@dataclass(frozen=True, slots=True)
class Difference:
    """How a measure differs: `after` less `before`, over the questions that both results have."""

    measure: str
    before: float
    after: float
    low: float  # of the 95 % interval of the difference
    high: float
    p: float
    corrected: float  # p with the other measures in mind (Holm 1979)
    questions: int

    @property
    def difference(self) -> float:
        """What was gained."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Change:
    """A question that got better or worse, with what came first before and after."""

    id: str
    question: str
    before: float
    after: float
    first_before: str | None
    first_after: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results side by side; the questions that changed most come first."""

    before: str
    after: str
    questions: int
    deciding: str  # the measure that `better` and `worse` go by
    differences: tuple[Difference, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]


def compare(before: Result, after: Result, seed: int = 0) -> Comparison:
    """Compare two results question by question.

    Raises:
        EvaluationError: they are not of the same data set, judged alike, or have no answerable question in common.
    """
    if (before.data.sha256, before.data.level) != (after.data.sha256, after.data.level):
        raise EvaluationError(
            f"{before.data.name} and {after.data.name} are not the same data set, as their hashes tell: "
            "run both systems on one"
        )
    if before.top_k != after.top_k:
        raise EvaluationError(f"asked for {before.top_k} and {after.top_k} passages: run both with the same --top-k")
    theirs = {one.id: one for one in after.questions}
    pairs = [(one, theirs[one.id]) for one in before.questions if one.id in theirs and one.answerable]
    if not pairs:
        raise EvaluationError("the results have no answerable question in common: run both on the same questions")
    level = before.data.level
    found = []
    for name in (*(f"{level} {measure}" for measure in _COMPARED), *_ANSWERS):
        both = [(one, other) for one, other in pairs if name in one.scores and name in other.scores]
        if both:
            found.append(_difference(name, both, seed))
    corrected = holm([one.p for one in found])
    deciding = f"{level} {_DECIDING}"
    changes = sorted((_change(one, other, deciding) for one, other in pairs), key=lambda c: c.after - c.before)
    names = [f"{result.system.name} ({result.circumstances.made})" for result in (before, after)]
    return Comparison(
        before=names[0],
        after=names[1],
        questions=len(pairs),
        deciding=deciding,
        differences=tuple(replace(one, corrected=p) for one, p in zip(found, corrected, strict=True)),
        better=tuple(change for change in reversed(changes) if change.after > change.before),
        worse=tuple(change for change in changes if change.after < change.before),
    )


def randomisation(differences: np.ndarray, seed: int = 0) -> float:
    """Return the two-sided p of a mean difference being 0, by flipping signs at random (Smucker et al. 2007).

    What was observed counts as one of the permutations (Phipson and Smyth 2010), so p is never 0; no difference at all
    gives 1.
    """
    observed = abs(differences.sum())
    random = np.random.default_rng(seed)
    as_large = 0
    for _ in range(_PERMUTATIONS // _BLOCK):
        signs = random.integers(0, 2, size=(_BLOCK, len(differences)), dtype=np.int8) * 2 - 1
        as_large += int((np.abs(signs @ differences) >= observed - 1e-9).sum())
    return (as_large + 1) / (_PERMUTATIONS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for there being several of them (Holm 1979).

    0.01, 0.04, 0.03 become 0.03, 0.06, 0.06.
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, number in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[number]))
        corrected[number] = largest
    return corrected


def _difference(name: str, pairs: Sequence[tuple[Asked, Asked]], seed: int) -> Difference:
    before = [one.scores[name] for one, _ in pairs]
    after = [other.scores[name] for _, other in pairs]
    groups = [one.group for one, _ in pairs]
    sums, counts = grouped(np.subtract(after, before).tolist(), groups)
    low, high = bootstrap(sums, counts, seed)
    p = randomisation(sums, seed)
    return Difference(name, float(np.mean(before)), float(np.mean(after)), low, high, p, p, len(pairs))


def _change(one: Asked, other: Asked, deciding: str) -> Change:
    return Change(one.id, one.question, one.scores[deciding], other.scores[deciding], _first(one), _first(other))


def _first(asked: Asked) -> str | None:
    return f"{asked.first[0].title}: {' '.join(asked.first[0].text.split())[:160]}" if asked.first else asked.failure
