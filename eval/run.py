"""A whole evaluation: a data set, a system, and the result."""

import os
import platform
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eval.ask import Progress, ask_all
from eval.errors import EvaluationError
from eval.result import FORMAT, Asked, Circumstances, Figure, Result, Source, Tested
from eval.score import figures, judge, latency
from eval.types import DataSet, System, SystemFailed, Texts

_VERSIONS = ("newsqa", "onnxruntime", "faiss-cpu", "tokenizers", "numpy", "ir-measures", "bm25s")


def run(
    data: DataSet,
    source: Source,
    system: System,
    tested: Tested,
    article: Texts,
    *,
    top_k: int,
    concurrency: int,
    seed: int,
    progress: Progress,
) -> Result:
    """Ask every question and return what was measured; `article` looks up what citations are checked against.

    Raises:
        EvaluationError: an expected article is not there, or does not have the expected quote.
    """
    article = cache(article)
    data = located(data, article)
    replies, seconds = ask_all(data.questions, system, top_k, concurrency, progress)
    asked = judge(data, replies, article)
    probabilities = any(reply.found is not None and reply.found.confidence is not None for reply in replies)
    level = data.level

    def measured(some: Sequence[Asked]) -> dict[str, Figure]:
        return figures(some, level, probabilities=probabilities, seed=seed)

    return Result(
        format=FORMAT,
        system=tested.model_copy(update={"certainty": "confidence" if probabilities else "score"}),
        data=source,
        top_k=top_k,
        circumstances=_circumstances(seed),
        failures=sum(reply.failure is not None for reply in replies),
        figures=measured(asked),
        by={
            aspect: {value: measured(some) for value, some in _split(asked, of).items()}
            for aspect, of in _ASPECTS.items()
        },
        latency=latency(asked, seconds, concurrency),
        questions=asked,
    )


def located(data: DataSet, article: Texts) -> DataSet:
    """Return the data set with the span of each expected quote, which proves that it stands in its article."""
    questions = []
    for question in data.questions:
        places = []
        for place in question.expected:
            if place.quote is None:
                places.append(place)
                continue
            try:
                found = article(place.article)
            except SystemFailed as error:
                raise EvaluationError(f"{question.place}: article {place.article} cannot be read: {error}") from error
            if found is None:
                raise EvaluationError(f"{question.place}: article {place.article} is not in the archive")
            if (times := found.text.count(place.quote)) != 1:
                raise EvaluationError(
                    f"{question.place}: the quote stands {times} times in article {place.article}: {place.quote}"
                )
            start = found.text.index(place.quote)
            places.append(replace(place, span=(start, start + len(place.quote))))
        questions.append(replace(question, expected=tuple(places)))
    return replace(data, questions=tuple(questions))


_ASPECTS: dict[str, Callable[[Asked], str | None]] = {
    "language": lambda asked: asked.language,
    "kind": lambda asked: asked.kind,
}


def _split(asked: Sequence[Asked], of: Callable[[Asked], str | None]) -> dict[str, list[Asked]]:
    parts = defaultdict(list)
    for one in asked:
        if value := of(one):
            parts[value].append(one)
    return dict(sorted(parts.items(), key=lambda part: (-len(part[1]), part[0])))


def _circumstances(seed: int) -> Circumstances:
    return Circumstances(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
        seed=seed,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        machine=f"{_processor()}, {platform.system()}, Python {platform.python_version()}",
        versions=dict(_versions()),
    )


def _versions() -> Iterator[tuple[str, str]]:
    for name in _VERSIONS:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _processor() -> str:
    """Return what the processor is called, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _commit() -> str | None:
    """Return the commit of these files, marked if they have changed since; None outside a checkout."""
    here = Path(__file__).parent
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return told.stdout.strip()
