"""Compares two results on the same questions, with significance tests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval import measures
from eval.errors import EvaluationError
from eval.measures import Resampled, grouped
from eval.result import QuestionResult, Result
from eval.score import separations

_PERMUTATIONS = 10_000
_BLOCK = 500  # permutations per batch, to limit memory
_DECIDING_MEASURE = "nDCG@10"  # decides which questions are better or worse
_RANKING_MEASURES = ("nDCG@10", "RR@10", "Success@1", "R@10", "R@100")
_MAX_EXCERPT = 160  # code points of the first passage of a changed question
_ANSWER_MEASURES = ("first quote accuracy", "citation precision", "citation recall", "answer containment")


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of a measure, `after` minus `before`, over the questions in both results."""

    measure: str
    before: float
    after: float
    low: float  # of the 95 % interval of the difference
    high: float
    p: float | None  # None for measures of certainties, which are not means over questions
    corrected: float | None  # p corrected for multiple comparisons (Holm 1979)
    questions: int

    @property
    def difference(self) -> float:
        """The gain, negative for a loss."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Change:
    """A question that is better or worse, with the first passage before and after."""

    id: str
    question: str
    before: float
    after: float
    first_before: str | None
    first_after: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison of two results; the questions with the largest changes come first."""

    before: str
    after: str
    questions: int
    deciding: str  # the measure that defines `better` and `worse`
    differences: tuple[Difference, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]


def compare_results(before: Result, after: Result, seed: int = 0) -> Comparison:
    """Compare two results question by question.

    Raises:
        EvaluationError: they differ in data set, level or top_k, or have no answerable question in common.
    """
    if (before.data.sha256, before.data.level) != (after.data.sha256, after.data.level):
        raise EvaluationError(
            f"{before.data.name} and {after.data.name} are not the same data set (SHA-256 or level differs): "
            "run both systems on the same data"
        )
    if before.top_k != after.top_k:
        raise EvaluationError(
            f"the results differ in top_k ({before.top_k} and {after.top_k}): run both with the same --top-k"
        )
    after_by_id = {question.id: question for question in after.questions}
    common = [(question, after_by_id[question.id]) for question in before.questions if question.id in after_by_id]
    pairs = [pair for pair in common if pair[0].answerable]
    if not pairs:
        raise EvaluationError("the results have no answerable question in common: run both on the same questions")
    level = before.data.level
    differences = []
    for name in (*(f"{level} {measure}" for measure in _RANKING_MEASURES), *_ANSWER_MEASURES):
        scored = [pair for pair in pairs if all(name in question.scores for question in pair)]
        if scored:
            differences.append(_difference(name, scored, seed))
    differences = corrected_by_holm(differences)
    separated = [_separations([pair[side] for pair in common], seed) for side in (0, 1)]
    differences += [_separation_difference(name, *(of[name] for of in separated)) for name in separated[0]]
    deciding = f"{level} {_DECIDING_MEASURE}"
    changes = sorted((_change(*pair, deciding) for pair in pairs), key=lambda change: change.after - change.before)
    names = [f"{result.system.name} ({result.circumstances.made})" for result in (before, after)]
    return Comparison(
        before=names[0],
        after=names[1],
        questions=len(pairs),
        deciding=deciding,
        differences=tuple(differences),
        better=tuple(change for change in reversed(changes) if change.after > change.before),
        worse=tuple(change for change in changes if change.after < change.before),
    )


def randomization_test(differences: np.ndarray, seed: int = 0) -> float:
    """Return the two-sided p value of a paired randomization test, with random signs (Smucker et al. 2007).

    The observation counts as one of the permutations (Phipson and Smyth 2010), so p is never 0. Without any difference
    p is 1.
    """
    observed = abs(differences.sum())
    random = np.random.default_rng(seed)
    extreme = 0
    for _ in range(_PERMUTATIONS // _BLOCK):
        signs = random.integers(0, 2, size=(_BLOCK, len(differences)), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ differences) >= observed - 1e-9).sum())
    return (extreme + 1) / (_PERMUTATIONS + 1)


def corrected_by_holm(differences: Sequence[Difference]) -> list[Difference]:
    """Return the differences with p corrected over all of them that have one."""
    corrected = iter(holm([difference.p for difference in differences if difference.p is not None]))
    return [each if each.p is None else replace(each, corrected=next(corrected)) for each in differences]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for multiple comparisons (Holm 1979).

    Example: 0.01, 0.04, 0.03 become 0.03, 0.06, 0.06.
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _difference(name: str, pairs: Sequence[tuple[QuestionResult, QuestionResult]], seed: int) -> Difference:
    before = [question.scores[name] for question, _ in pairs]
    after = [question.scores[name] for _, question in pairs]
    groups = [question.group for question, _ in pairs]
    differences = np.subtract(after, before).tolist()
    low, high = measures.mean(differences, groups, seed).interval
    p = randomization_test(grouped(differences, groups)[0], seed)
    return Difference(name, float(np.mean(before)), float(np.mean(after)), low, high, p, p, len(pairs))


def _separations(questions: Sequence[QuestionResult], seed: int) -> dict[str, Resampled]:
    answerable = [question for question in questions if question.answerable]
    return separations(answerable, [question for question in questions if not question.answerable], seed)


def _separation_difference(name: str, before: Resampled, after: Resampled) -> Difference:
    difference = Resampled(after.value - before.value, after.resamples - before.resamples, after.count)
    return Difference(name, before.value, after.value, *difference.interval, None, None, difference.count)


def _change(before: QuestionResult, after: QuestionResult, deciding: str) -> Change:
    return Change(
        before.id,
        before.question,
        before.scores[deciding],
        after.scores[deciding],
        _first_passage(before),
        _first_passage(after),
    )


def _first_passage(question: QuestionResult) -> str | None:
    if not question.first:
        return question.failure
    first = question.first[0]
    return f"{first.title}: {' '.join(first.text.split())[:_MAX_EXCERPT]}"
