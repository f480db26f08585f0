"""Ask a service with an archive of any size, and measure what questions, filters and updates cost."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

_TICKS = os.sysconf("SC_CLK_TCK")
_PAUSE = 0.2  # seconds between two looks at the generation
_MAX_WAIT = 600.0  # seconds for a publication

FILTERS: Mapping[str, Mapping[str, Any]] = {
    "language, most": {"languages": ["fr"]},
    "language, few": {"languages": ["en"]},
    "outlet, half": {"sources": ["Outlet 1"]},
    "outlet, 2 %": {"sources": ["Outlet 7"]},
    "dates, 0.1 %": {"published_from": "2020-05-01", "published_to": "2020-05-04"},
    "dates, 20 %": {"published_from": "2020-01-01", "published_to": "2021-12-31"},
}
"""Filters of the archives that `eval.growth.recipe` makes."""


@dataclass(frozen=True)
class Cost:
    """What a question costs, in milliseconds."""

    p50: float
    p99: float
    cpu: float  # of the whole service, mean

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p99:.1f} / {self.cpu:.1f}"


class Service:
    """A service in a process of its own."""

    def __init__(self, client: httpx.Client, process: int, ready: float) -> None:
        """Measure a service that was ready after `ready` seconds."""
        self._client, self._process, self.ready = client, process, ready

    def ask(self, questions: Sequence[str], filters: Mapping[str, Any] | None = None) -> tuple[Cost, dict[str, float]]:
        """Return what questions cost, and the median milliseconds of each stage."""
        spent, stages, cpu = [], [], self.cpu()
        for question in questions:
            began = time.perf_counter()
            response = self._client.post("/ask", json={"question": question, "filters": dict(filters or {})})
            spent.append((time.perf_counter() - began) * 1000)
            stages.append(response.raise_for_status().json()["took_ms"])
        used = (self.cpu() - cpu) / len(questions) * 1000
        spent.sort()
        medians = {stage: statistics.median(each[stage] for each in stages) for stage in stages[0]}
        return Cost(spent[len(spent) // 2], spent[int(len(spent) * 0.99)], used), medians

    def cpu(self) -> float:
        """Return the CPU seconds of the service and of its ended processes so far."""
        fields = Path(f"/proc/{self._process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS

    def memory(self) -> tuple[float, float]:
        """Return the resident memory in megabytes: in all, and without mapped files."""
        status = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{self._process}/status").read_text(encoding="utf-8").splitlines()
        )
        return tuple(int(status[name].split()[0]) / 1000 for name in ("VmRSS", "RssAnon"))  # type: ignore[return-value]

    def publish(self, text: str, questions: Iterator[str]) -> tuple[float, float, Cost]:
        """Add an article; return the CPU seconds and the seconds until it is published, and questions meanwhile."""
        before, cpu, began = self._generation(), self.cpu(), time.perf_counter()
        text = f"{text} {time.time_ns()}"  # not that of an earlier measurement
        self._client.put("/articles/growth-probe", json={"text": text}).raise_for_status()
        spent: list[float] = []
        asking = 0.0
        while self._generation() == before:
            if time.perf_counter() - began > _MAX_WAIT:
                raise TimeoutError(f"not published within {_MAX_WAIT:.0f} s")
            used = self.cpu()
            start = time.perf_counter()
            self._client.post("/ask", json={"question": next(questions)}).raise_for_status()
            spent.append((time.perf_counter() - start) * 1000)
            asking += self.cpu() - used
            time.sleep(_PAUSE)
        seconds = time.perf_counter() - began
        spent.sort()
        meanwhile = Cost(spent[len(spent) // 2], spent[int(len(spent) * 0.99)], asking / len(spent) * 1000)
        return self.cpu() - cpu - asking, seconds, meanwhile

    def _generation(self) -> int:
        return int(self._client.get("/readyz").raise_for_status().json()["generation"])


@contextmanager
def serving(data: Path, reader: str = "off") -> Iterator[Service]:
    """Start a service over an archive."""
    command = [sys.executable, "-m", "qa.cli.main", "serve", "--data", str(data), "--port", "0", "--json"]
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        env=os.environ | {"NEWSQA_READER": reader, "NEWSQA_DEADLINE": "60"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            address = json.loads(process.stdout.readline())["ready"] if process.stdout else ""
            ready = time.perf_counter() - began
            with httpx.Client(base_url=address, timeout=120) as client:
                yield Service(client, process.pid, ready)
        finally:
            process.terminate()
