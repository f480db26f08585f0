"""One thread that answers, and a bounded queue before it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from index.errors import NewsqaError

_Result = TypeVar("_Result")


class QueueFull(NewsqaError):
    """Too many questions are waiting."""


class Worker:
    """Runs one job after another, so that model, index and catalog belong to one thread.

    Use it from one event loop.
    """

    def __init__(self, capacity: int) -> None:
        """Let at most `capacity` jobs wait or run."""
        self._capacity = capacity
        self._unfinished = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="answer")

    async def run(self, job: Callable[[], _Result]) -> _Result:
        """Return what `job` returns.

        Raises:
            QueueFull: too many are waiting; ask again a moment later.
        """
        if self._unfinished >= self._capacity:
            raise QueueFull(f"{self._unfinished} questions are waiting: ask again in a second")
        self._unfinished += 1
        try:
            # Shielded: a client that leaves must not free the place of a job that is still running.
            future = asyncio.wrap_future(self._thread.submit(job))
        except BaseException:
            self._unfinished -= 1
            raise
        future.add_done_callback(self._finished)
        return await asyncio.shield(future)

    def _finished(self, future: "asyncio.Future[_Result]") -> None:
        self._unfinished -= 1
        if not future.cancelled():
            future.exception()  # read, so that nobody warns when the client has left

    def close(self) -> None:
        """Finish what is running and drop what is waiting."""
        self._thread.shutdown(cancel_futures=True)
