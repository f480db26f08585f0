"""Measures of rankings, through ir_measures, and of answers, which no library has; every mean with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import AP, RR, R, Success, nDCG

from eval.judge import Ranking

RANKING = (nDCG @ 10, RR @ 10, Success @ 1, Success @ 5, R @ 10, R @ 100, AP)
_RESAMPLES = 2000
_BLOCK = 200  # resamples at a time, bounds the memory
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
    """Return each measure of `RANKING` by question; a question for which nothing was found has 0.

    Questions with nothing relevant have no scores.
    """
    qrels = {question: ranking.relevant for question, ranking in rankings.items() if ranking.relevant}
    # Scores fall with the rank, or the tools would put equal ones into an order of their own.
    run = {q: {id_: float(-rank) for rank, id_ in enumerate(rankings[q].ids)} for q in qrels}
    scores: dict[str, dict[str, float]] = {question: {str(measure): 0.0 for measure in RANKING} for question in qrels}
    if qrels:
        for metric in ir_measures.iter_calc(RANKING, qrels, run):
            scores[metric.query_id][str(metric.measure)] = float(metric.value)
    return scores


def mean(values: Sequence[float], groups: Sequence[str], seed: int = 0) -> Mean | None:
    """Return the mean with its percentile bootstrap interval (Efron 1979), or None of no values.

    Groups are resampled, not questions: translations of one question say little more than one of them.
    """
    if not values:
        return None
    low, high = bootstrap(*grouped(values, groups), seed)
    return Mean(float(np.mean(values)), low, high, len(values))


def bootstrap(sums: np.ndarray, counts: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of a mean over values whose sums and numbers are given by group."""
    random = np.random.default_rng(seed)
    means = []
    for _ in range(_RESAMPLES // _BLOCK):
        drawn = random.integers(len(sums), size=(_BLOCK, len(sums)))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


def grouped(values: Sequence[float], groups: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum and the number of the values of each group."""
    _, which = np.unique(np.array(groups), return_inverse=True)
    return np.bincount(which, weights=np.array(values, dtype=float)), np.bincount(which).astype(float)


# --- citations


def precision(supporting: Sequence[bool]) -> float:
    """Return the share of an answer's citations that quote an expected place; 0 if it cites nothing.

    Two of three citations right: 2/3.
    """
    return sum(supporting) / len(supporting) if supporting else 0.0


# --- abstention: certainties are scores that are higher where a system is surer to answer rightly


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float | None:
    """Return how often an answerable question has the higher certainty of two, ties counting half.

    Answerable 0.9, 0.4 and unanswerable 0.5, 0.4: of four pairs two are right, one is wrong and one a tie: 0.625. This
    is the area under the ROC curve (Hanley and McNeil 1982). None if either is empty.
    """
    if not answerable or not unanswerable:
        return None
    ordered = np.sort(np.array(unanswerable))
    below = np.searchsorted(ordered, answerable, side="left")
    up_to = np.searchsorted(ordered, answerable, side="right")
    return float(np.mean(below + up_to) / 2 / len(ordered))


def risk_coverage(certainties: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return (coverage, risk) after each answer given, the surest first (Geifman and El-Yaniv 2017).

    Risk is the share of the answers given so far that are wrong. Equal certainties come in no order, so that each
    counts what they have wrong on average: certainties 0.9, 0.5, 0.5 that are right, wrong, right give risks 0, 1/4,
    1/3.
    """
    wrong = 1 - np.array(right, dtype=float)
    _, level = np.unique(-np.array(certainties, dtype=float), return_inverse=True)
    average = np.bincount(level, weights=wrong) / np.bincount(level) if len(wrong) else wrong
    given = np.arange(1, len(wrong) + 1)
    risks = np.cumsum(average[np.sort(level)]) / given
    return [(float(coverage), float(risk)) for coverage, risk in zip(given / max(len(wrong), 1), risks, strict=True)]


def risk_area(certainties: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the mean risk over all coverages: 0 for a system that is never wrong. None of no answers."""
    curve = risk_coverage(certainties, right)
    return float(np.mean([risk for _, risk in curve])) if curve else None


def calibration(probabilities: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float, int]]:
    """Return (mean probability, share that is right, answers) for each tenth of the probabilities that has any."""
    which = np.clip((np.array(probabilities, dtype=float) * _BINS).astype(int), 0, _BINS - 1)
    bins = []
    for number in np.unique(which):
        inside = which == number
        said, true = np.array(probabilities)[inside].mean(), np.array(right, dtype=float)[inside].mean()
        bins.append((float(said), float(true), int(inside.sum())))
    return bins


def calibration_error(probabilities: Sequence[float], right: Sequence[bool]) -> float | None:
    """Return the expected calibration error over ten bins (Naeini et al. 2015), or None of no answers.

    Probabilities 0.9, 0.9, 0.2 that are right, wrong, wrong: (2 x |0.9 - 0.5| + 1 x |0.2 - 0|) / 3 = 1/3.
    """
    bins = calibration(probabilities, right)
    total = sum(count for _, _, count in bins)
    return sum(abs(said - true) * count for said, true, count in bins) / total if total else None


# --- languages


def parity_gap(scores: Mapping[str, Mapping[str, float]], one: str, other: str) -> tuple[float, int] | None:
    """Return by how much the mean score differs between two languages, and over how many questions asked in both.

    `scores` has scores by language by group: {"a": {"fr": 1, "en": 0.5}, "b": {"fr": 1, "en": 1}, "c": {"fr": 0}} gives
    |1 - 0.75| = 0.25 over two. None if no question was asked in both.
    """
    pairs = [(by[one], by[other]) for by in scores.values() if one in by and other in by]
    if not pairs:
        return None
    return float(abs(np.mean([a for a, _ in pairs]) - np.mean([b for _, b in pairs]))), len(pairs)
