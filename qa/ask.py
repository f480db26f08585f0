"""The whole way of a question, from words to an answer."""

import itertools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from index.archive import Archive
from index.embed import TextEmbedder
from index.language import Identifier
from index.types import Filter
from qa.answer import compose
from qa.confidence import MIN_CONFIDENCE, confidence_for, evidence
from qa.distinct import fold, varied
from qa.question import HITS, checked
from qa.rank import WEIGHTS, Weights, rank
from qa.search import search
from qa.types import Answer, Hit, Question, Ranked
from qa.understand import understand
from qa.words import matches

ANYTHING = Filter()
_COMPARED = 24  # candidates compared with each other at first, to find copies
_SPARE = 3  # times as many as hits, if more are wanted


@dataclass(frozen=True, slots=True)
class Asker:
    """An archive with the model that reads questions. One thread at a time."""

    archive: Archive
    embedder: TextEmbedder
    identifier: Identifier
    weights: Weights = WEIGHTS
    least: float = MIN_CONFIDENCE  # below it nothing is quoted

    def ask(self, text: str, top_k: int = HITS, among: Filter = ANYTHING) -> Answer:
        """Answer a question from the `top_k` best passages among those that the filter lets through.

        Raises:
            QuestionError: the question cannot be asked.
            ArchiveDamaged: what would be quoted is not what was written.
        """
        text = checked(text)
        stages = [perf_counter()]
        question = understand(text, self.embedder, self.identifier, self.archive.centre)
        stages.append(perf_counter())
        with self.archive.reading():  # all of a hit is of one moment
            candidates = search(self.archive, question, top_k, among)
            stages.append(perf_counter())
            ranked = rank(question, candidates, self.archive.codec, self.archive.centre, self.weights)
            hits = self._hits(question, ranked, top_k, among)
            stages.append(perf_counter())
            confidence = self._confidence(question, ranked)
        sure = confidence is None or confidence >= self.least
        answer, citations = compose(hits if sure else ())
        stages.append(perf_counter())
        spent = [later - earlier for earlier, later in itertools.pairwise(stages)]
        times = dict(zip(("embed", "search", "rank", "answer"), spent, strict=True)) | {"total": sum(spent)}
        return Answer(
            id=uuid.uuid4().hex,
            question=text,
            language=question.language if question.told else None,
            confidence=confidence,
            text=answer,
            citations=citations,
            hits=tuple(hits),
            generation=self.archive.generation.revision,
            took_ms={stage: round(seconds * 1000, 3) for stage, seconds in times.items()},
        )

    def _confidence(self, question: Question, ranked: Sequence[Ranked]) -> float | None:
        calibrated = confidence_for(self.archive.model.identity)
        if calibrated is None:
            return None
        return calibrated.probability(evidence(question, ranked)) if ranked else 0.0

    def _hits(self, question: Question, ranked: Sequence[Ranked], top_k: int, among: Filter) -> list[Hit]:
        """Return the best distinct passages."""
        compared = ranked[: max(_COMPARED, _SPARE * top_k)]
        hits = self._distinct(question, compared, top_k, among)
        if len(hits) == top_k or len(compared) == len(ranked):
            return hits
        return self._distinct(question, ranked, top_k, among)

    def _distinct(self, question: Question, ranked: Sequence[Ranked], top_k: int, among: Filter) -> list[Hit]:
        passages = [one.candidate.passage for one in ranked]
        texts = self.archive.catalog.texts(passages)
        folded = fold(texts, _SPARE * top_k)
        kept = varied(
            [passages[each[0]].article_id for each in folded], [ranked[each[0]].score for each in folded], top_k
        )
        groups = [folded[position] for position in kept]
        articles = self.archive.catalog.articles_of(passages[group[0]] for group in groups)
        copies = self.archive.catalog.copies((passages[at].number for group in groups for at in group), among)
        hits = []
        for group in groups:
            one, passage = ranked[group[0]], passages[group[0]]
            scores = {"dense": one.candidate.dense, "maxsim": one.maxsim, "lexical": one.candidate.lexical}
            elsewhere = dict.fromkeys(article_id for at in group for article_id in copies[passages[at].number])
            elsewhere.pop(passage.article_id, None)
            hits.append(
                Hit(
                    passage=passage,
                    article=articles[passage.article_id],
                    score=one.score,
                    scores=scores,
                    sentences=one.sentences,
                    highlights=matches(texts[group[0]], question.words),
                    also_in=tuple(elsewhere),
                )
            )
        return hits
