"""Answers questions on the worker thread, behind its queue. A question that waits is embedded meanwhile."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeVar

from index.types import Filter
from qa.ask import Asker, questions
from qa.courtesy import courtesy
from qa.question import check, check_tokens
from qa.service.admission import QueueFull, Worker
from qa.service.metrics import Metrics
from qa.service.question_cache import QuestionCache
from qa.types import Answer, SearchResult

_MAX_TOKENS = 128  # of a question, about 600 letters; those with more take several times as long
_MAX_DEPTH = 4  # questions, with the one being answered; while there are more, no passage is read
_log = logging.getLogger("newsqa")
_Result = TypeVar("_Result", bound=SearchResult)


class QueuedAsker:
    """An asker behind a queue: the `qa.types.Answering` of the service.

    Passages are read only while the queue is short and the caller still waits for the answer.
    """

    def __init__(
        self, asker: Asker, worker: Worker, metrics: Metrics | None = None, *, log_questions: bool = False
    ) -> None:
        """Answer with `asker` on the thread of `worker`."""
        self._embeddings = QuestionCache(asker.embedder)
        self._asker = replace(asker, embedder=self._embeddings)
        self._embedding = ThreadPoolExecutor(1, thread_name_prefix="embed-waiting")
        self._worker = worker
        self._metrics = metrics
        self._log_questions = log_questions
        self._long_waits = False

    async def ask(self, question: str, top_k: int, filters: Filter, languages_first: Sequence[str] = ()) -> Answer:
        """Answer a question; of quotes that are nearly as good, those in `languages_first` come first.

        Raises:
            Refused: the queue is full or too slow, or the service is shutting down.
            NewsqaError: as `Asker.ask`.
        """
        job = partial(self._asker.ask, question, top_k, filters, languages_first)
        answer = await self._run(question, job, _embedded)
        self._count(answer.status)
        return answer

    async def search(self, question: str, top_k: int, filters: Filter) -> SearchResult:
        """Return the passages for a question. Raises as `ask`."""
        job = partial(self._asker.search, question, top_k, filters)
        result = await self._run(question, job, lambda text: [text])
        self._count("searched")
        return result

    def _count(self, status: str) -> None:
        if self._metrics:
            self._metrics.count_answer(status)

    async def _run(
        self, question: str, job: Callable[..., _Result], embedded: Callable[[str], Sequence[str]]
    ) -> _Result:
        """Return the result of a job; `embedded` returns the texts that it embeds."""
        waiting = True

        def hurry() -> bool:
            return not waiting or self._worker.depth > _MAX_DEPTH

        text = check(question)
        check_tokens(text, self._asker.embedder)
        is_long = len(question) > _MAX_TOKENS and len(self._asker.embedder.token_spans(question)) > _MAX_TOKENS
        if is_long and self._long_waits:  # so that others wait for one of them at most, whoever asks them
            raise QueueFull("another long question is being answered: retry in 1 s, or shorten the question")
        self._long_waits |= is_long
        if self._log_questions:
            _log.info("question", extra={"question": question})
        start = perf_counter()
        try:
            if self._worker.depth:
                self._worker.check()
                self._embedding.submit(self._prepare, embedded, text)
            result = await self._worker.run(partial(job, hurry=hurry), _reading_seconds)
        finally:  # also if the queue is full, or the caller was cancelled while the job still runs
            waiting = False
            if is_long:
                self._long_waits = False
        if self._metrics:
            self._metrics.observe_question(result.took_ms, perf_counter() - start)
        return result

    def _prepare(self, embedded: Callable[[str], Sequence[str]], text: str) -> None:
        for each in embedded(text):
            self._embeddings.prepare(each)


def _embedded(text: str) -> list[str]:
    """Return the texts that are embedded to answer a message."""
    return [] if courtesy(text) else [part.text for part in questions(text)]


def _reading_seconds(result: SearchResult) -> float:
    return result.took_ms.get("read", 0.0) / 1000
