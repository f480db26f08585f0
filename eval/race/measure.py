"""Measures the systems of a race in turn: indexing, ranking, and questions over archives of several sizes."""

import hashlib
import math
import shutil
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval import measures
from eval.judge import rank_articles
from eval.race.sources import GrownArchive, Passages
from eval.race.systems import BASELINE, OVER_HTTP, RaceSystem, SystemProcess, SystemStopped, python_of, started
from eval.types import DataSet, Passage

K = 10  # hits of a question
_WARM_UP = 5  # questions that are not counted
_MEASURE = "nDCG@10"
_MEGABYTE = 1_000_000

Work = Callable[[SystemProcess, RaceSystem], None]

Report = Callable[[str], None]
"""Is called with a line about what is measured now."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A median over rounds with the lowest and the highest round, or a mean with its 95 % interval."""

    value: float
    low: float
    high: float
    values: tuple[float, ...] = ()  # of the rounds


@dataclass(slots=True)
class Results:
    """Figures by row and system, in the order of the table."""

    rounds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    means: dict[str, dict[str, Figure]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)  # why, by name of the system

    def add(self, row: str, system: str, value: float) -> None:
        """Add the value of a round."""
        self.rounds.setdefault(row, {}).setdefault(system, []).append(value)

    def figures(self) -> dict[str, dict[str, Figure]]:
        """Return all figures."""
        medians = {
            row: {name: Figure(statistics.median(all_), min(all_), max(all_), tuple(all_)) for name, all_ in by.items()}
            for row, by in self.rounds.items()
        }
        return self.means | medians


@dataclass(frozen=True, slots=True)
class Race:
    """The systems of a race, with the folders and limits that they run in."""

    systems: Sequence[RaceSystem]
    environment: Path  # of the peers
    model: Path
    work: Path
    rounds: int
    cores: int | None
    report: Report
    results: Results
    limit: float = 3600  # seconds of a command

    def indexing(self, passages: Passages) -> None:
        """Measure how fast passages are indexed, from texts to a saved index, without loading the model."""

        def measure(child: SystemProcess, system: RaceSystem) -> None:
            child.run("prepare")
            reply = child.run("index", passages=str(passages.file.resolve()), vectors=None)
            peak = child.run("usage")["peak"]
            self.results.add("passages indexed a CPU second", system.name, passages.count / reply["cpu"])
            self.results.add("passages indexed a second, wall", system.name, passages.count / reply["seconds"])
            self.results.add("memory while indexing, peak, MB", system.name, peak / _MEGABYTE)

        for round_, system in self._turns(without=OVER_HTTP.name):
            data = self._fresh("indexing", system)
            self._run(system, data, f"indexing {passages.count} passages, round {round_}", measure)

    def ranking(self, sets: Mapping[str, DataSet], passages: Passages) -> None:
        """Measure nDCG@10 over data sets of the same passages, with the vectors of the baseline for all peers."""
        vectors = self._vectors(passages)

        def measure(child: SystemProcess, system: RaceSystem) -> None:
            if not system.is_peer:
                child.run("prepare")
            given = str(vectors) if system.is_peer else None
            child.run("index", passages=str(passages.file.resolve()), vectors=given)
            child.run("open")
            for name, data in sets.items():
                self.results.means.setdefault(f"{_MEASURE} {name}", {})[system.name] = _score(child, data)

        for system in self._competing(without=OVER_HTTP.name):
            if vectors or not system.is_peer:
                folder = self.work / "ranking" / passages.file.stem / system.adapter.stem
                self._run(system, folder, f"questions of {', '.join(sets)}", measure)

    def answering(self, archive: GrownArchive, questions: Sequence[str]) -> None:
        """Measure questions over an archive, whose vectors the peers are given."""
        size = f"{archive.passages.count:,} passages: "
        folder = f"answering-{archive.passages.count}"
        given = {"passages": str(archive.passages.file.resolve()), "vectors": str(archive.vectors.resolve())}

        def index(child: SystemProcess, _: RaceSystem) -> None:
            child.run("index", **given)

        def measure(child: SystemProcess, system: RaceSystem) -> None:
            for row, value in _answering(child, archive.filters, questions):
                self.results.add(f"{size}{row}", system.name, value)

        for system in self._competing(without=OVER_HTTP.name):
            data = self._fresh(folder, system) if system.is_peer else archive.data
            if system.is_peer:
                self._run(system, data, f"{size}indexing with given vectors", index)
            stored = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
            if system in self._competing():
                self.results.add(f"{size}disk, kB a passage", system.name, stored / archive.passages.count / 1000)
        for round_, system in self._turns():
            data = self.work / folder / system.adapter.stem if system.is_peer else archive.data
            self._run(system, data, f"{size}round {round_}", measure)

    def _vectors(self, passages: Passages) -> Path | None:
        """Return the vectors of the baseline, made once; None if it is left out."""
        digest = hashlib.sha256(passages.file.read_bytes()).hexdigest()[:12]
        file = (self.work / f"{passages.file.stem}-{digest}.npy").resolve()
        part = file.with_suffix(".part.npy")

        def embed(child: SystemProcess, _: RaceSystem) -> None:
            child.run("embed", passages=str(passages.file.resolve()), to=str(part))
            part.replace(file)

        baseline = next((each for each in self._competing() if each.name == BASELINE.name), None)
        if baseline and not file.exists():
            self._run(baseline, self.work / "vectors", f"embedding {passages.count} passages", embed)
        return file if file.exists() else None

    def _competing(self, without: str = "") -> list[RaceSystem]:
        return [each for each in self.systems if each.name not in self.results.left_out and each.name != without]

    def _turns(self, without: str = "") -> Iterator[tuple[int, RaceSystem]]:
        """Yield the systems of each round, in turn from the first and from the last, so that load affects all."""
        for round_ in range(1, self.rounds + 1):
            competing = self._competing(without)
            for system in competing if round_ % 2 else reversed(competing):
                if system.name not in self.results.left_out:
                    yield round_, system

    def _run(self, system: RaceSystem, data: Path, what: str, work: Work) -> None:
        """Start a system and measure it; if it stops, leave it out from now on."""
        self.report(f"{system.name}: {what}")
        log = self.work / "logs" / f"{system.adapter.stem}.log"
        python = python_of(system, self.environment)
        try:
            with started(system, python, self.model, data, log, cores=self.cores, limit=self.limit) as child:
                self.results.versions |= child.loaded["versions"]
                work(child, system)
        except SystemStopped as error:
            self.results.left_out[system.name] = str(error)
            self.report(f"left out: {error}")

    def _fresh(self, folder: str, system: RaceSystem) -> Path:
        data = self.work / folder / system.adapter.stem
        shutil.rmtree(data, ignore_errors=True)
        return data


