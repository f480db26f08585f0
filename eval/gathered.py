"""What ranking is given for the questions of a data set, kept so that it can be ranked again and again."""

from collections.abc import Iterator
from dataclasses import replace

from eval.judge import Ranking, rank_articles, rank_passages
from eval.run import located
from eval.systems import name_of
from eval.types import DataSet, Document, Passage, Question
from qa.ask import ANYTHING, Asker
from qa.rank import Weights, rank
from qa.search import search
from qa.types import Candidate, Ranked
from qa.types import Question as Understood
from qa.understand import understand

_CANDIDATES = 50


class Gathered:
    """The candidates of every question of a data set."""

    def __init__(self, data: DataSet, asker: Asker) -> None:
        """Search for all questions of `data`, which `asker` has the archive of."""
        catalog = asker.archive.catalog
        self.name = data.name
        self._asker = asker
        self._articles = {name_of(article.id, article.url): article for article in catalog.articles(100_000, 0)}
        self._names = {article.id: name for name, article in self._articles.items()}
        self._judged = rank_passages if data.level == "passages" else rank_articles
        known: dict[int, Candidate] = {}  # shares the token vectors, or they would not fit
        self._asked: list[tuple[Question, Understood, list[Candidate]]] = []
        for question in located(data, self._document).questions:
            understood = understand(question.text, asker.embedder, asker.identifier, asker.archive.centre)
            found = search(asker.archive, understood, _CANDIDATES, ANYTHING)
            shared = [known.setdefault(one.passage.number, one) for one in found]
            candidates = [
                replace(one, tokens=same.tokens, passage=same.passage) for one, same in zip(found, shared, strict=True)
            ]
            self._asked.append((question, understood, candidates))

    def _document(self, name: str) -> Document | None:
        article = self._articles.get(name)
        return Document(name, article.title, article.text) if article else None

    def ranked(self, weights: Weights) -> Iterator[tuple[Question, Understood, list[Ranked], Ranking]]:
        """Give every question as it was asked and as it was understood, with what is found, ranked and judged."""
        archive = self._asker.archive
        for question, understood, candidates in self._asked:
            ranked = rank(understood, candidates, archive.codec, archive.centre, weights)
            passages = [one.candidate.passage for one in ranked]
            found = [Passage(p.id, self._names[p.article_id], p.start, p.end, "", "", 0.0) for p in passages]
            yield question, understood, ranked, self._judged(question, found)
