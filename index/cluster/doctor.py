"""Verify that articles, passages and vectors in Milvus are consistent."""

import random
from collections.abc import Iterator

import numpy as np

from index.cluster.milvus import PASSAGES, Milvus, Row
from index.cluster.rows import found_passage, passage_vectors, record
from index.cluster.whole import WholeCluster
from index.consistency import coverage_problem, embedding_problems, sample, span_problem, vector_problem
from index.errors import ArchiveDamaged
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.process import ArticleProcessor
from index.shard import PassageText
from index.types import Article, Report, StoredPassage, Vectors

_BATCH = 256  # passages to embed again at once
_TOLERANCE = 1e-4  # accepted difference of a component of a vector
_AGAIN = "delete it with newsqa delete, and index its file again"
_COMPLETE = "index its file again"


def examine(milvus: Milvus, processor: ArticleProcessor | None, *, share: float, seed: int | None = None) -> Report:
    """Examine an archive; change nothing. With a processor, also keys and a sample of vectors.

    Articles that are written meanwhile may be reported.

    Raises:
        NoArchive: there is none.
        ArchiveError: it has another format.
    """
    report = Report(random.randrange(2**32) if seed is None else seed)  # noqa: S311 - a sample, no secret
    _Examiner(WholeCluster(milvus), processor, share, report).examine()
    return report


class _Examiner:
    """Examines articles one by one, with their passages and vectors."""

    def __init__(self, archive: WholeCluster, processor: ArticleProcessor | None, share: float, report: Report) -> None:
        self._archive, self._processor, self._report = archive, processor, report
        self._sample = sample(share, archive.milvus.count(PASSAGES), report.seed)
        self._place = archive.milvus.place
        self._means, self._quantizer = LanguageMeans.of(archive.model), TokenQuantizer(archive.model)
        self._to_embed: list[tuple[str, PassageText, Vectors]] = []

    def examine(self) -> None:
        for row, passages in self._archive.rows():
            self._report.count("articles")
            self._article(row, passages)
            if len(self._to_embed) >= _BATCH:
                self._compare_embeddings()
        self._compare_embeddings()
        if unused := self._archive.milvus.count(PASSAGES) - self._report.checked.get("passages", 0):
            self._report.problems.append(f"{self._place}: {unused} passages of no article: index under another name")

    def _article(self, row: Row, rows: list[Row]) -> None:
        try:
            stored = record(self._place, row)
            (article,) = self._archive.complete([(stored, row["text"])])
        except ArchiveDamaged as error:
            self._report.count("passages", len(rows))
            self._report.damaged.append(row["owner"])
            self._report.problems.append(str(error))
            return
        if not stored.fingerprint:
            self._add_broken(article.id, "was not written completely", _COMPLETE)
        passages = [*self._passages(article, rows)]
        if stored.fingerprint and len(passages) == len(rows) and (problem := coverage_problem(article, passages)):
            self._add_broken(article.id, problem)

    def _passages(self, article: Article, rows: list[Row]) -> Iterator[StoredPassage]:
        """Examine the passages of an article; yield those that can be read."""
        for row in rows:
            self._report.count("passages")
            try:
                found = found_passage(self._place, row | {"terms": ""})
                vectors = passage_vectors(self._place, row)
            except ArchiveDamaged as error:
                self._add_broken(article.id, str(error).split(": ")[1])
                continue
            passage = found.passage
            self._report.count("sentences", len(passage.sentences))
            self._report.count("token vectors", len(vectors.tokens.codes))
            problem = span_problem(article, passage) or vector_problem(
                passage, vectors, self._archive.model, self._quantizer
            )
            if not problem and found.version != article.version:
                problem = "belongs to another version"
            if not problem:
                (centered,) = self._means.center(vectors.vector[None], [passage.language])
                problem = (
                    "" if np.allclose(found.vector, centered, atol=_TOLERANCE) else "is searched by another vector"
                )
            if not problem and self._processor:
                ((key, text),) = self._processor.texts(article, [passage])
                if key.hex() != found.key:
                    problem = "has the vector of another text"
                elif self._report.checked["passages"] - 1 in self._sample:
                    self._to_embed.append((article.id, text, vectors.vector))
            if problem:
                self._add_broken(article.id, f"passage {passage.id} {problem}")
            yield passage

    def _add_broken(self, article_id: str, problem: str, advice: str = _AGAIN) -> None:
        self._report.problems.append(f"article {article_id}: {problem}: {advice}")
        self._report.broken.add(article_id)

    def _compare_embeddings(self) -> None:
        """Embed a batch of passages again, and compare their vectors."""
        batch, self._to_embed = self._to_embed, []
        if batch and self._processor:
            for article_id, problem in embedding_problems(batch, self._processor, self._report):
                self._add_broken(article_id, problem)
