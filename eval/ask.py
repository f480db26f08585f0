"""Sends every question of a data set to a system; a failure is recorded as a reply."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from eval.types import Question, System, SystemAnswer, SystemFailed

Progress = Callable[[str, int, int], None]

_MAX_CONSECUTIVE_FAILURES = 20  # after which a system gets no more questions


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a question or the reason of the failure, and the response time."""

    answer: SystemAnswer | None
    failure: str | None
    ms: float


def ask_all(
    questions: Sequence[Question], system: System, k: int, concurrency: int, progress: Progress
) -> tuple[list[Reply], float]:
    """Ask every question; return the replies in the order of the questions, and the total seconds.

    After twenty consecutive failures the remaining questions are not asked and count as failures.
    """
    runner = _Runner(system, k, len(questions), progress)
    began = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        replies = list(pool.map(runner.ask, questions))
    return replies, time.perf_counter() - began


class _Runner:
    def __init__(self, system: System, k: int, total: int, progress: Progress) -> None:
        self._system = system
        self._k = k
        self._total = total
        self._progress = progress
        self._lock = Lock()
        self._done = 0
        self._consecutive_failures = 0

    def ask(self, question: Question) -> Reply:
        if self._consecutive_failures >= _MAX_CONSECUTIVE_FAILURES:
            return Reply(None, f"not asked: {_MAX_CONSECUTIVE_FAILURES} consecutive failures before", 0.0)
        answer, failure = None, None
        began = time.perf_counter()
        try:
            answer = self._system(question, self._k)
        except SystemFailed as error:
            failure = str(error) or "no reason given"
        ms = (time.perf_counter() - began) * 1000
        with self._lock:
            self._done += 1
            self._consecutive_failures = self._consecutive_failures + 1 if failure else 0
            self._progress("asking", self._done, self._total)
        return Reply(answer, failure, ms)
