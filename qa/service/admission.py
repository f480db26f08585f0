"""Admission control: a worker thread with a bounded queue and a deadline."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any, TypeVar

from index.errors import NewsqaError

_Result = TypeVar("_Result")

_MAX_WAIT = 0.5  # of the deadline, as the estimated wait; below 1 because job times vary and machines are shared
_SMOOTHING = 0.1  # weight of the last job in the moving average


def _nothing(_: object) -> float:
    return 0.0


class Refused(NewsqaError):
    """The job was not run; the client may retry after `retry_after` seconds."""

    retry_after = 1


class QueueFull(Refused):
    """Too many jobs are waiting."""


class DeadlineExceeded(Refused):
    """The job did not start before its deadline."""


class Draining(Refused):
    """The service is shutting down."""

    retry_after = 5

    def __init__(self) -> None:
        """Create the error with its message."""
        super().__init__("the service is shutting down: retry in a few seconds")


class Worker:
    """Runs one job after another, so that an archive belongs to one thread.

    Use it from one event loop.
    """

    def __init__(self, capacity: int, deadline: float, name: str = "answer") -> None:
        """Let at most `capacity` jobs wait or run; a job that has not started after `deadline` seconds is dropped.

        Slow jobs lower the limit: a job is admitted only if it is expected to start well before its deadline.
        """
        self._capacity = capacity
        self._deadline = deadline
        self._unfinished: dict[asyncio.Future[Any], Future[Any]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._mean_seconds = 0.0  # per job without its optional part, a moving average
        self._last_end = 0.0
        self.draining = False

    @property
    def depth(self) -> int:
        """The number of jobs that wait or run."""
        return len(self._unfinished)

    async def run(self, job: Callable[[], _Result], optional_seconds: Callable[[_Result], float] = _nothing) -> _Result:
        """Return what `job` returns.

        `optional_seconds` returns how much of the job's duration is due to work that jobs leave out in a long queue; it
        does not count for the estimate of the wait.

        Raises:
            QueueFull: too many jobs are waiting; retry shortly.
            DeadlineExceeded: the job did not start before the deadline and was dropped.
            Draining: the worker takes no new jobs, or stopped before this job started.
        """
        if self.draining:
            raise Draining
        if self.depth >= self._capacity or self.depth * self._mean_seconds > _MAX_WAIT * self._deadline:
            raise QueueFull(f"the queue is full ({self.depth} waiting): retry in 1 s")
        submitted = self._thread.submit(self._run_timed, job, optional_seconds, perf_counter())
        future = asyncio.wrap_future(submitted)
        self._unfinished[future] = submitted
        future.add_done_callback(self._finished)
        # A client that disconnects does not end this: a job that still runs must keep its place in the queue.
        await asyncio.wait((future,), timeout=self._deadline)
        if submitted.cancel():
            if self.draining:
                raise Draining
            raise DeadlineExceeded(f"timed out after {self._deadline:g} s in the queue: retry later")
        return await asyncio.shield(future)

    async def run_internal(self, job: Callable[[], object]) -> None:
        """Run a job of the service itself; it does not count against the capacity and is never refused."""
        await asyncio.wrap_future(self._thread.submit(job))

    def _run_timed(
        self, job: Callable[[], _Result], optional_seconds: Callable[[_Result], float], submitted: float
    ) -> _Result:
        optional = 0.0
        try:
            result = job()
            optional = optional_seconds(result)
            return result
        finally:
            end = perf_counter()
            # The time between two jobs counts, too. A very long job says little about the others, hence the limit.
            seconds = min(end - max(submitted, self._last_end) - optional, self._deadline)
            self._mean_seconds += _SMOOTHING * (seconds - self._mean_seconds)
            self._last_end = end

    def _finished(self, future: "asyncio.Future[_Result]") -> None:
        del self._unfinished[future]
        if not future.cancelled():
            future.exception()  # read, so that asyncio does not warn when the client has disconnected

    async def drain(self, timeout: float) -> None:
        """Take no new jobs, wait up to `timeout` seconds for admitted ones, then drop those still waiting."""
        self.draining = True
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=timeout)
            for submitted in self._unfinished.values():
                submitted.cancel()

    def close(self) -> None:
        """Finish the running job and drop those that wait."""
        self._thread.shutdown(cancel_futures=True)
