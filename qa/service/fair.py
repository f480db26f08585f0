"""Queues the jobs of several clients so that each has its share of one thread (start-time fair queueing).

Goyal, Vin, Cheng, Start-time Fair Queueing, SIGCOMM 1996. The jobs of a client are in order, and the client that has
used the least time goes first: one that asks a long question, or many, delays itself and not others.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

client: ContextVar[str] = ContextVar("client", default="")
"""The client whose request is handled: the id of its key, or its address."""
_MAX_REMEMBERED = 1000  # clients without jobs


@dataclass(eq=False, slots=True)
class Job:
    """A call for the thread, and its result."""

    call: Callable[[], Any]
    client: str
    droppable: bool = True  # whether it may give way to a job of another client
    dropped: bool = False
    future: Future[Any] = field(default_factory=Future)


class FairQueue:
    """Waiting jobs. Thread-safe."""

    def __init__(self) -> None:
        """Create an empty queue."""
        self._lock = Lock()
        self._waiting: dict[str, deque[Job]] = {}
        self._start: dict[str, float] = {}  # virtual time at which the next job of a client starts, in seconds
        self._end: dict[str, float] = {}  # virtual time at which the last one ended
        self._now = 0.0
        self._running: str | None = None

    def put(self, job: Job) -> None:
        """Add a job."""
        with self._lock:
            if job.client not in self._waiting:
                self._waiting[job.client] = deque()
                self._start[job.client] = max(self._now, self._end.get(job.client, 0.0))
            self._waiting[job.client].append(job)

    def take(self) -> Job | None:
        """Remove and return the job whose turn it is; None if there is none. Its time has to be charged."""
        with self._lock:
            if not self._waiting:
                return None
            name = min(self._waiting, key=self._start.__getitem__)
            job = self._waiting[name].popleft()
            self._now = self._end[name] = self._start[name]
            self._running = name
            if not self._waiting[name]:
                del self._waiting[name], self._start[name]
            return job

    def ahead(self, name: str, mean: float) -> int:
        """Return how many jobs would run before a new one of a client, if each took `mean` seconds.

        The job that runs counts if it is of the same client: another one's is soon over.
        """
        with self._lock:
            own = len(self._waiting.get(name, ())) + (self._running == name)
            turn = self._start.get(name, max(self._now, self._end.get(name, 0.0))) + own * mean
            for each, jobs in self._waiting.items():
                if each != name and (early := turn - self._start[each]) >= 0:
                    own += len(jobs) if mean <= 0 else min(len(jobs), int(early / mean) + 1)
            return own

    def charge(self, job: Job, seconds: float) -> None:
        """Count the time that a job took."""
        with self._lock:
            self._running = None
            self._end[job.client] = end = self._end.get(job.client, self._now) + seconds
            if job.client in self._start:
                self._start[job.client] = max(self._start[job.client], end)
            if len(self._end) > _MAX_REMEMBERED:
                self._end = {name: end for name, end in self._end.items() if end > self._now}

    def can_drop_for(self, name: str) -> bool:
        """Return whether another client has two droppable jobs more than `name`."""
        with self._lock:
            return self._victim(name) is not None

    def drop_for(self, name: str) -> None:
        """Drop the newest job of the client with most, if it has two more than `name`."""
        with self._lock:
            if (job := self._victim(name)) is not None:
                job.dropped = True
                job.future.cancel()

    def _victim(self, name: str) -> Job | None:
        droppable = {
            each: [job for job in jobs if job.droppable and not job.future.done()]
            for each, jobs in self._waiting.items()
        }
        most = max(droppable.values(), key=len, default=[])
        return most[-1] if len(most) >= len(droppable.get(name, ())) + 2 else None

    def clear(self) -> None:
        """Cancel all jobs."""
        with self._lock:
            for jobs in self._waiting.values():
                for job in jobs:
                    job.future.cancel()
