"""Attacks over HTTP on a service of its own: its memory stays small, and other clients are answered at once."""

import json
import multiprocessing
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from tests.torture.rounds import WHOLE, rounds

_MEGABYTE = 1_000_000
_SLOW = rounds(200, 2000)  # connections with unfinished headers
_FILES = 1024  # the limit of open files of the service
_REQUEST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"

pytestmark = [
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc: memory cannot be measured"),
]


class _Service:
    """A service with at most 1,024 open files, and its log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        assert process.stdout
        self.process = process
        self.log = log
        address = json.loads(process.stdout.readline())["ready"]
        self.port = int(address.rpartition(":")[2])

    def memory(self) -> float:
        """Return the resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def connect(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def seconds_to_answer(self) -> float:
        """Return how long `GET /livez` takes on a new connection."""
        began = time.perf_counter()
        with self.connect() as connection:
            connection.sendall(_REQUEST)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        return time.perf_counter() - began

    def answers_during(self, attack: Callable[[], object]) -> list[float]:
        """Run an attack; return how long `/livez` took meanwhile, in seconds."""
        attacker = threading.Thread(target=attack)
        attacker.start()
        times = []
        while attacker.is_alive():
            times.append(self.seconds_to_answer())
            time.sleep(0.02)
        attacker.join()
        return times


@pytest.fixture(scope="module")
def service(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Service]:
    """A service on the real model."""
    with _run(seeds, tmp_path_factory.mktemp("attacks") / "log") as service:
        yield service


@contextmanager
def _run(data: Path, log: Path) -> Iterator[_Service]:
    command = [sys.executable, "-m", "qa.cli.main", "serve", "--data", str(data), "--json"]
    environment = os.environ | {"NEWSQA_PORT": "0"}
    with (
        log.open("wb") as stream,
        subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stream,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES)),  # noqa: PLW1509
        ) as process,
    ):
        try:
            yield _Service(process, log)
        finally:
            process.terminate()


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


def _report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201 - the figures are the result


def test_pipelined_requests_take_no_memory(service: _Service, capsys: pytest.CaptureFixture[str]) -> None:
    before = service.memory()
    with service.connect() as connection:
        sent = _send(connection, b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000, rounds(5, 30) * _MEGABYTE)
        time.sleep(2)
        after = service.memory()
    _report(capsys, f"pipelined: {sent / 1e6:.0f} MB sent, memory {before:.0f} to {after:.0f} MB")
    assert after - before < 20


@pytest.mark.parametrize(
    ("kind", "part"), [("many headers", b"X-Name: value\r\n" * 5000), ("one header", b"a" * 65_536)]
)
def test_endless_headers_take_no_memory_and_no_time(
    service: _Service, kind: str, part: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    before, sent = service.memory(), 0

    def attack() -> None:
        nonlocal sent
        with service.connect() as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nX-First: ")
            sent = _send(connection, part, rounds(10, 150) * _MEGABYTE)

    times = service.answers_during(attack)
    after = service.memory()
    _report(
        capsys,
        f"{kind}: {sent / 1e6:.0f} MB sent, memory {before:.0f} to {after:.0f} MB, {_summary(times)}",
    )
    assert after - before < 20
    assert max(times) < (0.1 if WHOLE else 2)


def test_slow_headers_on_many_connections_delay_no_other_client(
    service: _Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each connection sends a byte a second and is opened again if it is closed."""
    seconds, logged = rounds(3, 30), service.log.stat().st_size

    def attack() -> None:  # in a process of its own, so that it does not delay the other client
        attacker = multiprocessing.get_context("spawn").Process(target=_hold, args=(service.port, seconds))
        attacker.start()
        attacker.join()

    times = service.answers_during(attack)
    logged = service.log.stat().st_size - logged
    _report(
        capsys,
        f"{_SLOW} connections of slow headers: {_summary(times)}, {logged / seconds / 1000:.1f} kB of log a second",
    )
    assert max(times) < (0.1 if WHOLE else 2)
    assert logged / seconds < 100_000
