"""Measures of rankings (by ir_measures), citations, abstention and languages; means with bootstrap intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import AP, RR, R, Success, nDCG

from eval.judge import Ranking

RANKING = (nDCG @ 10, RR @ 10, Success @ 1, Success @ 5, R @ 10, R @ 100, AP)
_RESAMPLES = 2000
_BLOCK = 200  # resamples per batch, to limit memory
_BINS = 10
_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over questions and its 95 % interval."""

    value: float
    low: float
    high: float
    count: int


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


def mean(values: Sequence[float], groups: Sequence[str], seed: int = 0) -> Mean | None:
    """Return the mean with its percentile bootstrap interval (Efron 1979), or None for no values.

    Groups are resampled, not questions, because translations of one question are not independent observations.
    """
    if not values:
        return None
    low, high = bootstrap(*grouped(values, groups), seed)
    return Mean(float(np.mean(values)), low, high, len(values))


def bootstrap(sums: np.ndarray, counts: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of a mean, from the sum and the number of the values of each group."""
    random = np.random.default_rng(seed)
    means = []
    for _ in range(_RESAMPLES // _BLOCK):
        sample = random.integers(len(sums), size=(_BLOCK, len(sums)))
        means.append(sums[sample].sum(axis=1) / counts[sample].sum(axis=1))
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


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
    ordered = np.sort(np.array(unanswerable))
    below = np.searchsorted(ordered, answerable, side="left")
    up_to = np.searchsorted(ordered, answerable, side="right")
    return float(np.mean(below + up_to) / 2 / len(ordered))


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
