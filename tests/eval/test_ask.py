"""Every question has a reply, in order, also if it failed."""

import random
import threading
import time
from collections.abc import Callable
from threading import Lock

import pytest

from eval.ask import Reply, ask_all
from eval.types import Question, SystemAnswer, SystemFailed
from tests.eval.fakes import question
from tests.fakes import no_progress

_QUESTIONS = [question(f"q{number}") for number in range(100)]


def _failing(fails: Callable[[int], bool], asked: list[str] | None = None) -> Callable[[Question, int], SystemAnswer]:
    lock = Lock()

    def ask(item: Question, k: int) -> SystemAnswer:
        with lock:
            if asked is not None:
                asked.append(item.id)
        if fails(int(item.id.removeprefix("q"))):
            raise SystemFailed(f"no answer to {item.id}")
        return SystemAnswer((), text=f"{item.id} {k}")

    return ask


def _answers(replies: list[Reply]) -> list[str | None]:
    return [reply.answer.text if reply.answer else None for reply in replies]


def test_every_question_is_asked_once_with_k() -> None:
    asked: list[str] = []
    replies, seconds = ask_all(_QUESTIONS, _failing(lambda _: False, asked), 7, 1, no_progress)
    assert asked == [item.id for item in _QUESTIONS]
    assert _answers(replies) == [f"{item.id} 7" for item in _QUESTIONS]
    assert all(reply.failure is None and reply.ms >= 0 for reply in replies)
    assert seconds > 0


def test_no_questions_have_no_replies() -> None:
    assert ask_all([], _failing(lambda _: False), 1, 4, no_progress)[0] == []


def test_replies_keep_the_order_of_questions_when_asked_together() -> None:
    draw = random.Random(1)  # noqa: S311
    waits = {item.id: draw.random() / 100 for item in _QUESTIONS}
    busy, max_busy, lock = 0, 0, Lock()

    def ask(item: Question, k: int) -> SystemAnswer:
        nonlocal busy, max_busy
        with lock:
            busy += 1
            max_busy = max(max_busy, busy)
        time.sleep(waits[item.id])
        with lock:
            busy -= 1
        return SystemAnswer((), text=item.id)

    replies, _ = ask_all(_QUESTIONS, ask, 1, 8, no_progress)
    assert _answers(replies) == [item.id for item in _QUESTIONS]
    assert 1 < max_busy <= 8


def test_questions_are_asked_with_the_full_concurrency() -> None:
    barrier = threading.Barrier(8, timeout=20)

    def ask(item: Question, k: int) -> SystemAnswer:
        barrier.wait()
        return SystemAnswer(())

    assert len(ask_all(_QUESTIONS[:16], ask, 1, 8, no_progress)[0]) == 16


def test_a_failure_is_a_reply_and_the_next_question_is_asked() -> None:
    replies, _ = ask_all(_QUESTIONS, _failing(lambda number: number % 2 == 0), 1, 1, no_progress)
    assert [reply.failure for reply in replies[:4]] == ["no answer to q0", None, "no answer to q2", None]
    assert _answers(replies[:2]) == [None, "q1 1"]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_system_is_not_asked_after_twenty_consecutive_failures(concurrency: int) -> None:
    asked: list[str] = []
    replies, _ = ask_all(_QUESTIONS, _failing(lambda _: True, asked), 1, concurrency, no_progress)
    assert 20 <= len(asked) < 20 + concurrency
    assert len(replies) == 100
    assert all(reply.failure and reply.answer is None for reply in replies)
    assert sum(bool(reply.failure and reply.failure.startswith("not asked")) for reply in replies) == 100 - len(asked)


def test_a_system_that_answers_sometimes_is_asked_until_the_end() -> None:
    asked: list[str] = []
    replies, _ = ask_all(_QUESTIONS, _failing(lambda number: number % 20 != 19, asked), 1, 1, no_progress)
    assert len(asked) == 100
    assert sum(reply.failure is None for reply in replies) == 5


def test_failures_without_a_message_are_failures() -> None:
    def ask(item: Question, k: int) -> SystemAnswer:
        raise SystemFailed

    replies, _ = ask_all(_QUESTIONS, ask, 1, 1, no_progress)
    assert all(reply.failure for reply in replies)
    assert replies[-1].failure is not None
    assert replies[-1].failure.startswith("not asked")


def test_a_defect_of_a_system_is_not_taken_for_a_failure() -> None:
    def ask(item: Question, k: int) -> SystemAnswer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_all(_QUESTIONS, ask, 1, 1, no_progress)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_progress_counts_up_to_the_number_of_questions(concurrency: int) -> None:
    reported: list[tuple[str, int, int]] = []
    ask_all(
        _QUESTIONS, _failing(lambda number: number == 3), 1, concurrency, lambda *progress: reported.append(progress)
    )
    assert reported == [("asking", number, 100) for number in range(1, 101)]


def test_times_are_those_of_the_system() -> None:
    def ask(item: Question, k: int) -> SystemAnswer:
        time.sleep(0.02)
        return SystemAnswer(())

    replies, seconds = ask_all(_QUESTIONS[:3], ask, 1, 1, no_progress)
    assert all(20 <= reply.ms < 1000 for reply in replies)
    assert seconds >= 0.06
