"""A repeated question is not embedded again."""

import asyncio
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from index.archive import ANYTHING
from index.local.archive import LocalArchive
from index.model.embed import Embedder, Embedding
from qa.ask import Asker
from qa.service import question_cache
from qa.service.admission import Worker
from qa.service.answering import QueuedAsker
from qa.service.question_cache import QuestionCache
from qa.types import SearchResult
from tests.fakes import HashEmbedder, build_archive, identifier

_SECONDS = 0.3  # for one embedding


class _Counting(HashEmbedder):
    """Takes `seconds` for each question; `asked` lists them in order."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__()
        self._seconds = seconds
        self.asked: list[str] = []

    def question(self, text: str) -> Embedding:
        time.sleep(self._seconds)
        self.asked.append(text)
        return super().question(text)


def test_a_repeated_question_takes_no_time_to_embed(tmp_path: Path) -> None:
    async def ask(archive: LocalArchive) -> list[float]:
        worker = Worker(8, 60)
        queued = QueuedAsker(Asker(archive, _Counting(_SECONDS), identifier()), worker)
        questions = ["Quand ferme la piscine ?", "Quand ferme la piscine ?", "Quand ferme la Piscine ?"]
        took = [(await queued.ask(question, 8, ANYTHING)).took_ms["embed"] for question in questions]
        took.append((await queued.search(questions[0], 8, ANYTHING)).took_ms["embed"])
        worker.close()
        return took

    with LocalArchive(build_archive(tmp_path, {"a.md": "La piscine ferme en juin."})) as archive:
        first, repeated, other, searched = asyncio.run(ask(archive))
    assert min(first, other) >= _SECONDS * 1000 > max(repeated, searched)


def test_a_question_that_waits_is_embedded_once_and_before_its_turn(tmp_path: Path) -> None:
    message = "Quand ferme la piscine ? Pourquoi Dupont quitte-t-il Lyon ?"

    async def ask(archive: LocalArchive) -> list[str]:
        worker, gate = Worker(8, 60), threading.Event()
        queued = QueuedAsker(Asker(archive, counting, identifier()), worker)
        busy = asyncio.ensure_future(worker.run(lambda: gate.wait(60)))
        while not worker.depth:
            await asyncio.sleep(0.01)
        asked = ("Merci beaucoup !", message)  # the first one asks nothing
        waiting: list[asyncio.Future[SearchResult]] = [
            asyncio.ensure_future(queued.ask(text, 8, ANYTHING)) for text in asked
        ]
        searched = ("Quand ? Où ?", "q" * 200)  # the second one is not kept
        waiting += [asyncio.ensure_future(queued.search(text, 8, ANYTHING)) for text in searched]
        while len(counting.asked) < 3:
            await asyncio.sleep(0.01)
        before = list(counting.asked)
        gate.set()
        await asyncio.gather(busy, *waiting)
        worker.close()
        return before

    counting = _Counting()
    with LocalArchive(build_archive(tmp_path, {"a.md": "La piscine ferme en juin."})) as archive:
        before = asyncio.run(asyncio.wait_for(ask(archive), 60))
    assert before == ["Quand ferme la piscine ?", "Pourquoi Dupont quitte-t-il Lyon ?", "Quand ? Où ?"]
    assert counting.asked == [*before, "q" * 200]


def test_only_the_most_recent_questions_are_kept() -> None:
    counting = _Counting()
    cache = QuestionCache(counting)
    texts = [f"question {number}" for number in range(question_cache._MAX_QUESTIONS + 1)]
    for text in (*texts, texts[-1], texts[1], texts[0]):
        cache.question(text)
    assert counting.asked == [*texts, texts[0]]


def test_long_questions_are_not_kept() -> None:
    counting = _Counting()
    cache = QuestionCache(counting)
    for length in (question_cache._MAX_LENGTH, question_cache._MAX_LENGTH + 1):
        for _ in range(2):
            cache.question("q" * length)
    assert [len(text) for text in counting.asked] == [160, 161, 161]


def test_a_question_that_fails_is_embedded_again() -> None:
    class Failing(_Counting):
        def question(self, text: str) -> Embedding:
            embedding = super().question(text)
            if len(self.asked) == 1:
                raise MemoryError
            return embedding

    failing = Failing()
    cache = QuestionCache(failing)
    with pytest.raises(MemoryError):
        cache.question("x")
    assert cache.question("x") is cache.question("x")
    assert len(failing.asked) == 2


def test_a_kept_embedding_is_that_of_the_model_and_cannot_be_changed(embedder: Embedder) -> None:
    cache = QuestionCache(embedder)
    kept, fresh = cache.question("Où est le pont ?"), embedder.question("Où est le pont ?")
    for name in ("vector", "tokens", "spans", "surprisal"):
        assert np.array_equal(getattr(kept, name), getattr(fresh, name))
    with pytest.raises(ValueError, match="read-only"):
        kept.tokens[:] = 0
    assert (cache.model, cache.max_passage_tokens) == (embedder.model, embedder.max_passage_tokens)
    assert cache.token_spans("Où ?") == embedder.token_spans("Où ?")
