"""Admission control: a worker thread with a bounded queue and a deadline."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

from index.errors import NewsqaError
from qa.service.fair import FairQueue, Job, client

_Result = TypeVar("_Result")

_MAX_WAIT = 0.5  # of the deadline, as the estimated wait; below 1 because job times vary and machines are shared
_SMOOTHING = 0.1  # weight of the last job in the moving average


def _nothing(_: object) -> float:
    return 0.0


class Refused(NewsqaError):
    """The job was not run; the client may retry after `retry_after` seconds. It is counted by `reason`."""

    retry_after = 1
    reason = "queue"


class QueueFull(Refused):
    """Too many jobs are waiting."""


class DeadlineExceeded(Refused):
    """The job did not start before its deadline."""

    reason = "deadline"


class Draining(Refused):
    """The service is shutting down."""

    retry_after = 5
    reason = "draining"

    def __init__(self) -> None:
        """Create the error with its message."""
        super().__init__("the service is shutting down: retry in a few seconds")


class Worker:
    """Runs one job after another, so that an archive belongs to one thread; clients have equal shares of its time.

    Use it from one event loop. The client of a job is `qa.service.fair.client`.
    """

    def __init__(self, capacity: int, deadline: float, name: str = "answer") -> None:
        """Let at most `capacity` jobs wait or run; a job that has not started after `deadline` seconds is dropped.

        Slow jobs lower the limit: a job is admitted only if it is expected to start well before its deadline.
        """
        self._capacity = capacity
        self._deadline = deadline
        self._unfinished: set[asyncio.Future[Any]] = set()
        self._queue = FairQueue()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._mean_seconds = 0.0  # per job without its optional part, a moving average
        self._last_end = 0.0
        self._stopped = False
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
            QueueFull: too many jobs are waiting, of this client if several wait; retry shortly.
            DeadlineExceeded: the job did not start before the deadline and was dropped.
            Draining: the worker takes no new jobs, or stopped before this job started.
        """
        self._admit()
        waiting = self._submit(partial(self._run_timed, job, optional_seconds, perf_counter()))
        future = asyncio.wrap_future(waiting.future)
        self._unfinished.add(future)
        future.add_done_callback(self._finished)
        # A client that disconnects does not end this: a job that still runs must keep its place in the queue.
        await asyncio.wait((future,), timeout=self._deadline)
        if waiting.future.cancel():
            raise self._refusal(waiting)
        return await asyncio.shield(future)

    async def run_steps(self, steps: Generator[None, None, _Result]) -> _Result:
        """Return what a generator returns that does a long job in short steps; other jobs run between them.

        It ends or raises before this does, also if the caller is cancelled: a step that runs is waited for. Between two
        steps it is closed if the caller was cancelled or the worker stopped. Raises as `run`.
        """
        self._admit()
        place = asyncio.get_running_loop().create_future()
        self._unfinished.add(place)
        started = cancelled = False
        try:
            while True:
                step = self._submit(
                    partial(self._run_timed, partial(_advance, steps), _nothing, perf_counter()), started
                )
                future = asyncio.wrap_future(step.future)
                cancelled |= await _wait(future, None if started else self._deadline)
                if not started and step.future.cancel():
                    raise self._refusal(step)
                started = True
                while not future.done():
                    cancelled |= await _wait(future)
                if future.cancelled():
                    raise Draining
                if (end := future.result()) is not None:
                    result: _Result = end.value
                    return result
                if cancelled or self._stopped:
                    raise Draining
        finally:
            steps.close()
            self._unfinished.discard(place)
            place.set_result(None)

    async def run_internal(self, job: Callable[[], object]) -> None:
        """Run a job of the service itself; it does not count against the capacity and is never refused."""
        await asyncio.wrap_future(self._thread.submit(job))

    def check(self) -> None:
        """Raise what `run` would raise at once; a client with fewer jobs than another is admitted to a full queue."""
        if self.draining:
            raise Draining
        if self._full and not (self.depth >= self._capacity and self._queue.can_drop_for(client.get())):
            raise QueueFull(f"the queue is full ({self.depth} waiting): retry in 1 s")

    @property
    def _full(self) -> bool:
        ahead = self._queue.ahead(client.get(), self._mean_seconds)
        return self.depth >= self._capacity or ahead * self._mean_seconds > _MAX_WAIT * self._deadline

    def _admit(self) -> None:
        self.check()
        if self.depth >= self._capacity:
            self._queue.drop_for(client.get())

    def _submit(self, call: Callable[[], _Result], kept: bool = False) -> Job:
        job = Job(call, client.get(), droppable=not kept)
        self._queue.put(job)
        self._thread.submit(self._run_next)
        return job

    def _run_next(self) -> None:
        job = self._queue.take()
        if job is None:
            return
        if not job.future.set_running_or_notify_cancel():
            self._queue.charge(job, 0.0)
            return
        began = perf_counter()
        try:
            result = job.call()
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is awaited
            self._queue.charge(job, perf_counter() - began)
            job.future.set_exception(error)
        else:
            self._queue.charge(job, perf_counter() - began)
            job.future.set_result(result)

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

    def _refusal(self, job: Job) -> Refused:
        if self.draining:
            return Draining()
        if job.dropped:
            return QueueFull("the queue is full, and most of it is yours: retry in 1 s")
        return DeadlineExceeded(f"timed out after {self._deadline:g} s in the queue: retry later")

    def _finished(self, future: "asyncio.Future[_Result]") -> None:
        self._unfinished.discard(future)
        if not future.cancelled():
            future.exception()  # read, so that asyncio does not warn when the client has disconnected

    async def drain(self, timeout: float) -> None:
        """Take no new jobs, wait up to `timeout` seconds for admitted ones, then drop those still waiting.

        Of a job in steps the step that runs is the last one then.
        """
        self.draining = True
        if self._unfinished:
            await asyncio.wait(self._unfinished, timeout=timeout)
        self._stopped = True
        self._queue.clear()

    def close(self) -> None:
        """Finish the running job and drop those that wait."""
        self._queue.clear()
        self._thread.shutdown(cancel_futures=True)


def _advance(steps: Generator[None, None, _Result]) -> StopIteration | None:
    """Do the next step; return its end, with the result, or None if there are more."""
    try:
        next(steps)
    except StopIteration as end:
        return end
    return None


async def _wait(future: "asyncio.Future[Any]", timeout: float | None = None) -> bool:
    """Wait for a future; return whether the waiting task was cancelled meanwhile, which ends neither."""
    try:
        await asyncio.wait((future,), timeout=timeout)
    except asyncio.CancelledError:
        return True
    return False
