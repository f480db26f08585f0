"""Fit the coefficients of `qa.confidence` on development halves and print the calibration: `make confidence SHARED=…`.

They are fitted with and without the reader. The target is whether the first quote is right, where quotes are expected,
else whether the first passage is relevant. The samples are questions of five data sets of equal weight; those
of four are also asked over seeds/, as off-topic questions; so are, with the reader,
questions about names that seeds/ does not have. nomiracl_fr is held out from fitting.
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

from eval import measures
from eval.cached_candidates import CachedCandidates
from eval.data import load
from eval.judge import cited_expected, contains_answer
from eval.local import local_asker
from eval.systems import document_name
from eval.types import Citation, DataSet, Half, Question
from qa.ask import Asker
from qa.confidence import FEATURES, FILE, READER_FEATURES, Confidence, features, reader_features
from qa.rank import WEIGHTS
from qa.settings import Settings
from qa.types import Answer

_MAX_QUESTIONS = 600  # of each data set; half as many if passages are read, which takes ten times as long
_MAX_OFF_TOPIC = 120  # questions of each other data set that are asked over seeds/
_HELD_OUT = "nomiracl_fr"
_ABSENT = Path("eval/cases/absent.jsonl")  # questions over seeds/ about names that it does not have
_MAX_REFUSED = 0.05  # share of the answerable questions of seeds/


@dataclass(frozen=True, slots=True)
class _Sample:
    features: NDArray[np.float64]
    right: bool  # whether the first quote is right, or the first passage relevant
    kind: str  # "answerable", or the kind of unanswerable question


class _DataSets:
    """The data sets, each with an open archive."""

    def __init__(self, shared: Path, settings: Settings, stack: ExitStack) -> None:
        self._paths = {
            "seeds": (Path("eval/cases/seeds.jsonl"), None),
            "piaf_dev": (shared / "piaf_dev", None),
            "crosslingual_only": (shared / "xquad_mixed", "crosslingual_only"),
            "monolingual_only": (shared / "xquad_mixed", "monolingual_only"),
            "squad2_half": (shared / "squad2_half", "test"),
            _HELD_OUT: (shared / _HELD_OUT, None),
        }
        self._part = 1 if settings.reader == "off" else 2
        self._askers = {
            name: stack.enter_context(local_asker(self._data(name), Path("seeds"), settings, lambda *_: None, print))
            for name in self._paths
        }
        self.model = self._askers["seeds"].archive.model
        self.are_read = self._askers["seeds"].reader is not None

    def half(self, half: Half) -> dict[str, list[_Sample]]:
        """Return the samples of one half of each data set, without the held-out one."""
        names = [name for name in self._paths if name != _HELD_OUT]
        samples = {name: _samples(self._data(name, half), self._askers[name]) for name in names}
        if self.are_read:
            samples["seeds"] += _samples(load(_ABSENT, half=half), self._askers["seeds"])
        for name in names[1:]:
            off_topic = _off_topic(self._data(name, half, _MAX_OFF_TOPIC))
            samples["seeds"] += _samples(off_topic, self._askers["seeds"])
        return samples

    def held_out(self) -> list[_Sample]:
        """Return the samples of the held-out data set."""
        return _samples(self._data(_HELD_OUT), self._askers[_HELD_OUT])

    def _data(self, name: str, half: Half | None = None, limit: int = _MAX_QUESTIONS) -> DataSet:
        path, split = self._paths[name]
        return load(path, split=split, half=half, limit=limit // self._part)


def main() -> None:
    """Write the coefficients, and print their calibration error and AUROC on each data set."""
    fitted = {}
    for part, names in (("without reader", FEATURES), ("with reader", READER_FEATURES)):
        settings = replace(Settings.from_environment(os.environ), reader="off" if names == FEATURES else "fast")
        with ExitStack() as stack:
            sets = _DataSets(Path(sys.argv[1], "eval"), settings, stack)
            if names == READER_FEATURES and not sets.are_read:
                print(f"{sets.model.name} has no reader: no coefficients with it")
                continue
            development = sets.half("development")
            confidence = _fit(development)
            coefficients = dict(zip(names, confidence.coefficients, strict=True))
            fitted[part] = {"intercept": confidence.intercept, "coefficients": coefficients}
            print(f"{part}: {fitted[part]}")
            for half, by_set in (("development", development), ("report", sets.half("report"))):
                _print_half(half, by_set, confidence)
            print("not used for fitting")
            _print_row(_HELD_OUT, sets.held_out(), confidence)
    FILE.write_text(json.dumps({"model": sets.model.identity, **fitted}, indent=1) + "\n", encoding="utf-8")


def _fit(by_set: dict[str, list[_Sample]]) -> Confidence:
    samples = [sample for of_set in by_set.values() for sample in of_set]
    weights = np.concatenate([np.full(len(of_set), 1 / len(of_set)) for of_set in by_set.values()])
    regression = LogisticRegression(C=np.inf)
    values = np.stack([sample.features for sample in samples])
    targets = [sample.right for sample in samples]
    regression.fit(values, targets, sample_weight=weights * len(samples) / len(by_set))
    intercept = round(float(regression.intercept_[0]), 4)
    return Confidence(intercept, tuple(round(float(value), 4) for value in regression.coef_[0]))


def _print_half(half: str, by_set: dict[str, list[_Sample]], confidence: Confidence) -> None:
    print(f"{half} half")
    for name, samples in by_set.items():
        _print_row(name, samples, confidence)
    _print_row("all", [sample for samples in by_set.values() for sample in samples], confidence)
    answerable = [sample for sample in by_set["seeds"] if sample.kind == "answerable"]
    probabilities = sorted(_probability(sample, confidence) for sample in answerable)
    threshold = probabilities[int(_MAX_REFUSED * len(probabilities))]
    print(f"{_MAX_REFUSED:.0%} of the answerable questions of seeds are below {threshold:.3f}")


def _print_row(name: str, samples: list[_Sample], confidence: Confidence) -> None:
    """Print the calibration error, and the AUROC of answerable questions against each kind of unanswerable ones."""
    probabilities = [_probability(sample, confidence) for sample in samples]
    by_kind: dict[str, list[float]] = defaultdict(list)
    for sample, probability in zip(samples, probabilities, strict=True):
        by_kind[sample.kind].append(probability)
    error = measures.calibration_error(probabilities, [sample.right for sample in samples])
    answerable = by_kind.pop("answerable")
    areas = "".join(
        f", {kind} {measures.auroc(answerable, by_kind[kind]):.3f} ({len(by_kind[kind])})" for kind in sorted(by_kind)
    )
    print(f"  {name:20} {len(samples):5} questions, calibration error {error:.3f}{areas}")


def _probability(sample: _Sample, confidence: Confidence) -> float:
    return confidence.probability(sample.features)


def _samples(data: DataSet, asker: Asker) -> list[_Sample]:
    samples = []
    for question, encoded, ranked, ranking in CachedCandidates(data, asker).ranked(WEIGHTS):
        values, right = features(encoded, ranked), ranking.ids[0] in ranking.relevant
        if asker.reader:
            answer = replace(asker, min_confidence=0.0).ask(question.text)
            values = np.concatenate([values, reader_features(answer.hits)])
            right = _is_right(question, answer)
        kind = "answerable" if question.answerable else question.kind or "unanswerable"
        samples.append(_Sample(values, right, kind))
    return samples


def _is_right(question: Question, answer: Answer) -> bool:
    """Return whether the first quote is expected, is of an expected article, or contains the answer."""
    first = answer.citations[0]
    citation = Citation(document_name(first.article.id, first.article.url), *first.span, first.text)
    return bool(cited_expected(citation, question.expected)) or contains_answer(first.text, question.answers)


def _off_topic(data: DataSet) -> DataSet:
    """Return the questions of another data set as unanswerable questions over seeds/."""
    questions = tuple(replace(question, expected=(), kind="off-topic") for question in data.questions)
    return replace(data, questions=questions, documents=None)


if __name__ == "__main__":
    main()