def _answering(child: SystemProcess, filters: dict[str, str], questions: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield rows of the table with the values of this round."""
    child.run("open")
    child.run("ask", question=questions[0], k=K, filters={})
    yield "start to first answer, wall s", time.perf_counter() - child.began
    yield "start to first answer, CPU s", child.run("usage")["used"]
    for question in questions[:_WARM_UP]:
        child.run("ask", question=question, k=K, filters={})
    for name in ("", *(each for each in filters if each in child.loaded["filters"])):
        chosen = {name: filters[name]} if name else {}
        by = f" by {name}" if name else ""
        replies = [child.run("ask", question=each, k=K, filters=chosen) for each in questions]
        for unit, key in (("wall", "seconds"), ("CPU", "cpu")):
            spent = sorted(reply[key] * 1000 for reply in replies)
            yield f"question{by}, {unit} ms, p50", statistics.median(spent)
            yield f"question{by}, {unit} ms, p99", spent[math.ceil(len(spent) * 0.99) - 1]
        if name:
            yield f"question{by}, hits of {K}", statistics.mean(len(reply["ids"]) for reply in replies)
    usage = child.run("usage")
    yield "memory, MB", usage["memory"] / _MEGABYTE
    yield "memory, peak, MB", usage["peak"] / _MEGABYTE


def _score(child: SystemProcess, data: DataSet) -> Figure:
    rankings = {}
    for question in data.questions:
        ids = child.run("ask", question=question.text, k=K, filters={})["ids"]
        passages = [Passage(each, each, 0, 0, "", "", 0.0) for each in ids]
        rankings[question.id] = rank_articles(question, passages)
    scores = measures.score(rankings)
    questions = [question for question in data.questions if question.id in scores]
    mean = measures.mean([scores[each.id][_MEASURE] for each in questions], [each.group for each in questions])
    return Figure(mean.value, *mean.interval)
