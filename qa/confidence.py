"""The probability that an answer is right.

A logistic regression over features of the token cosines of late interaction and, where passages were read, of what the
reader found. The cosines are not normalized per question, since normalized scores do not show whether an answer
exists. `make confidence` fits the coefficients on development halves and reports their quality; they are valid for one
embedding model and one reader.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.model.cache import Model
from index.types import EncodedQuestion
from qa.mentions import missing_names
from qa.types import Hit, Ranked

FILE = Path(__file__).with_suffix(".json")

FEATURES = ("worst", "lacking", "uneven", "across")
"""The names of the features, in the order of the coefficients; see `features`."""

READER_FEATURES = (*FEATURES, "unmentioned", "answerable")
"""The same for answers to questions whose best passages were read; see `reader_features`."""

MIN_CONFIDENCE = 0.46
"""Below it nothing is quoted; at least 95 % of the answerable questions of seeds/ reach it, in either half."""

_COMPARED_PASSAGES = 10  # best passages whose token cosines are compared with those of the first
_BEST_HITS = 3  # that are searched for the names of the question
_BEST_READ = 3  # passages that the reader finds most likely to answer
_MAX_LOGIT = 10.0  # larger ones say no more


@dataclass(frozen=True, slots=True)
class Confidence:
    """The coefficients for one embedding model."""

    intercept: float
    coefficients: tuple[float, ...]  # in the order of `FEATURES` or `READER_FEATURES`

    def probability(self, features: NDArray[np.float64]) -> float:
        """Return the probability that the answer is right."""
        return 1 / (1 + exp(-self.intercept - float(features @ np.array(self.coefficients))))


@cache
def confidence_for(model: str, names: tuple[str, ...] = FEATURES) -> Confidence | None:
    """Return the coefficients of the features `names` for a model identity, or None if there are none."""
    fitted = json.loads(FILE.read_text(encoding="utf-8"))
    if fitted["model"] != model:
        return None
    of_features = fitted.get("with reader" if names == READER_FEATURES else "without reader")
    if of_features is None:
        return None
    return Confidence(of_features["intercept"], tuple(of_features["coefficients"][name] for name in names))


def confidence(model: Model, question: EncodedQuestion, ranked: Sequence[Ranked], hits: Sequence[Hit]) -> float | None:
    """Return the probability that the answer is right; None for a model without coefficients.

    It is 0 if nothing was found, or if the question has no letter and no digit.

    `ranked` are the candidates as ranked before reading, `hits` the best of them after it. What the reader found counts
    once `make confidence` has fitted coefficients for it.
    """
    calibrated = confidence_for(model.identity)
    if calibrated is None:
        return None
    if not ranked or not any(map(str.isalnum, question.text)):
        return 0.0
    values = features(question, ranked)
    with_reader = confidence_for(model.identity, READER_FEATURES)
    if with_reader and hits and hits[0].reading:
        return with_reader.probability(np.concatenate([values, reader_features(hits)]))
    return calibrated.probability(values)


def features(question: EncodedQuestion, ranked: Sequence[Ranked]) -> NDArray[np.float64]:
    """Return the values of `FEATURES` for the first of `ranked`, shape (4,).

    `worst`: mean cosine of the third of the question's tokens with the lowest cosines. `lacking`: weighted mean
    difference between the best cosines among the first passages and its own. `uneven`: weighted standard deviation of
    its cosines. `across`: 1 if the passage is in another language than the question, else 0.
    """
    first, weights = ranked[0], question.weights
    cosines = first.token_cosines
    worst = np.sort(cosines)[: max(1, len(cosines) // 3)].mean()
    best = np.max([passage.token_cosines for passage in ranked[:_COMPARED_PASSAGES]], axis=0)
    lacking = (best - cosines) @ weights
    uneven = np.sqrt(weights @ (cosines - first.maxsim) ** 2)
    across = first.candidate.passage.language != question.language
    return np.array([worst, lacking, uneven, across], dtype=np.float64)


def reader_features(hits: Sequence[Hit]) -> NDArray[np.float64]:
    """Return the values of the other `READER_FEATURES` for hits of which the first was read, shape (2,).

    `unmentioned`: 1 if none of the first hits mentions a name of the question, else 0. `answerable`: mean of the
    largest logits of the reader, at most three, that a passage answers.
    """
    logits = sorted((hit.reading.answerable for hit in hits if hit.reading), reverse=True)[:_BEST_READ]
    is_missing = bool(missing_names(hits[:_BEST_HITS]))
    return np.array([is_missing, np.clip(np.mean(logits), -_MAX_LOGIT, _MAX_LOGIT)], dtype=np.float64)
