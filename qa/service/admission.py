"""One thread, and a bounded queue before it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import perf_counter
from typing import Any, TypeVar

from index.errors import NewsqaError

_Result = TypeVar("_Result")

_EXPECTED = 0.5  # of the deadline, since jobs differ and machines are shared
_WEIGHT = 0.1  # of the last job in the mean


class Refused(NewsqaError):
    """A job is not run; it may come again in `again` seconds."""

    again = 1


class QueueFull(Refused):
    """Too many are waiting."""


class TooLate(Refused):
    """It has waited too long."""


class Draining(Refused):
    """The service is about to stop."""

    again = 5

    def __init__(self) -> None:
        """Say so."""
        super().__init__("the service is about to stop: come again in a few seconds")


class Worker:
    """Runs one job after another, so that an archive belongs to one thread.

    Use it from one event loop.
    """

    def __init__(self, capacity: int, deadline: float, name: str = "answer") -> None:
        """Let at most `capacity` jobs wait or run, each for at most `deadline` seconds before its turn.

        Where jobs take long, fewer are taken: as many as can be expected to be in time.
        """
        self._capacity = capacity
        self._deadline = deadline
        self._unfinished: dict[asyncio.Future[Any], Future[Any]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._usual = 0.0  # seconds that a job takes, as a moving mean
        self._ended = 0.0
        self.draining = False

    @property
    def depth(self) -> int:
        """How many jobs wait or run."""
        return len(self._unfinished)

    async def run(self, job: Callable[[], _Result]) -> _Result:
        """Return what `job` returns.

        Raises:
            QueueFull: too many are waiting; come again a moment later.
            TooLate: it was not its turn before the deadline, and it is not run any more.
            Draining: no new jobs are taken, or it was not this one's turn while there was time.
        """
        if self.draining:
            raise Draining
        if self.depth >= self._capacity or self.depth * self._usual > _EXPECTED * self._deadline:
            raise QueueFull(f"{self.depth} are waiting: come again in a second")
        submitted = self._thread.submit(self._timed, job, perf_counter())
        future = asyncio.wrap_future(submitted)
        self._unfinished[future] = submitted
        future.add_done_callback(self._finished)
        # A client that leaves does not end this: the place of a job that is still running must not be free.
        await asyncio.wait((future,), timeout=self._deadline)
        if submitted.cancel():
            if self.draining:
                raise Draining
            raise TooLate(f"it was not its turn within {self._deadline:g} seconds: come again when fewer wait")
        return await asyncio.shield(future)

    async def between(self, job: Callable[[], object]) -> None:
        """Run a job of the service's own when its turn comes; it takes the place of none and is never refused."""
        await asyncio.wrap_future(self._thread.submit(job))

    def _timed(self, job: Callable[[], _Result], asked: float) -> _Result:
        try:
            return job()
        finally:
            ended = perf_counter()
            # What lies between two jobs counts, too. One that takes for ever says little about the others.
            spent = min(ended - max(asked, self._ended), self._deadline)
            self._usual += _WEIGHT * (spent - self._usual)
            self._ended = ended

    def _finished(self, future: "asyncio.Future[_Result]") -> None:
        del self._unfinished[future]
        if not future.cancelled():
            future.exception()  # read, so that nobody warns when the client has left

    async def drain(self, patience: float) -> None:
        """Take no new jobs, give those admitted `patience` seconds to finish, and drop what is waiting then."""
        self.draining = True
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=patience)
            for submitted in self._unfinished.values():
                submitted.cancel()

    def close(self) -> None:
        """Finish what is running and drop what is waiting."""
        self._thread.shutdown(cancel_futures=True)
