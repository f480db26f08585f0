"""Measures of rankings (by ir_measures), citations, abstention and languages; bootstrap intervals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import AP, RR, R, Success, nDCG
from numpy.typing import NDArray

from eval.judge import Ranking

RANKING = (nDCG @ 10, RR @ 10, Success @ 1, Success @ 5, R @ 10, R @ 100, AP)
_RESAMPLES = 2000
_BLOCK = 200  # resamples per batch, to limit memory
_BINS = 10
_CONFIDENCE = 0.95
_ACCEPTANCE = 0.95  # share of the answerable questions above the threshold of `separation`


@dataclass(frozen=True, slots=True)
class Resampled:
    """A measure over questions, with its values in bootstrap resamples (Efron 1979)."""

    value: float
    resamples: NDArray[np.float64]  # shape (resamples,); NaN where the measure is not defined
    count: int  # of questions

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval, by percentiles."""
        tail = (1 - _CONFIDENCE) / 2
        low, high = np.nanquantile(self.resamples, [tail, 1 - tail])
        return float(low), float(high)


def score(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, float]]:
    """Return each measure of `RANKING` by question id; an empty ranking scores 0.

    Questions without relevant ids have no scores.
    """
    qrels = {question: ranking.relevant for question, ranking in rankings.items() if ranking.relevant}
    # Scores decrease with the rank, because the tools reorder ties.
    run = {key: {item: float(-rank) for rank, item in enumerate(rankings[key].ids)} for key in qrels}
    scores: dict[str, dict[str, float]] = {question: {str(measure): 0.0 for measure in RANKING} for question in qrels}
    if qrels:
        for metric in ir_measures.iter_calc(RANKING, qrels, run):
            scores[metric.query_id][str(metric.measure)] = float(metric.value)
    return scores


def mean(values: Sequence[float], groups: Sequence[str], seed: int = 0) -> Resampled:
    """Return the mean of at least one value.

    Groups are resampled, not questions, because translations of one question are not independent observations. The same
    groups and seed give the same resamples, so that those of two systems can be subtracted.
    """
    sums, counts = grouped(values, groups)
    means = [sums[sample].sum(axis=1) / counts[sample].sum(axis=1) for sample in _samples(len(sums), seed)]
    return Resampled(float(np.mean(values)), np.concatenate(means), len(values))


