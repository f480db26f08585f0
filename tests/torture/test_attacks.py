"""Attacks over HTTP on a service: its memory stays small, and other clients are answered at once."""

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.torture.rounds import WHOLE, rounds
from tests.torture.served import Service, report, run_service

_MEGABYTE = 1_000_000
_SLOW = rounds(200, 2000)  # connections with unfinished headers

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc: memory cannot be measured"),
]


@pytest.fixture(scope="module")
def service(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service on the real model."""
    with run_service(seeds, tmp_path_factory.mktemp("attacks") / "log") as service:
        yield service


def _send(connection: socket.socket, data: bytes, total: int) -> int:
    """Send `data` again and again, `total` bytes or until the service closes; return the number sent."""
    sent = 0
    connection.settimeout(2)
    with suppress(OSError):
        while sent < total:
            sent += connection.send(data)
    return sent


def _hold(port: int, seconds: float) -> None:
    """Send requests that never end, a byte a second each; open a connection again when it is closed."""
    held: list[socket.socket | None] = [None] * _SLOW
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        for number, connection in enumerate(held):
            try:
                if connection is None:
                    held[number] = opened = socket.create_connection(("127.0.0.1", port), timeout=60)
                    opened.sendall(b"GET /livez HTTP/1.1\r\nX-Slow: a")
                else:
                    connection.send(b"a")
            except OSError:
                held[number] = None
            time.sleep(max(0.0, now + number / _SLOW - time.monotonic()))


def _summary(times: list[float]) -> str:
    median, late, most = (float(np.quantile(times, quantile)) * 1000 for quantile in (0.5, 0.99, 1))
    return f"{len(times)} times /livez, p50 {median:.0f} ms, p99 {late:.0f} ms, at most {most:.0f} ms"


def test_pipelined_requests_take_no_memory(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    before = service.memory()
    with service.connect() as connection:
        sent = _send(connection, b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000, rounds(5, 30) * _MEGABYTE)
        time.sleep(2)
        after = service.memory()
    report(capsys, f"pipelined: {sent / 1e6:.0f} MB sent, memory {before:.0f} to {after:.0f} MB")
    assert after - before < 20


@pytest.mark.parametrize(
    ("kind", "part"), [("many headers", b"X-Name: value\r\n" * 5000), ("one header", b"a" * 65_536)]
)
def test_endless_headers_take_no_memory_and_no_time(
    service: Service, kind: str, part: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    before, sent = service.memory(), 0

    def attack() -> None:
        nonlocal sent
        with service.connect() as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nX-First: ")
            sent = _send(connection, part, rounds(10, 150) * _MEGABYTE)

    times = service.answers_during(attack)
    after = service.memory()
    report(
        capsys,
        f"{kind}: {sent / 1e6:.0f} MB sent, memory {before:.0f} to {after:.0f} MB, {_summary(times)}",
    )
    assert after - before < 20
    assert max(times) < (0.1 if WHOLE else 2)


def test_slow_headers_on_many_connections_delay_no_other_client(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each connection sends a byte a second and is opened again if it is closed."""
    seconds, logged = rounds(3, 30), service.log.stat().st_size

    def attack() -> None:  # in a process of its own, so that it does not delay the other client
        attacker = multiprocessing.get_context("spawn").Process(target=_hold, args=(service.port, seconds))
        attacker.start()
        attacker.join()

    times = service.answers_during(attack)
    logged = service.log.stat().st_size - logged
    report(
        capsys,
        f"{_SLOW} connections of slow headers: {_summary(times)}, {logged / seconds / 1000:.1f} kB of log a second",
    )
    assert max(times) < (0.1 if WHOLE else 2)
    assert logged / seconds < 100_000
