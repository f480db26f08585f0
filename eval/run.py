"""Runs an evaluation: asks a system the questions of a data set and returns the result."""

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
from eval.result import FORMAT, DataSetInfo, Figure, QuestionResult, Result, RunInfo, SystemInfo
from eval.score import compute_figures, compute_latency, score_replies
from eval.types import ArticleLookup, DataSet, Expected, System, SystemFailed

_PACKAGES = ("newsqa", "onnxruntime", "faiss-cpu", "tokenizers", "numpy", "ir-measures", "bm25s")


def run_evaluation(
    data: DataSet,
    data_info: DataSetInfo,
    system: System,
    system_info: SystemInfo,
    lookup: ArticleLookup,
    *,
    top_k: int,
    concurrency: int,
    seed: int,
    progress: Progress,
) -> Result:
    """Ask every question and return the result; `lookup` returns the articles that citations are checked against.

    Raises:
        EvaluationError: an expected article is missing, or does not contain the expected quote exactly once.
    """
    lookup = cache(lookup)
    data = locate_quotes(data, lookup)
    replies, seconds = ask_all(data.questions, system, top_k, concurrency, progress)
    questions = score_replies(data, replies, lookup)
    probabilities = any(reply.answer is not None and reply.answer.confidence is not None for reply in replies)
    level = data.level

    def figures(selected: Sequence[QuestionResult], others: Sequence[QuestionResult] = ()) -> dict[str, Figure]:
        return compute_figures(selected, level, probabilities=probabilities, seed=seed, others=others)

    return Result(
        format=FORMAT,
        system=system_info.model_copy(update={"certainty": "confidence" if probabilities else "score"}),
        data=data_info,
        top_k=top_k,
        circumstances=run_info(seed),
        failures=sum(reply.failure is not None for reply in replies),
        figures=figures(questions),
        by={
            "language": {
                language: figures(selected)
                for language, selected in _group_by(questions, lambda question: question.language).items()
            },
            "kind": {
                kind: figures(selected, questions)
                for kind, selected in _group_by(questions, lambda question: question.kind).items()
            },
        },
        latency=compute_latency(questions, seconds, concurrency),
        questions=questions,
    )


def locate_quotes(data: DataSet, lookup: ArticleLookup) -> DataSet:
    """Return the data set with the span of each expected quote in its article.

    Raises:
        EvaluationError: an expected article is missing, or does not contain the expected quote exactly once.
    """
    questions = []
    for question in data.questions:
        expected = tuple(_locate_quote(item, question.location, lookup) for item in question.expected)
        questions.append(replace(question, expected=expected))
    return replace(data, questions=tuple(questions))


def _locate_quote(expected: Expected, location: str, lookup: ArticleLookup) -> Expected:
    if expected.quote is None:
        return expected
    try:
        article = lookup(expected.article)
    except SystemFailed as error:
        raise EvaluationError(f"{location}: article {expected.article} cannot be read: {error}") from error
    if article is None:
        raise EvaluationError(f"{location}: article {expected.article} is not in the archive")
    if (count := article.text.count(expected.quote)) != 1:
        raise EvaluationError(
            f"{location}: the quote occurs {count} times in article {expected.article}, not once: {expected.quote}"
        )
    start = article.text.index(expected.quote)
    return replace(expected, span=(start, start + len(expected.quote)))


def _group_by(
    questions: Sequence[QuestionResult], value_of: Callable[[QuestionResult], str | None]
) -> dict[str, list[QuestionResult]]:
    groups = defaultdict(list)
    for question in questions:
        if value := value_of(question):
            groups[value].append(question)
    return dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))


def run_info(seed: int) -> RunInfo:
    """Return when, where and with which versions a measurement runs."""
    return RunInfo(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=_commit(),
        seed=seed,
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        machine=f"{_processor()}, {platform.system()}, Python {platform.python_version()}",
        versions=dict(_versions()),
    )


def _versions() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _processor() -> str:
    """Return the name of the processor, or of its architecture if the system does not report it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _commit() -> str | None:
    """Return the commit of this code, marked "-dirty" if files have changed since; None outside a checkout."""
    folder = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return described.stdout.strip()