def _samples(groups: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the indices of groups drawn with replacement, arrays of shape (resamples of a block, groups)."""
    random = np.random.default_rng(seed)
    for _ in range(_RESAMPLES // _BLOCK):
        yield random.integers(groups, size=(_BLOCK, groups))


def grouped(values: Sequence[float], groups: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum and the number of the values of each group, two arrays of shape (groups,)."""
    _, indices = np.unique(np.array(groups), return_inverse=True)
    return np.bincount(indices, weights=np.array(values, dtype=float)), np.bincount(indices).astype(float)


# --- citations


def precision(supporting: Sequence[bool]) -> float:
    """Return the share of an answer's citations that contain an expected quote; 0 without citations.

    Example: two right citations of three give 2/3.
    """
    return sum(supporting) / len(supporting) if supporting else 0.0


# --- abstention: a certainty is any score that is higher for answers more likely to be right


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Return the area under the ROC curve (Hanley and McNeil 1982), or None if either input is empty.

    This is the share of pairs in which the answerable question has the higher certainty; ties count half. Example:
    answerable 0.9, 0.4 and unanswerable 0.5, 0.4 give two right pairs, a wrong one and a tie: 2.5/4 = 0.625.
    """
    if not answerable or not unanswerable:
        return None
    _, level = np.unique(np.array([*answerable, *unanswerable]), return_inverse=True)
    (area,), _ = _separate(level, np.arange(len(level)) < len(answerable), np.ones((1, len(level))))
    return float(area)


def separation(
    certainties: Sequence[float], answerable: Sequence[bool], groups: Sequence[str], seed: int = 0
) -> tuple[Resampled, Resampled] | None:
    """Return AUROC and refusal, or None without an answerable or without an unanswerable question.

    Refusal is the share of unanswerable questions below the highest certainty that at least 95 % of the answerable ones
    reach. Example: answerable 0.1 once and 0.5 nineteen times give the threshold 0.5; of unanswerable 0.2, 0.4, 0.5 two
    are below it: 2/3. Groups are resampled as in `mean`.
    """
    flags = np.array(answerable, dtype=bool)
    if not flags.any() or flags.all():
        return None
    _, level = np.unique(np.array(certainties, dtype=float), return_inverse=True)
    names, group = np.unique(np.array(groups), return_inverse=True)
    blocks = []
    for sample in _samples(len(names), seed):
        rows = np.arange(len(sample))[:, None] * len(names)
        draws = np.bincount((sample + rows).ravel(), minlength=sample.size).reshape(sample.shape)
        blocks.append(_separate(level, flags, draws[:, group].astype(float)))
    areas, refusals = np.concatenate(blocks, axis=1)
    (area,), (refusal,) = _separate(level, flags, np.ones((1, len(level))))
    return Resampled(float(area), areas, len(level)), Resampled(float(refusal), refusals, len(level))


def _separate(
    level: NDArray[np.int64], answerable: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return AUROC and refusal for each row of `weights`, shape (2, rows).

    `level` is the rank of each question's certainty from 0, equal for equal certainties; `weights` counts how often
    each row has each question, shape (rows, questions).
    """
    order = np.argsort(level, kind="stable")
    starts = np.flatnonzero(np.diff(level[order], prepend=-1))
    positive = np.add.reduceat(weights[:, order] * answerable[order], starts, axis=1)
    negative = np.add.reduceat(weights[:, order] * ~answerable[order], starts, axis=1)
    positives, negatives = positive.sum(axis=1), negative.sum(axis=1)
    below = np.cumsum(negative, axis=1) - negative
    reached = np.cumsum(positive[:, ::-1], axis=1)[:, ::-1]  # answerable questions at each level and above
    threshold = np.maximum((reached >= _ACCEPTANCE * positives[:, None] - 1e-9).sum(axis=1) - 1, 0)
    pairs = (positive * (below + negative / 2)).sum(axis=1)
    refused = np.take_along_axis(below, threshold[:, None], axis=1)[:, 0]
    both = (positives > 0) & (negatives > 0)
    result = np.full((2, len(weights)), np.nan)
    np.divide(pairs, positives * negatives, out=result[0], where=both)
    np.divide(refused, negatives, out=result[1], where=both)
    return result


def risk_coverage(certainties: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return (coverage, risk) after each answer, by decreasing certainty (Geifman and El-Yaniv 2017).

    Risk is the share of wrong answers so far. Answers of equal certainty each count with their average error rate.
    Example: certainties 0.9, 0.5, 0.5 that are right, wrong, right give risks 0, 1/4, 1/3.
    """
    wrong = 1 - np.array(right, dtype=float)
    _, level = np.unique(-np.array(certainties, dtype=float), return_inverse=True)
    average = np.bincount(level, weights=wrong) / np.bincount(level) if len(wrong) else wrong
    counts = np.arange(1, len(wrong) + 1)
    risks = np.cumsum(average[np.sort(level)]) / counts
    return [(float(coverage), float(risk)) for coverage, risk in zip(counts / max(len(wrong), 1), risks, strict=True)]


def risk_area(certainties: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the mean risk over all coverages, 0 if every answer is right; None for no answers."""
    curve = risk_coverage(certainties, right)
    return float(np.mean([risk for _, risk in curve])) if curve else None


def calibration(probabilities: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, int]]:
    """Return (mean probability, share of right answers, number of answers) for each non-empty bin of ten."""
    bin_of = np.clip((np.array(probabilities, dtype=float) * _BINS).astype(int), 0, _BINS - 1)
    bins = []
    for number in np.unique(bin_of):
        inside = bin_of == number
        predicted, observed = np.array(probabilities)[inside].mean(), np.array(right, dtype=float)[inside].mean()
        bins.append((float(predicted), float(observed), int(inside.sum())))
    return bins


def calibration_error(probabilities: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the expected calibration error over ten bins (Naeini et al. 2015), or None for no answers.

    Example: probabilities 0.9, 0.9, 0.2 that are right, wrong, wrong give (2 x |0.9 - 0.5| + 1 x |0.2 - 0|) / 3 = 1/3.
    """
    bins = calibration(probabilities, right)
    total = sum(count for _, _, count in bins)
    return sum(abs(predicted - observed) * count for predicted, observed, count in bins) / total if total else None


# --- languages


def parity_gap(scores: Mapping[str, Mapping[str, float]], first: str, second: str) -> tuple[float, int] | None:
    """Return the difference of the mean scores of two languages, and the number of questions in both languages.

    `scores` has the scores by group and language: {"a": {"fr": 1, "en": 0.5}, "b": {"fr": 1, "en": 1}, "c": {"fr": 0}}
    gives |1 - 0.75| = 0.25 over two questions. None if no question is in both languages.
    """
    pairs = [(by[first], by[second]) for by in scores.values() if first in by and second in by]
    if not pairs:
        return None
    return float(abs(np.mean([a for a, _ in pairs]) - np.mean([b for _, b in pairs]))), len(pairs)
