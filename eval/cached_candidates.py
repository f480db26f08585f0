"""What ranking is given for the questions of a data set, kept so that it can be ranked again and again."""

from collections.abc import Iterator
from dataclasses import replace

from eval.judge import Ranking, rank_articles, rank_passages
from eval.run import located
from eval.systems import name_of
from eval.types import DataSet, Document, Passage, Question
from index.types import Candidate, EncodedQuestion
from qa.ask import ANYTHING, Asker
from qa.encode import encode
from qa.rank import Weights, rank
from qa.types import Ranked

_CANDIDATES = 50


class Gathered:
    """The candidates of every question of a data set."""

    def __init__(self, data: DataSet, asker: Asker) -> None:
        """Search for all questions of `data`, which `asker` has the archive of."""
        self.name = data.name
        self._asker = asker
        with asker.archive.reader() as reader:
            self._articles = {name_of(article.id, article.url): article for article in reader.page(100_000, 0)}
        self._names = {article.id: name for name, article in self._articles.items()}
        self._judged = rank_passages if data.level == "passages" else rank_articles
        known: dict[int, Candidate] = {}  # shares the token vectors, or they would not fit
        self._asked: list[tuple[Question, EncodedQuestion, list[Candidate]]] = []
        for question in located(data, self._document).questions:
            encoded = encode(question.text, asker.embedder, asker.identifier, asker.archive.means)
            found = asker.archive.candidates(encoded, _CANDIDATES, ANYTHING)
            shared = [known.setdefault(one.passage.number, one) for one in found]
            candidates = [
                replace(one, tokens=same.tokens, passage=same.passage) for one, same in zip(found, shared, strict=True)
            ]
            self._asked.append((question, encoded, candidates))

    def _document(self, name: str) -> Document | None:
        article = self._articles.get(name)
        return Document(name, article.title, article.text) if article else None

    def ranked(self, weights: Weights) -> Iterator[tuple[Question, EncodedQuestion, list[Ranked], Ranking]]:
        """Give every question as it was asked and as it was encoded, with what is found, ranked and judged."""
        archive = self._asker.archive
        for question, encoded, candidates in self._asked:
            ranked = rank(encoded, candidates, archive.quantizer, archive.means, weights)
            passages = [one.candidate.passage for one in ranked]
            found = [Passage(p.id, self._names[p.article_id], p.start, p.end, "", "", 0.0) for p in passages]
            yield question, encoded, ranked, self._judged(question, found)
