"""How likely it is that the first passage supports an answer.

A logistic regression over what is left of late interaction when it is not yet summed up: raw scores, since scores
normalised for each question no longer tell whether there is an answer at all. `make confidence` fits it on development
halves and says how well it does; its coefficients hold for one model of embeddings.
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
"""What the coefficients are of."""

MIN_CONFIDENCE = 0.4
"""Below it nothing is quoted: under what 95 % of the answerable questions of seeds/ reach, in either half."""

_COMPARED = 10  # passages


@dataclass(frozen=True, slots=True)
class Confidence:
    """The coefficients for one model."""

    intercept: float
    coefficients: tuple[float, ...]  # as `FEATURES`

    def probability(self, features: NDArray[np.float64]) -> float:
        """Return the probability that the first passage supports an answer."""
        return 1 / (1 + exp(-self.intercept - float(features @ np.array(self.coefficients))))


@cache
def confidence_for(model: str) -> Confidence | None:
    """Return what has been fitted for the model of that identity, or None."""
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
    """Return the values of `FEATURES` for the first of `ranked`.

    The mean cosine of the third of the question's tokens that it has least of; what other passages have of them and it
    lacks; how unevenly it has them; whether it is in another language.
    """
    first, weights = ranked[0], question.weights
    found = first.found
    worst = np.sort(found)[: max(1, len(found) // 3)].mean()
    lacking = (np.max([other.found for other in ranked[:_COMPARED]], axis=0) - found) @ weights
    uneven = np.sqrt(weights @ (found - first.maxsim) ** 2)
    return np.array([worst, lacking, uneven, first.candidate.passage.language != question.language], dtype=np.float64)
