"""Fit the weights of `qa.rank` on development halves and print the gain of each weight: `make fit SHARED=../shared`.

Coordinate descent over a grid minimizes the error, which is the geometric mean of 1 - nDCG@10 over the data sets: the
geometric mean prevents a loss on a data set with few errors from being traded for a gain on one with many.

The language means in `index/model/means` were computed from the passages of the development half of xquad_mixed. To
prevent leakage, the questions about one half of these passages are ranked here with means computed from the other half.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from eval import measures
from eval.cached_candidates import CachedCandidates
from eval.data import load
from eval.local import local_asker
from eval.means import embed, means_of, paragraphs
from eval.types import Question
from index.model.centering import LanguageMeans
from index.model.embed import TextEmbedder
from qa.archive import variant
from qa.rank import WEIGHTS, Weights
from qa.settings import Settings

_MAX_QUESTIONS = 300  # of each data set
_PASSAGES_IN_MEANS = 60  # of the first 120 passages of XQuAD
_MIN_ERROR = 0.001  # of a data set, or one without errors would make the geometric mean 0
_GRID: dict[str, tuple[float, ...]] = {
    "dense": (0, 0.05, 0.1, 0.2, 0.3),
    "dense_crosslingual": (0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5),
    "lexical": (0, 0.03, 0.06, 0.1, 0.15, 0.2),
    "lexical_crosslingual": (0, 0.03, 0.06, 0.1),
}


def main() -> None:
    """Print the best weights, and the scores with each of them set to 0."""
    shared = Path(sys.argv[1], "eval")
    settings = Settings.from_environment(os.environ)
    with ExitStack() as stack:
        sets = []
        for path, split in (
            (Path("eval/cases/seeds.jsonl"), None),
            (shared / "piaf_dev", None),
            (shared / "xquad_mixed", "crosslingual_only"),
            (shared / "xquad_mixed", "monolingual_only"),
        ):
            data = load(path, split=split, half="development", limit=2 * _MAX_QUESTIONS)
            data = replace(data, questions=tuple(question for question in data.questions if question.answerable))
            asker = stack.enter_context(local_asker(data, Path("seeds"), settings, lambda *_: None, print))
            if split:
                asker = stack.enter_context(variant(asker, means=_other_means(asker.embedder, shared)))
                data = replace(data, questions=tuple(filter(_is_not_in_means, data.questions)))
            sets.append(CachedCandidates(replace(data, questions=data.questions[:_MAX_QUESTIONS]), asker))
        print(f"{'nDCG@10':20}{''.join(f'{data_set.name:>34}' for data_set in sets)}{'error':>8}")
        best, weights = _print_row("current", WEIGHTS, sets), WEIGHTS
        before = None
        while weights != before:
            before = weights
            for name, values in _GRID.items():
                for value in values:
                    candidate = replace(weights, **{name: value})
                    error = _error([_mean_ndcg(data_set, candidate) for data_set in sets])
                    if error < best - 1e-9:
                        best, weights = error, candidate
            _print_row(str(weights), weights, sets)
        for field in fields(Weights):
            _print_row(f"without {field.name}", replace(weights, **{field.name: 0}), sets)


def _other_means(embedder: TextEmbedder, shared: Path) -> LanguageMeans:
    texts = {language: selected[:_PASSAGES_IN_MEANS] for language, selected in paragraphs(shared.parent).items()}
    return means_of(embed(texts, embedder))


def _is_not_in_means(question: Question) -> bool:
    """Return whether the passage of a question of xquad_mixed is in no mean of `_other_means`."""
    return int(question.expected[0].article.rpartition("p")[2]) >= _PASSAGES_IN_MEANS


def _print_row(name: str, weights: Weights, sets: Sequence[CachedCandidates]) -> float:
    """Print the nDCG@10 of each data set and the error; return the error."""
    scores = [_mean_ndcg(data_set, weights) for data_set in sets]
    print(f"{name}\n{'':20}{''.join(f'{score:34.4f}' for score in scores)}{_error(scores):8.4f}", flush=True)
    return _error(scores)


def _mean_ndcg(candidates: CachedCandidates, weights: Weights) -> float:
    rankings = {question.id: ranking for question, *_, ranking in candidates.ranked(weights)}
    return float(np.mean([scores["nDCG@10"] for scores in measures.score(rankings).values()]))


def _error(scores: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(1 - np.array(scores), _MIN_ERROR)))))


if __name__ == "__main__":
    main()
