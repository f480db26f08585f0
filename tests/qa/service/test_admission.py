"""Admission control and the queue of the answering thread."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import httpx2 as httpx
import pytest

from index.local.archive import LocalArchive
from qa.service.admission import DeadlineExceeded, Draining, QueueFull, Worker
from tests.fakes import TESTED, app_of, build_archive

_ASKED = {"question": "quand ferme la piscine ?"}
_TIMEOUT = 60  # seconds: a job that waits that long was never released
_DEADLINE = 0.3  # seconds: a deadline that tests wait for


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"piscine.md": "# La piscine\n\nLa piscine municipale ferme en juin."})


def test_questions_beyond_the_queue_are_refused_and_those_within_are_answered() -> None:
    async def crowd() -> list[str | BaseException]:
        worker, gate = Worker(2, _TIMEOUT), threading.Event()

        def job() -> str:
            gate.wait(_TIMEOUT)
            return "done"

        asked = [asyncio.ensure_future(worker.run(job)) for _ in range(5)]
        await asyncio.sleep(0.05)
        assert worker.depth == 2
        gate.set()
        results = await asyncio.gather(*asked, return_exceptions=True)
        results.append(await worker.run(lambda: "later"))
        worker.close()
        return results

    results = asyncio.run(crowd())
    assert results[:2] == ["done", "done"]
    assert all(isinstance(result, QueueFull) for result in results[2:5])
    assert results[5] == "later"


def test_a_job_that_waits_until_the_deadline_is_dropped() -> None:
    async def crowd() -> tuple[list[BaseException | None], float]:
        worker, gate = Worker(8, _DEADLINE), threading.Event()
        ran: list[str] = []
        first = asyncio.ensure_future(worker.run(lambda: gate.wait(_TIMEOUT)))
        began = time.monotonic()
        waiting = [worker.run(lambda: ran.append("late")) for _ in range(3)]
        late = await asyncio.gather(*waiting, return_exceptions=True)
        seconds = time.monotonic() - began
        gate.set()
        assert await first  # it ran before its deadline, however long it takes
        assert await worker.run(lambda: "next") == "next"
        worker.close()
        assert (ran, worker.depth) == ([], 0)
        return late, seconds

    late, seconds = asyncio.run(crowd())
    assert all(isinstance(error, DeadlineExceeded) for error in late)
    assert _DEADLINE <= seconds < _TIMEOUT / 2


def test_slow_jobs_lower_the_number_of_admitted_jobs() -> None:
    async def crowd() -> tuple[int, int]:
        worker = Worker(64, 2)
        quick = await _admitted(worker, lambda: None)
        for _ in range(20):
            await worker.run(lambda: time.sleep(0.04))
        slow = await _admitted(worker, lambda: time.sleep(0.04))
        worker.close()
        return quick, slow

    quick, slow = asyncio.run(crowd())
    assert quick == 64
    assert 5 <= slow <= 30  # 0.04 seconds each, while machines are shared, within one


def test_the_optional_part_of_jobs_does_not_lower_the_number_of_admitted_jobs() -> None:
    async def crowd() -> int:
        worker = Worker(64, 2)
        for _ in range(20):
            await worker.run(lambda: time.sleep(0.04), lambda _: 0.04)
        admitted = await _admitted(worker, lambda: None)
        worker.close()
        return admitted

    assert asyncio.run(crowd()) == 64


async def _admitted(worker: Worker, job: Callable[[], None]) -> int:
    """Return how many of 64 concurrent jobs are done; the others are refused at once."""
    done = await asyncio.gather(*(worker.run(job) for _ in range(64)), return_exceptions=True)
    assert {type(error) for error in done if error} <= {QueueFull}
    return done.count(None)


def test_a_draining_worker_finishes_admitted_jobs_and_takes_no_others() -> None:
    async def stop() -> None:
        worker, gate = Worker(8, _TIMEOUT), threading.Event()
        taken = [asyncio.ensure_future(worker.run(lambda: gate.wait(_TIMEOUT))) for _ in range(3)]
        await asyncio.sleep(0.05)
        draining = asyncio.ensure_future(worker.drain(_TIMEOUT))
        await asyncio.sleep(0.05)
        with pytest.raises(Draining):
            await worker.run(lambda: None)
        assert not draining.done()
        gate.set()
        await draining
        assert [await job for job in taken] == [True] * 3
        worker.close()

    asyncio.run(stop())


def test_jobs_that_still_wait_when_draining_times_out_are_refused() -> None:
    async def stop() -> list[object]:
        worker, gate = Worker(8, 10), threading.Event()
        taken = [asyncio.ensure_future(worker.run(lambda: gate.wait(10))) for _ in range(3)]
        await asyncio.sleep(0.05)
        await worker.drain(0.05)
        _, *waiting = taken
        refused = await asyncio.gather(*waiting, return_exceptions=True)
        gate.set()
        answers: list[object] = [*refused, await taken[0]]
        worker.close()
        return answers

    *refused, running = asyncio.run(stop())
    assert [type(error) for error in refused] == [Draining, Draining]
    assert running is True


def test_an_internal_job_does_not_count_against_the_capacity() -> None:
    async def run() -> None:
        worker, gate = Worker(1, _TIMEOUT), threading.Event()
        internal = asyncio.ensure_future(worker.run_internal(lambda: gate.wait(_TIMEOUT)))
        await asyncio.sleep(0.05)
        asked = asyncio.ensure_future(worker.run(lambda: "answered"))
        await asyncio.sleep(0.05)
        assert worker.depth == 1
        gate.set()
        assert await asked == "answered"
        await internal
        worker.close()

    asyncio.run(run())


def test_an_error_of_a_job_is_raised_to_its_caller() -> None:
    async def fail() -> None:
        worker = Worker(8, _TIMEOUT)
        with pytest.raises(ZeroDivisionError):
            await worker.run(lambda: 1 / 0)
        assert worker.depth == 0
        worker.close()

    asyncio.run(fail())


async def _holds(worker: Worker, depth: int) -> None:
    """Wait until `depth` jobs wait or run."""
    while worker.depth != depth:
        await asyncio.sleep(0.01)


@asynccontextmanager
async def _busy(data: Path, worker: Worker) -> AsyncIterator[tuple[httpx.AsyncClient, threading.Event]]:
    """Give a client of a service whose answering thread is busy until the event is set."""
    gate = threading.Event()
    with LocalArchive(data) as archive:
        transport = httpx.ASGITransport(app_of(archive, TESTED, worker))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            running = asyncio.ensure_future(worker.run(lambda: gate.wait(_TIMEOUT)))
            await asyncio.sleep(0.05)
            try:
                yield client, gate
            finally:
                gate.set()
                await running
                worker.close()


def test_a_question_that_waits_too_long_gets_a_retry_after(data: Path) -> None:
    async def ask() -> httpx.Response:
        async with _busy(data, Worker(8, _DEADLINE)) as (client, _):
            return await client.post("/ask", json=_ASKED)

    refused = asyncio.run(ask())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_full_queue_refuses_at_once_and_admits_questions_once_a_place_is_free(data: Path) -> None:
    async def ask() -> tuple[httpx.Response, httpx.Response]:
        worker = Worker(1, _TIMEOUT)
        async with _busy(data, worker) as (client, gate):
            refused = await client.post("/ask", json=_ASKED)
            gate.set()
            await _holds(worker, 0)
            return refused, await client.post("/ask", json=_ASKED)

    refused, answered = asyncio.run(ask())
    assert (refused.status_code, refused.headers["retry-after"], answered.status_code) == (429, "1", 200)


def test_probes_are_answered_while_all_other_threads_are_busy(data: Path) -> None:
    async def probe() -> tuple[list[int], str]:
        async with _busy(data, Worker(8, _TIMEOUT)) as (client, gate):
            reading = [asyncio.ensure_future(anyio.to_thread.run_sync(gate.wait, _TIMEOUT)) for _ in range(64)]
            await asyncio.sleep(0.1)
            async with asyncio.timeout(_TIMEOUT / 2):
                answers = [await client.get(path) for path in ("/livez", "/readyz", "/metrics")]
            gate.set()
            await asyncio.gather(*reading)
            return [answer.status_code for answer in answers], answers[2].text

    codes, figures = asyncio.run(probe())
    assert codes == [200, 200, 200]
    assert "newsqa_queue_depth 1.0" in figures


def test_a_service_that_shuts_down_refuses_new_requests(data: Path) -> None:
    async def stop() -> list[httpx.Response]:
        worker = Worker(8, _TIMEOUT)
        async with _busy(data, worker) as (client, gate):
            asked = asyncio.ensure_future(client.post("/ask", json=_ASKED))
            await _holds(worker, 2)
            draining = asyncio.ensure_future(worker.drain(_TIMEOUT))
            await asyncio.sleep(0)
            answers = [await client.get(path) for path in ("/livez", "/readyz", "/articles")]
            answers.append(await client.post("/ask", json=_ASKED))
            answers.append(await client.post("/articles", json={"text": "La neige bloque le col."}))
            answers.append(await client.delete(f"/articles/{answers[2].json()['articles'][0]['id']}"))
            gate.set()
            await draining
            return [*answers, await asked]

    alive, ready, articles, *refused, admitted = asyncio.run(stop())
    assert [r.status_code for r in (alive, ready, articles, *refused)] == [200, 503, 200, 503, 503, 503]
    assert all(int(response.headers["retry-after"]) > 0 for response in refused)
    assert admitted.status_code == 200
