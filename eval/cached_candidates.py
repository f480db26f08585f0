"""Caches the candidates of the questions of a data set, so that they can be ranked with many weights."""

from collections.abc import Iterator
from dataclasses import replace

from eval.judge import Ranking, rank_articles, rank_passages
from eval.run import locate_quotes
from eval.systems import document_name
from eval.types import DataSet, Document, Passage, Question
from index.archive import ANYTHING
from index.types import Candidate, EncodedQuestion
from qa.ask import Asker
from qa.encode import encode
from qa.rank import Weights, rank
from qa.types import Ranked

_MAX_CANDIDATES = 50


class CachedCandidates:
    """The candidates of every question of a data set."""

    def __init__(self, data: DataSet, asker: Asker) -> None:
        """Search for all questions of `data`, whose articles are in the archive of `asker`."""
        self.name = data.name
        self._asker = asker
        with asker.archive.reader() as reader:
            self._articles = {document_name(article.id, article.url): article for article in reader.page(100_000, 0)}
        self._names = {article.id: name for name, article in self._articles.items()}
        self._judge = rank_passages if data.level == "passages" else rank_articles
        known: dict[int, Candidate] = {}  # by passage number; token vectors are shared to limit memory
        self._questions: list[tuple[Question, EncodedQuestion, list[Candidate]]] = []
        for question in locate_quotes(data, self._document).questions:
            archive = asker.archive
            encoded = encode(question.text, asker.embedder, archive.quantizer, asker.identifier, archive.means)
            retrieved = archive.candidates(encoded, _MAX_CANDIDATES, ANYTHING)
            shared = [known.setdefault(candidate.passage.number, candidate) for candidate in retrieved]
            candidates = [
                replace(candidate, tokens=same.tokens, passage=same.passage)
                for candidate, same in zip(retrieved, shared, strict=True)
            ]
            self._questions.append((question, encoded, candidates))

    def _document(self, name: str) -> Document | None:
        article = self._articles.get(name)
        return Document(name, article.title, article.text) if article else None

    def ranked(self, weights: Weights) -> Iterator[tuple[Question, EncodedQuestion, list[Ranked], Ranking]]:
        """Yield every question, its encoding, its ranked passages and its judged ranking."""
        archive = self._asker.archive
        for question, encoded, candidates in self._questions:
            ranked = rank(encoded, candidates, archive.quantizer, archive.means, weights)
            stored = [item.candidate.passage for item in ranked]
            passages = [Passage(p.id, self._names[p.article_id], p.start, p.end, "", "", 0.0) for p in stored]
            yield question, encoded, ranked, self._judge(question, passages)
