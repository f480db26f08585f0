"""Measure how many questions a service answers per second, asked by one client and by 16 at once.

`python -m eval.load DATA` starts `newsqa serve` over an archive, without the reader, which reads nothing
for many clients. One and many alternate several times, so that other load on the machine affects both equally.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx2 as httpx

from qa.types import Mode

QUESTIONS = (
    "why did Kalinowski leave?",
    "Pourquoi Zoë Hitzig a-t-elle quitté OpenAI ?",
    "¿Cuántos cofundadores dejaron xAI?",
    "Was ist aus dem Superalignment-Team geworden?",
    "Chi ha lasciato Anthropic per studiare poesia?",
    "Quantos assinantes deixaram o ChatGPT?",
    "谁领导了安全研究团队？",
    "what does SB 53 protect?",
)
CLIENTS = 16
_ROUNDS = 5
_SECONDS = 3.0  # of a round


@contextmanager
def service(data: Path, reader: Mode) -> Iterator[str]:
    """Run `newsqa serve` in a process of its own, with the threads of a real service; yield its address."""
    command = [sys.executable, "-m", "qa.cli.main", "serve", "--data", str(data), "--port", "0", "--json"]
    environment = os.environ | {"NEWSQA_READER": reader}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield json.loads(process.stdout.readline())["ready"] if process.stdout else ""
        finally:
            process.terminate()


def throughput(address: str, rounds: int = _ROUNDS, seconds: float = _SECONDS) -> tuple[float, float]:
    """Return the median questions per second of 16 clients at once, and of one client alone."""
    numbers = count()
    rates: dict[int, list[float]] = {CLIENTS: [], 1: []}
    with httpx.Client(base_url=address, timeout=60) as client:  # with a connection for each thread
        for _ in range(rounds):
            for threads, measured in rates.items():
                measured.append(_rate(client, threads, seconds, numbers))
    return statistics.median(rates[CLIENTS]), statistics.median(rates[1])


def _rate(client: httpx.Client, threads: int, seconds: float, numbers: Iterator[int]) -> float:
    """Return how many questions are answered per second; those that are refused do not count."""

    def ask(_: int) -> int:
        answered = 0
        while time.perf_counter() < end:
            number = next(numbers)
            # With its number, since the service does not embed the same text twice.
            question = f"{QUESTIONS[number % len(QUESTIONS)]} {number}"
            answered += client.post("/ask", json={"question": question}).status_code == httpx.codes.OK
        return answered

    began = time.perf_counter()
    end = began + seconds
    with ThreadPoolExecutor(threads) as pool:
        answered = sum(pool.map(ask, range(threads)))
    return answered / (time.perf_counter() - began)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the questions per second over the archive of a data folder."""
    (data,) = sys.argv[1:] if arguments is None else arguments
    with service(Path(data), "off") as address:
        many, one = throughput(address)
    print(f"questions per second: {many:.1f} with {CLIENTS} clients, {one:.1f} with one, ratio {many / one:.2f}")


if __name__ == "__main__":
    main()
