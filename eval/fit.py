"""Fit the weights of `qa.rank` on development halves, and say what each is worth: `make fit SHARED=../shared`.

One weight after another is moved while the others stay, as long as what is left to gain shrinks: the geometric mean of
1 - nDCG@10 over the data sets, so that nothing is lost where little is left for something gained where much is.

The language means that newsqa comes with are of the very passages that the development half of xquad_mixed asks about.
Here its questions about one half of them are asked with means of the other half.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from eval import data as reading
from eval import measures
from eval.cached_candidates import Gathered
from eval.local import archived
from eval.means import means_of, paragraphs
from eval.types import Question
from index.model.centering import LanguageMeans
from index.model.embed import TextEmbedder
from qa.archive import variant
from qa.rank import WEIGHTS, Weights
from qa.settings import Settings

_QUESTIONS = 300  # of each data set
_IN_MEANS = 60  # of the first 120 passages of XQuAD
_LEAST = 0.001  # that counts as left, or a data set without a mistake would decide alone
_GRID: dict[str, tuple[float, ...]] = {
    "dense": (0, 0.05, 0.1, 0.2, 0.3),
    "dense_crosslingual": (0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5),
    "lexical": (0, 0.03, 0.06, 0.1, 0.15, 0.2),
    "lexical_crosslingual": (0, 0.03, 0.06, 0.1),
}


def main() -> None:
    """Print the best weights, and the means with each of them set to nothing."""
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
            data = reading.load(path, split=split, half="development", limit=2 * _QUESTIONS)
            data = replace(data, questions=tuple(question for question in data.questions if question.answerable))
            asker = stack.enter_context(archived(data, Path("seeds"), settings, lambda *_: None, print))
            if split:
                asker = stack.enter_context(variant(asker, means=_other_means(asker.embedder, shared)))
                data = replace(data, questions=tuple(filter(_unseen, data.questions)))
            sets.append(Gathered(replace(data, questions=data.questions[:_QUESTIONS]), asker))
        print(f"{'nDCG@10':20}{''.join(f'{one.name:>34}' for one in sets)}{'left':>8}")
        best, weights = _told("as it is", WEIGHTS, sets), WEIGHTS
        before = None
        while weights != before:
            before = weights
            for name, values in _GRID.items():
                for value in values:
                    tried = replace(weights, **{name: value})
                    reached = _left([_reached(one, tried) for one in sets])
                    if reached < best - 1e-9:
                        best, weights = reached, tried
            _told(str(weights), weights, sets)
        for field in fields(Weights):
            _told(f"without {field.name}", replace(weights, **{field.name: 0}), sets)


def _other_means(embedder: TextEmbedder, shared: Path) -> LanguageMeans:
    texts = {language: of_language[:_IN_MEANS] for language, of_language in paragraphs(shared.parent).items()}
    return means_of(texts, embedder)


def _unseen(question: Question) -> bool:
    """Tell whether a question of xquad_mixed is about a passage that is in no mean."""
    return int(question.expected[0].article.rpartition("p")[2]) >= _IN_MEANS


def _told(name: str, weights: Weights, sets: Sequence[Gathered]) -> float:
    reached = [_reached(one, weights) for one in sets]
    print(f"{name}\n{'':20}{''.join(f'{value:34.4f}' for value in reached)}{_left(reached):8.4f}", flush=True)
    return _left(reached)


def _reached(gathered: Gathered, weights: Weights) -> float:
    """Return the mean nDCG@10."""
    rankings = {question.id: ranking for question, *_, ranking in gathered.ranked(weights)}
    return float(np.mean([scores["nDCG@10"] for scores in measures.score(rankings).values()]))


def _left(reached: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(1 - np.array(reached), _LEAST)))))


if __name__ == "__main__":
    main()
