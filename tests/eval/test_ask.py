"""Every question has its reply, in order, whatever becomes of it."""

import random
import threading
import time
from collections.abc import Callable
from threading import Lock

import pytest

from eval.ask import Reply, ask_all
from eval.types import Found, Question, SystemFailed
from tests.eval.fakes import question
from tests.fakes import no_progress

_QUESTIONS = [question(f"q{number}") for number in range(100)]


def _failing(fails: Callable[[int], bool], asked: list[str] | None = None) -> Callable[[Question, int], Found]:
    lock = Lock()

    def ask(one: Question, k: int) -> Found:
        with lock:
            if asked is not None:
                asked.append(one.id)
        if fails(int(one.id.removeprefix("q"))):
            raise SystemFailed(f"no answer to {one.id}")
        return Found((), answer=f"{one.id} {k}")

    return ask


def _answers(replies: list[Reply]) -> list[str | None]:
    return [reply.found.answer if reply.found else None for reply in replies]


def test_every_question_is_asked_once_with_k() -> None:
    asked: list[str] = []
    replies, seconds = ask_all(_QUESTIONS, _failing(lambda _: False, asked), 7, 1, no_progress)
    assert asked == [one.id for one in _QUESTIONS]
    assert _answers(replies) == [f"{one.id} 7" for one in _QUESTIONS]
    assert all(reply.failure is None and reply.ms >= 0 for reply in replies)
    assert seconds > 0


def test_no_questions_have_no_replies() -> None:
    assert ask_all([], _failing(lambda _: False), 1, 4, no_progress)[0] == []


def test_replies_keep_the_order_of_questions_when_asked_together() -> None:
    draw = random.Random(1)  # noqa: S311
    waits = {one.id: draw.random() / 100 for one in _QUESTIONS}
    busy, most, lock = 0, 0, Lock()

    def ask(one: Question, k: int) -> Found:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(waits[one.id])
        with lock:
            busy -= 1
        return Found((), answer=one.id)

    replies, _ = ask_all(_QUESTIONS, ask, 1, 8, no_progress)
    assert _answers(replies) == [one.id for one in _QUESTIONS]
    assert 1 < most <= 8


def test_as_many_questions_are_asked_together_as_was_said() -> None:
    barrier = threading.Barrier(8, timeout=20)

    def ask(one: Question, k: int) -> Found:
        barrier.wait()
        return Found(())

    assert len(ask_all(_QUESTIONS[:16], ask, 1, 8, no_progress)[0]) == 16


def test_a_failure_is_a_reply_and_the_next_question_is_asked() -> None:
    replies, _ = ask_all(_QUESTIONS, _failing(lambda number: number % 2 == 0), 1, 1, no_progress)
    assert [reply.failure for reply in replies[:4]] == ["no answer to q0", None, "no answer to q2", None]
    assert _answers(replies[:2]) == [None, "q1 1"]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_hopeless_system_is_given_up_after_twenty_failures_in_a_row(concurrency: int) -> None:
    asked: list[str] = []
    replies, _ = ask_all(_QUESTIONS, _failing(lambda _: True, asked), 1, concurrency, no_progress)
    assert 20 <= len(asked) < 20 + concurrency
    assert len(replies) == 100
    assert all(reply.failure and reply.found is None for reply in replies)
    assert sum(bool(reply.failure and reply.failure.startswith("not asked")) for reply in replies) == 100 - len(asked)


def test_a_system_that_answers_now_and_then_is_not_given_up() -> None:
    asked: list[str] = []
    replies, _ = ask_all(_QUESTIONS, _failing(lambda number: number % 20 != 19, asked), 1, 1, no_progress)
    assert len(asked) == 100
    assert sum(reply.failure is None for reply in replies) == 5


def test_failures_that_say_nothing_are_failures() -> None:
    def ask(one: Question, k: int) -> Found:
        raise SystemFailed

    replies, _ = ask_all(_QUESTIONS, ask, 1, 1, no_progress)
    assert all(reply.failure for reply in replies)
    assert replies[-1].failure is not None
    assert replies[-1].failure.startswith("not asked")


def test_a_defect_of_a_system_is_not_taken_for_a_failure() -> None:
    def ask(one: Question, k: int) -> Found:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_all(_QUESTIONS, ask, 1, 1, no_progress)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_progress_counts_up_to_the_number_of_questions(concurrency: int) -> None:
    told: list[tuple[str, int, int]] = []
    ask_all(_QUESTIONS, _failing(lambda number: number == 3), 1, concurrency, lambda *progress: told.append(progress))
    assert told == [("asking", number, 100) for number in range(1, 101)]


def test_times_are_those_of_the_system() -> None:
    def ask(one: Question, k: int) -> Found:
        time.sleep(0.02)
        return Found(())

    replies, seconds = ask_all(_QUESTIONS[:3], ask, 1, 1, no_progress)
    assert all(20 <= reply.ms < 1000 for reply in replies)
    assert seconds >= 0.06
