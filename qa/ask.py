"""The answering pipeline: check, encode, retrieve, rank, deduplicate, read, decide, quote."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import TypeVar

from index.archive import ANYTHING, Archive
from index.errors import ArchiveChanged, FilterError
from index.language import Identifier
from index.model.embed import TextEmbedder
from index.types import EncodedQuestion, Facets, Filter
from qa.answer import comes_first, compose, select
from qa.confidence import MIN_CONFIDENCE, confidence
from qa.courtesy import Courtesy, courtesy
from qa.dedup import distinct
from qa.encode import encode
from qa.filters import languages, resolve
from qa.highlight import highlights
from qa.kind import kind_of
from qa.mentions import unmentioned
from qa.merge import merge
from qa.notes import notes_on
from qa.parts import Part, parts
from qa.period import period_of
from qa.question import HITS, check, check_tokens
from qa.rank import WEIGHTS, Weights, rank
from qa.reader import Hurry, TextReader, no_hurry
from qa.reading import BUDGETS, Budget, read
from qa.texts import no_answer, read_as, reply
from qa.types import MAX_COPIES, Answer, Hit, Ranked, SearchResult
from qa.versions import with_versions

_T = TypeVar("_T")
_MIN_COMPARED = 24  # best candidates whose texts are read and compared for duplicates
_COMPARED_PER_HIT = 3  # the same for each requested hit, where that is more


@dataclass(frozen=True, slots=True)
class Asker:
    """An archive with the model that encodes questions. One thread at a time."""

    archive: Archive
    embedder: TextEmbedder
    identifier: Identifier
    weights: Weights = WEIGHTS
    min_confidence: float = MIN_CONFIDENCE  # nothing is quoted below it
    reader: TextReader | None = None  # if there is none, the most similar sentences are quoted
    budget: Budget = BUDGETS["fast"]  # of the reader

    def ask(
        self,
        text: str,
        top_k: int = HITS,
        filters: Filter = ANYTHING,
        languages_first: Sequence[str] = (),
        hurry: Hurry = no_hurry,
    ) -> Answer:
        """Answer a question with quotes from the `top_k` best passages that `filters` admit. Raises as `search`.

        Of quotes that were read and are nearly as good, those in `languages_first` come first, or else, if none of them
        answers, those in the question's language. Each question of a message with several is answered by itself. A
        message that asks nothing gets a fixed reply without a search. The time that the message names is read, but
        restricts nothing.
        """
        text = check(text)
        check_tokens(text, self.embedder)
        if message := courtesy(text):
            return self._reply(text, message)
        if languages_first:
            with self.archive.reading():
                languages_first = self._resolved(partial(languages, "languages_first", languages_first))
        answers = [self._answer_part(part, top_k, filters, languages_first, hurry) for part in questions(text)]
        answer = merge(text, answers, top_k) if len(answers) > 1 else answers[0]
        if filters.published_from or filters.published_to:
            return answer
        period = period_of(text, answer.language, filters.as_of or datetime.now(UTC).date())
        notes = (read_as(period, answer.language),) if period and period.relative else ()
        return replace(answer, period=period, notes=(*answer.notes, *notes))

    def _answer_part(
        self, part: Part, top_k: int, filters: Filter, languages_first: Sequence[str], hurry: Hurry
    ) -> Answer:
        """Answer a part of a message; alone, if nothing answers it with words of the parts before it."""
        answer = self._answer(part.text, top_k, filters, languages_first, hurry)
        if not answer.citations and part.alternative:
            answer = self._answer(part.alternative, top_k, filters, languages_first, hurry)
        return replace(answer, question=part.written)

    def _answer(self, text: str, top_k: int, filters: Filter, languages_first: Sequence[str], hurry: Hurry) -> Answer:
        result = self._search(text, top_k, filters, hurry)
        clock = _Stopwatch(dict(result.took_ms))
        confident = result.confidence is None or result.confidence >= self.min_confidence
        kind = kind_of(text, result.language)
        has_first = any(comes_first(hit, languages_first) for hit in result.hits)
        first = languages_first if has_first else (result.language or "",)
        result = replace(result, hits=with_versions(select(result.hits, top_k, first)))
        answer, citations = compose(text, result.hits if confident else (), kind, first)
        notes = notes_on(result, citations)
        clock.stage("answer")
        if not citations:
            answer = no_answer(result.language)
        shared = {each.name: getattr(result, each.name) for each in fields(result)} | {"took_ms": clock.took_ms()}
        return Answer(**shared, id=uuid.uuid4().hex, text=answer, citations=citations, notes=notes)

    def _reply(self, text: str, message: Courtesy) -> Answer:
        return Answer(
            question=text,
            language=message.language,
            hits=(),
            confidence=None,
            generation=self.archive.revision,
            took_ms=_Stopwatch().took_ms(),
            id=uuid.uuid4().hex,
            text=reply(message),
            citations=(),
        )

    def search(self, text: str, top_k: int = HITS, filters: Filter = ANYTHING, hurry: Hurry = no_hurry) -> SearchResult:
        """Return the `top_k` best passages that `filters` admit, fewer if there are fewer.

        They are ranked without the reader if `hurry` returns True before it has read the last passage.

        Raises:
            QuestionError: the question is invalid, or a value of `filters` matches nothing in the archive.
            ArchiveDamaged: stored data fails its checksum.
        """
        check_tokens(text, self.embedder)
        result = self._search(text, top_k, filters, hurry)
        return replace(result, hits=with_versions(result.hits[:top_k]))

    def _search(self, text: str, top_k: int, filters: Filter, hurry: Hurry) -> SearchResult:
        """Return the result of a search with all passages that were read, which may be more than `top_k`."""
        try:
            return self._search_once(text, top_k, filters, hurry)
        except ArchiveChanged:
            return self._search_once(text, top_k, filters, hurry)

    def _search_once(self, text: str, top_k: int, filters: Filter, hurry: Hurry) -> SearchResult:
        text = check(text)
        clock = _Stopwatch()
        question = encode(text, self.embedder, self.archive.quantizer, self.identifier, self.archive.means)
        clock.stage("embed")
        with self.archive.reading():  # one consistent view for the whole result
            if filters.languages or filters.sources:
                filters = self._resolved(partial(resolve, filters))
            candidates = self.archive.candidates(question, top_k, filters)
            dated = filters.published_from or filters.published_to or filters.as_of
            if filters and not dated and not candidates:
                resolve(filters, self.archive.facets(exact=True))  # the last article may be gone since the last count
            clock.stage("search")
            ranked = rank(question, candidates, self.archive.quantizer, self.archive.means, self.weights)
            count = max(top_k, self.budget.passages) if self.reader else top_k
            best = ranked[: max(_MIN_COMPARED, _COMPARED_PER_HIT * count)]
            texts = self.archive.texts([each.candidate.passage for each in best])
            hits = self._hits(question, ranked, texts, count, filters)
            clock.stage("rank")
        if self.reader:
            hits = read(self.reader, text, hits, self.budget, hurry=hurry)
            clock.stage("read")
        probability = confidence(self.archive.model, question, ranked, hits)
        return SearchResult(
            question=text,
            language=question.language if question.language_known else None,
            hits=hits,
            confidence=probability,
            generation=self.archive.revision,
            took_ms=clock.took_ms(),
        )

    def _resolved(self, find: Callable[[Facets], _T]) -> _T:
        """Return what `find` finds among the values of the archive, counted anew if one is unknown."""
        try:
            return find(self.archive.facets())
        except FilterError:
            return find(self.archive.facets(exact=True))

    def _hits(
        self, question: EncodedQuestion, ranked: Sequence[Ranked], texts: list[str], top_k: int, filters: Filter
    ) -> tuple[Hit, ...]:
        """Return the best distinct passages; `texts` are those of the first of `ranked`.

        The other texts are read only if the first give fewer than `top_k` hits.
        """
        passages = [each.candidate.passage for each in ranked]
        groups = distinct(ranked[: len(texts)], texts, top_k)
        if len(groups) < top_k and len(texts) < len(ranked):
            texts = texts + self.archive.texts(passages[len(texts) :])
            groups = distinct(ranked, texts, top_k)
        copies = self.archive.copies((passages[position] for group in groups for position in group), filters)
        also_in = [
            dict.fromkeys(article_id for position in group for article_id in copies[passages[position].number])
            for group in groups
        ]
        for found, (best, *_) in zip(also_in, groups, strict=True):
            found.pop(passages[best].article_id, None)
        listed = {article_id for found in also_in for article_id in list(found)[:MAX_COPIES]}
        articles = self.archive.articles({passages[best].article_id for best, *_ in groups} | listed)
        names = [question.text[start:end] for start, end in question.named]
        hits = []
        for found, (best, *_) in zip(also_in, groups, strict=True):
            passage = passages[best]
            lacking = unmentioned(question, ranked[best].token_cosines, articles[passage.article_id], passage)
            hits.append(
                Hit(
                    passage=passage,
                    article=articles[passage.article_id],
                    score=ranked[best].score,
                    scores=ranked[best].scores,
                    sentence_scores=ranked[best].sentence_scores,
                    highlights=highlights(texts[best], question.stems),
                    also_in=tuple(found),
                    copies=tuple(articles[article_id] for article_id in list(found)[:MAX_COPIES]),
                    mentioned=tuple(name for name in names if name not in lacking),
                    unmentioned=lacking,
                )
            )
        return tuple(hits)


def questions(text: str) -> list[Part]:
    """Return the questions of a checked message, without greetings and thanks between them; at least one."""
    return [part for part in parts(text) if not courtesy(part.text)] or [Part(text, text)]


@dataclass(slots=True)
class _Stopwatch:
    """Measures the duration of consecutive stages, in milliseconds."""

    _took: dict[str, float] = field(default_factory=dict)
    _began: float = field(default_factory=perf_counter)

    def stage(self, name: str) -> None:
        """End a stage and begin the next."""
        now = perf_counter()
        self._took[name] = (now - self._began) * 1000
        self._began = now

    def took_ms(self) -> dict[str, float]:
        """Return the duration of each stage, and their sum as `total`."""
        stages = {name: round(ms, 3) for name, ms in self._took.items() if name != "total"}
        return stages | {"total": round(sum(stages.values()), 3)}
