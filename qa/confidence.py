"""The probability that the first passage supports an answer.

A logistic regression over features of the token cosines of late interaction. The cosines are not normalized per
question, since normalized scores do not show whether an answer exists. `make confidence` fits the coefficients on
development halves and reports their quality; they are valid for one embedding model.
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
from qa.types import Ranked

FILE = Path(__file__).with_suffix(".json")

FEATURES = ("worst", "lacking", "uneven", "across")
"""The names of the features, in the order of the coefficients; see `features`."""

MIN_CONFIDENCE = 0.4
"""Below it nothing is quoted; at least 95 % of the answerable questions of seeds/ reach it, in either half."""

_COMPARED_PASSAGES = 10  # best passages whose token cosines are compared with those of the first


@dataclass(frozen=True, slots=True)
class Confidence:
    """The coefficients for one embedding model."""

    intercept: float
    coefficients: tuple[float, ...]  # in the order of `FEATURES`

    def probability(self, features: NDArray[np.float64]) -> float:
        """Return the probability that the first passage supports an answer."""
        return 1 / (1 + exp(-self.intercept - float(features @ np.array(self.coefficients))))


@cache
def confidence_for(model: str) -> Confidence | None:
    """Return the coefficients for a model identity, or None if there are none."""
    fitted = json.loads(FILE.read_text(encoding="utf-8"))
    if fitted["model"] != model:
        return None
    return Confidence(fitted["intercept"], tuple(fitted["coefficients"][name] for name in FEATURES))


def confidence(model: Model, question: EncodedQuestion, ranked: Sequence[Ranked]) -> float | None:
    """Return the probability that the first of `ranked` supports an answer; None for a model without coefficients."""
    calibrated = confidence_for(model.identity)
    if calibrated is None:
        return None
    return calibrated.probability(features(question, ranked)) if ranked else 0.0


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
