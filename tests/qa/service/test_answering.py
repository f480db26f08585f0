"""Questions on the answering thread: whose passages are read while others wait."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.archive import ANYTHING
from index.errors import QuestionTooLong
from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.service.admission import QueueFull, Worker
from qa.service.answering import QueuedAsker
from qa.types import Answer
from tests.fakes import HashEmbedder, PhraseReader, build_archive, identifier

_QUESTION = "pourquoi le maire part-il ?"
_FILES = {f"{n}.md": f"# Le maire {n}\n\nLe maire {n} part, parce qu’il est las." for n in range(5)}
_TIMEOUT = 60  # seconds: a job that waits that long was never released
_SLOW = 0.2  # seconds for one passage


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[LocalArchive]:
    with LocalArchive(build_archive(tmp_path, _FILES)) as opened:
        yield opened


def _asker(archive: LocalArchive, reader: PhraseReader) -> Asker:
    return Asker(archive, HashEmbedder(), identifier(), reader=reader)


def _read(answer: Answer) -> bool:
    return any(hit.reading for hit in answer.hits)


def test_nothing_is_read_while_more_than_three_questions_wait(archive: LocalArchive) -> None:
    async def crowd() -> list[Answer]:
        worker, gate = Worker(64, _TIMEOUT), threading.Event()
        queued = QueuedAsker(_asker(archive, PhraseReader("las", seconds=0.02)), worker)
        busy = asyncio.ensure_future(worker.run(lambda: gate.wait(_TIMEOUT)))
        asked = [asyncio.ensure_future(queued.ask(_QUESTION, 8, ANYTHING)) for _ in range(8)]
        while worker.depth < 9:
            await asyncio.sleep(0.01)
        gate.set()
        await busy
        answers = await asyncio.gather(*asked)
        worker.close()
        return list(answers)

    first, second, third, *_, last = asyncio.run(crowd())
    assert [_read(answer) for answer in (first, second, third, last)] == [False, False, False, True]
    without = Asker(archive, HashEmbedder(), identifier()).ask(_QUESTION)
    assert first.citations == without.citations
    assert last.citations[0].answer_span


def test_a_question_that_is_being_read_is_answered_at_once_when_others_queue_up(archive: LocalArchive) -> None:
    async def ask() -> tuple[Answer, int]:
        worker, reader = Worker(64, _TIMEOUT), PhraseReader("las", seconds=_SLOW)
        asked = asyncio.ensure_future(QueuedAsker(_asker(archive, reader), worker).ask(_QUESTION, 8, ANYTHING))
        while not reader.windows:
            await asyncio.sleep(0.01)
        others = [asyncio.ensure_future(worker.run(lambda: None)) for _ in range(8)]
        answer = await asked
        await asyncio.gather(*others)
        worker.close()
        return answer, len(reader.windows)

    answer, windows = asyncio.run(ask())
    assert (_read(answer), windows < 5, answer.status) == (False, True, "answered")


def test_reading_stops_when_nobody_waits_for_the_answer(archive: LocalArchive) -> None:
    async def leave() -> int:
        worker, reader = Worker(64, _TIMEOUT), PhraseReader("las", seconds=_SLOW)
        asked = asyncio.ensure_future(QueuedAsker(_asker(archive, reader), worker).ask(_QUESTION, 8, ANYTHING))
        while not reader.windows:
            await asyncio.sleep(0.01)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await worker.run(lambda: "next") == "next"
        worker.close()
        return len(reader.windows)

    assert asyncio.run(leave()) < 5


def test_of_several_long_questions_one_is_answered_at_a_time(archive: LocalArchive) -> None:
    long = " ".join(f"{_QUESTION[:-2]} {number} ?" for number in range(40))

    async def crowd() -> list[object]:
        worker, gate = Worker(64, _TIMEOUT), threading.Event()
        queued = QueuedAsker(_asker(archive, PhraseReader("las")), worker)
        busy = asyncio.ensure_future(worker.run(lambda: gate.wait(_TIMEOUT)))
        asked = [asyncio.ensure_future(queued.ask(each, 8, ANYTHING)) for each in (long, long, _QUESTION)]
        await asyncio.sleep(0.05)
        gate.set()
        await busy
        answers: list[object] = [*await asyncio.gather(*asked, return_exceptions=True)]
        answers.append(await queued.ask(long, 8, ANYTHING))
        worker.close()
        return answers

    first, second, short, later = asyncio.run(crowd())
    assert isinstance(second, QueueFull)
    assert all(isinstance(each, Answer) for each in (first, short, later))


def test_a_long_question_that_a_full_queue_refuses_keeps_no_later_one_out(archive: LocalArchive) -> None:
    long = " ".join(f"{_QUESTION[:-2]} {number} ?" for number in range(40))

    async def ask() -> Answer:
        worker, gate = Worker(1, _TIMEOUT), threading.Event()
        queued = QueuedAsker(_asker(archive, PhraseReader("las")), worker)
        busy = asyncio.ensure_future(worker.run(lambda: gate.wait(_TIMEOUT)))
        await asyncio.sleep(0)  # it is in the queue then
        with pytest.raises(QueueFull, match="the queue is full"):
            await queued.ask(long, 8, ANYTHING)
        gate.set()
        await busy
        answer = await queued.ask(long, 8, ANYTHING)
        worker.close()
        return answer

    assert asyncio.run(ask()).text


def test_a_question_of_too_many_tokens_is_refused_before_the_queue(archive: LocalArchive) -> None:
    async def ask() -> None:
        worker = Worker(64, _TIMEOUT)
        worker.draining = True  # nothing gets into the queue
        with pytest.raises(QuestionTooLong):
            await QueuedAsker(_asker(archive, PhraseReader("las")), worker).ask("a-" * 999, 8, ANYTHING)
        worker.close()

    asyncio.run(ask())
