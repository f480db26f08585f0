"""Fit the weights of `qa.rank` on development halves, and say what each is worth: `make fit SHARED=../shared`.

One weight after another is moved while the others stay, as long as what is left to gain shrinks: the geometric mean of
1 - nDCG@10 over the data sets, so that nothing is lost where little is left for something gained where much is.
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
from eval.judge import rank_articles, rank_passages
from eval.local import archived
from eval.run import located
from eval.systems import CORPUS
from eval.types import DataSet, Document, Passage, Question
from index.types import Article
from qa.ask import ANYTHING, Asker
from qa.question import understand
from qa.rank import WEIGHTS, Weights, rank
from qa.search import search
from qa.settings import Settings
from qa.types import Candidate
from qa.types import Question as Understood

_QUESTIONS = 300  # of each data set
_CANDIDATES = 50
_GRID: dict[str, tuple[float, ...]] = {
    "dense": (0, 0.05, 0.1, 0.15, 0.2, 0.3),
    "dense_across": (0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4),
    "lexical": (0, 0.03, 0.06, 0.1, 0.15, 0.2),
    "lexical_across": (0, 0.03, 0.06, 0.1),
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
            asked = reading.load(path, split=split, half="development", limit=_QUESTIONS)
            asker = stack.enter_context(archived(asked, Path("seeds"), settings, lambda *_: None, print))
            sets.append(_Gathered(asked, asker))
        print(f"{'nDCG@10':20}{''.join(f'{one.name:>34}' for one in sets)}{'left':>8}")
        best, weights = _told("as it is", WEIGHTS, sets), WEIGHTS
        before = None
        while weights != before:
            before = weights
            for name, values in _GRID.items():
                for value in values:
                    tried = replace(weights, **{name: value})
                    reached = _left([one.reached(tried) for one in sets])
                    if reached < best - 1e-9:
                        best, weights = reached, tried
            _told(str(weights), weights, sets)
        for field in fields(Weights):
            _told(f"without {field.name}", replace(weights, **{field.name: 0}), sets)


def _told(name: str, weights: Weights, sets: "Sequence[_Gathered]") -> float:
    reached = [one.reached(weights) for one in sets]
    print(f"{name}\n{'':20}{''.join(f'{value:34.4f}' for value in reached)}{_left(reached):8.4f}", flush=True)
    return _left(reached)


def _left(reached: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(1 - np.array(reached)))))


class _Gathered:
    """The candidates of every question of a data set."""

    def __init__(self, data: DataSet, asker: Asker) -> None:
        catalog = asker.archive.catalog
        self.name = data.name
        self._asker = asker
        self._articles = {_name(article): article for article in catalog.articles(100_000, 0)}
        self._names = {article.id: name for name, article in self._articles.items()}
        known: dict[int, Candidate] = {}  # shares the token vectors, or they would not fit
        self._asked: list[tuple[Question, Understood, list[Candidate]]] = []
        for question in located(data, self._document).questions:
            if question.answerable:
                understood = understand(question.text, asker.embedder, asker.identifier, asker.archive.centre)
                found = search(asker.archive, understood, _CANDIDATES, ANYTHING)
                shared = [known.setdefault(one.passage.number, one) for one in found]
                candidates = [
                    replace(one, tokens=same.tokens, passage=same.passage)
                    for one, same in zip(found, shared, strict=True)
                ]
                self._asked.append((question, understood, candidates))
        self._level = data.level

    def _document(self, name: str) -> Document | None:
        article = self._articles.get(name)
        return Document(name, article.title, article.text) if article else None

    def reached(self, weights: Weights) -> float:
        """Return the mean nDCG@10."""
        archive, judged = self._asker.archive, rank_passages if self._level == "passages" else rank_articles
        rankings = {}
        for question, understood, candidates in self._asked:
            ranked = rank(understood, candidates, archive.codec, archive.centre, weights)
            passages = [one.candidate.passage for one in ranked]
            rankings[question.id] = judged(
                question,
                [Passage(p.id, self._names[p.article_id], p.start, p.end, "", "", 0.0) for p in passages],
            )
        return float(np.mean([scores["nDCG@10"] for scores in measures.score(rankings).values()]))


def _name(article: Article) -> str:
    return article.url.removeprefix(CORPUS) if article.url and article.url.startswith(CORPUS) else article.id


if __name__ == "__main__":
    main()
