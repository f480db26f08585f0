"""Every question of a data set is put to a system; what fails is a reply, too."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

from eval.types import Found, Question, System, SystemFailed

Progress = Callable[[str, int, int], None]

_HOPELESS = 20  # failures in a row after which a system is not asked again


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a question, and how long it took; or why nothing did."""

    found: Found | None
    failure: str | None
    ms: float


def ask_all(
    questions: Sequence[Question], system: System, k: int, concurrency: int, progress: Progress
) -> tuple[list[Reply], float]:
    """Ask every question and return the replies in order, and the seconds it took; a failure is a reply, too.

    After twenty failures in a row the system is given up, and what was not asked has failed.
    """
    asking = _Asking(system, k, len(questions), progress)
    began = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        replies = list(pool.map(asking.ask, questions))
    return replies, time.perf_counter() - began


class _Asking:
    def __init__(self, system: System, k: int, total: int, progress: Progress) -> None:
        self._system = system
        self._k = k
        self._total = total
        self._progress = progress
        self._lock = Lock()
        self._done = 0
        self._failed = 0  # in a row

    def ask(self, question: Question) -> Reply:
        if self._failed >= _HOPELESS:
            return Reply(None, f"not asked: {_HOPELESS} failures in a row before", 0.0)
        found, failure = None, None
        began = time.perf_counter()
        try:
            found = self._system(question, self._k)
        except SystemFailed as error:
            failure = str(error) or "no reason given"
        ms = (time.perf_counter() - began) * 1000
        with self._lock:
            self._done += 1
            self._failed = self._failed + 1 if failure else 0
            self._progress("asking", self._done, self._total)
        return Reply(found, failure, ms)
