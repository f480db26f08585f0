"""A service in a process of its own, to be attacked."""

import json
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FILES = 1024  # the limit of open files of the service
_REQUEST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Service:
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


@contextmanager
def run_service(data: Path, log: Path) -> Iterator[Service]:
    """Serve an archive on the real model, with a log file."""
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
            yield Service(process, log)
        finally:
            process.terminate()


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Print figures, which are the result of a test."""
    with capsys.disabled():
        print(f"\n{text}")  # noqa: T201
