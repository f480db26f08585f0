"""Fit the coefficients of `qa.confidence` on development halves, and say how well it does: `make confidence SHARED=…`.

It is fitted to whether the first passage is right, on questions of five data sets, each with the same weight, and on
questions of the others asked of seeds/, which it does not answer. nomiracl_fr takes no part in fitting.
"""

import json
import os
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from eval import data as reading
from eval import measures
from eval.cached_candidates import Gathered
from eval.local import archived
from eval.types import DataSet, Half
from index.model.cache import Model
from qa.ask import Asker
from qa.confidence import FEATURES, FILE, Confidence, features
from qa.rank import WEIGHTS
from qa.settings import Settings

_QUESTIONS = 600  # of each data set
_STRANGE = 120  # of each of the others that are asked of seeds/
_UNSEEN = "nomiracl_fr"
_REFUSED = 0.05  # of the answerable questions of seeds/ at most


@dataclass(frozen=True, slots=True)
class _Asked:
    features: NDArray[np.float64]
    right: bool  # the first passage
    kind: str  # answerable, or why not


class _Sets:
    """The data sets, each with its archive open."""

    def __init__(self, shared: Path, settings: Settings, stack: ExitStack) -> None:
        self._places = {
            "seeds": (Path("eval/cases/seeds.jsonl"), None),
            "piaf_dev": (shared / "piaf_dev", None),
            "crosslingual_only": (shared / "xquad_mixed", "crosslingual_only"),
            "monolingual_only": (shared / "xquad_mixed", "monolingual_only"),
            "squad2_half": (shared / "squad2_half", "test"),
            _UNSEEN: (shared / _UNSEEN, None),
        }
        self._askers = {
            name: stack.enter_context(archived(self._data(name), Path("seeds"), settings, lambda *_: None, print))
            for name in self._places
        }
        self.model = self._askers["seeds"].archive.model

    def half(self, half: Half) -> dict[str, list[_Asked]]:
        """Return what one half of each set for fitting gives."""
        names = [name for name in self._places if name != _UNSEEN]
        found = {name: _asked(self._data(name, half), self._askers[name]) for name in names}
        for name in names[1:]:
            strange = _unanswerable(self._data(name, half, _STRANGE))
            found["seeds"] += _asked(strange, self._askers["seeds"])
        return found

    def unseen(self) -> list[_Asked]:
        """Return what the set that is not fitted to gives."""
        return _asked(self._data(_UNSEEN), self._askers[_UNSEEN])

    def _data(self, name: str, half: Half | None = None, limit: int = _QUESTIONS) -> DataSet:
        path, split = self._places[name]
        return reading.load(path, split=split, half=half, limit=limit)


def main() -> None:
    """Write the coefficients, and print what they reach."""
    with ExitStack() as stack:
        sets = _Sets(Path(sys.argv[1], "eval"), Settings.from_environment(os.environ), stack)
        development = sets.half("development")
        confidence = _fitted(development, sets.model)
        for half, found in (("development", development), ("report", sets.half("report"))):
            print(f"{half} half")
            for name, asked in found.items():
                _tell(name, asked, confidence)
            _tell("all", [one for asked in found.values() for one in asked], confidence)
            sure = sorted(_probability(one, confidence) for one in found["seeds"] if one.kind == "answerable")
            print(
                f"{_REFUSED:.0%} of the answerable questions of seeds are below {sure[int(_REFUSED * len(sure))]:.3f}"
            )
        print("not used for fitting")
        _tell(_UNSEEN, sets.unseen(), confidence)


def _fitted(halves: dict[str, list[_Asked]], model: Model) -> Confidence:
    asked = [one for of_set in halves.values() for one in of_set]
    weights = np.concatenate([np.full(len(of_set), 1 / len(of_set)) for of_set in halves.values()])
    fit = LogisticRegression(C=np.inf)
    values = np.stack([one.features for one in asked])
    fit.fit(values, [one.right for one in asked], sample_weight=weights * len(asked) / len(halves))
    intercept, coefficients = round(float(fit.intercept_[0]), 4), [round(float(value), 4) for value in fit.coef_[0]]
    named = dict(zip(FEATURES, coefficients, strict=True))
    content = {"model": model.identity, "intercept": intercept, "coefficients": named}
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {content}")
    return Confidence(intercept, tuple(coefficients))


def _tell(name: str, asked: list[_Asked], confidence: Confidence) -> None:
    """Print the calibration error, and the AUROC of answerable questions against each kind of unanswerable ones."""
    sure: dict[str, list[float]] = defaultdict(list)
    for one in asked:
        sure[one.kind].append(_probability(one, confidence))
    error = measures.calibration_error([_probability(one, confidence) for one in asked], [one.right for one in asked])
    answerable = sure.pop("answerable")
    areas = "".join(
        f", {kind} {measures.auroc(answerable, sure[kind]):.3f} ({len(sure[kind])})" for kind in sorted(sure)
    )
    print(f"  {name:20} {len(asked):5} questions, calibration error {error:.3f}{areas}")


def _probability(one: _Asked, confidence: Confidence) -> float:
    return confidence.probability(one.features)


def _asked(data: DataSet, asker: Asker) -> list[_Asked]:
    return [
        _Asked(
            features(encoded, ranked),
            ranking.ids[0] in ranking.relevant,
            "answerable" if question.answerable else question.kind or "unanswerable",
        )
        for question, encoded, ranked, ranking in Gathered(data, asker).ranked(WEIGHTS)
    ]


def _unanswerable(data: DataSet) -> DataSet:
    """Return the questions of a data set as ones that seeds/ does not answer."""
    asked = tuple(replace(question, expected=(), kind="off-topic") for question in data.questions)
    return replace(data, questions=asked, documents=None)


if __name__ == "__main__":
    main()
