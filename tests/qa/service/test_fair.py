"""Shares of clients in a queue, and jobs in steps."""

import asyncio
import contextvars
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial

import pytest

from qa.service.admission import DeadlineExceeded, Draining, QueueFull, Worker
from qa.service.fair import client

_TIMEOUT = 60  # seconds: a job that waits that long was never released


async def _holds(worker: Worker, depth: int) -> None:
    """Wait until `depth` jobs wait or run."""
    while worker.depth != depth:
        await asyncio.sleep(0.01)


def test_a_client_with_few_jobs_goes_before_one_with_many() -> None:
    async def work() -> list[str]:
        worker, gate, ran = Worker(100, _TIMEOUT), threading.Event(), list[str]()
        first = _by("a", worker, lambda: gate.wait(_TIMEOUT))
        await asyncio.sleep(0.05)
        jobs = [_by(name, worker, partial(ran.append, name)) for name in "aaaab"]
        await _holds(worker, 6)
        gate.set()
        await asyncio.gather(first, *jobs)
        worker.close()
        return ran

    assert asyncio.run(work()).index("b") <= 1


def test_a_client_whose_jobs_take_long_waits_for_the_others() -> None:
    async def work() -> list[str]:
        worker, ran = Worker(100, _TIMEOUT), list[str]()

        def job(name: str, seconds: float) -> None:
            ran.append(name)
            time.sleep(seconds)

        slow = [_by("slow", worker, lambda: job("slow", 0.1)) for _ in range(4)]
        quick = [_by("quick", worker, lambda: job("quick", 0.001)) for _ in range(4)]
        await asyncio.gather(*slow, *quick)
        worker.close()
        return ran

    assert asyncio.run(work()) == ["slow", "quick", "quick", "quick", "quick", "slow", "slow", "slow"]


def test_a_full_queue_drops_a_job_of_the_client_with_most_for_another_client() -> None:
    async def work() -> list[object]:
        worker, gate = Worker(4, _TIMEOUT), threading.Event()
        many = [_by("many", worker, lambda: gate.wait(_TIMEOUT)) for _ in range(5)]
        await _holds(worker, 4)
        one = _by("one", worker, lambda: "answered")
        await asyncio.sleep(0.05)
        gate.set()
        results: list[object] = [*await asyncio.gather(*many, one, return_exceptions=True)]
        worker.close()
        return results

    *many, one = asyncio.run(work())
    assert [type(result) for result in many] == [bool, bool, bool, QueueFull, QueueFull]
    assert one == "answered"


def _by(name: str, worker: Worker, job: Callable[[], object]) -> "asyncio.Task[object]":
    """Run a job of a client."""
    context = contextvars.copy_context()
    context.run(client.set, name)
    return asyncio.get_running_loop().create_task(worker.run(job), context=context)


def test_other_jobs_run_between_the_steps_of_a_long_one() -> None:
    async def work() -> list[str]:
        worker, ran = Worker(8, _TIMEOUT), list[str]()

        def steps() -> Generator[None, None, str]:
            for number in range(20):
                time.sleep(0.01)
                ran.append(f"step {number}")
                yield
            return "done"

        long = asyncio.ensure_future(worker.run_steps(steps()))
        await asyncio.sleep(0.05)
        await worker.run(lambda: ran.append("short"))
        assert await long == "done"
        assert worker.depth == 0
        worker.close()
        return ran

    assert asyncio.run(work()).index("short") < 15


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_job_in_steps_is_stopped_between_two_of_them(cancelled: bool) -> None:
    async def work() -> int:
        worker, ran = Worker(8, _TIMEOUT), list[int]()

        def steps() -> Generator[None, None, None]:
            for number in range(1000):
                time.sleep(0.01)
                ran.append(number)
                yield

        long = asyncio.ensure_future(worker.run_steps(steps()))
        await asyncio.sleep(0.05)
        if cancelled:
            long.cancel()
        else:
            await worker.drain(0.05)
        with pytest.raises(Draining):
            await long
        stopped = len(ran)
        await asyncio.sleep(0.1)
        worker.close()
        assert len(ran) == stopped
        return stopped

    assert asyncio.run(work()) < 100


def test_the_result_of_a_last_step_is_known_even_if_its_caller_is_cancelled() -> None:
    async def work() -> str:
        worker, gate = Worker(8, _TIMEOUT), threading.Event()

        def steps() -> Generator[None, None, str]:
            yield from ()
            gate.wait(_TIMEOUT)
            return "written"

        write = asyncio.ensure_future(worker.run_steps(steps()))
        await asyncio.sleep(0.05)
        write.cancel()
        await asyncio.sleep(0.05)
        gate.set()
        result = await write
        worker.close()
        return result

    assert asyncio.run(work()) == "written"


def test_a_client_that_has_used_little_time_is_admitted_while_others_ask_much() -> None:
    async def work() -> list[object]:
        worker = Worker(64, 1)
        end = time.monotonic() + 2

        async def attack(name: str) -> None:
            while time.monotonic() < end:
                with suppress(QueueFull, DeadlineExceeded):
                    await _by(name, worker, lambda: time.sleep(0.2))
                await asyncio.sleep(0.01)

        attacks = [asyncio.ensure_future(attack(name)) for name in "abcd"]
        await asyncio.sleep(0.5)
        answers = []
        while time.monotonic() < end:
            answers.append(await _by("normal", worker, lambda: "answered"))
        await asyncio.gather(*attacks)
        worker.close()
        return answers

    answers = asyncio.run(work())
    assert len(answers) >= 3
    assert {*answers} == {"answered"}
