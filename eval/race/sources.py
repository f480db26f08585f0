"""What the race is run on: data sets as passages and questions, and grown archives as passages with their vectors."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.data import load
from eval.errors import EvaluationError
from eval.types import DataSet
from index.local.archive import reader

_SETS = {
    "PIAF": ("piaf_dev", None),
    "XQuAD across languages": ("xquad_mixed", "crosslingual_only"),
    "XQuAD in one language": ("xquad_mixed", "monolingual_only"),
}
"""Folder in SHARED/eval and split by name."""


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages in a file of JSON Lines, as `eval.race.child` reads them."""

    file: Path
    count: int


@dataclass(frozen=True, slots=True)
class GrownArchive:
    """An archive of newsqa with its passages and vectors in files."""

    data: Path
    passages: Passages
    vectors: Path
    filters: dict[str, str]  # a language and an outlet of the archive


def data_sets(shared: Path, limit: int) -> dict[str, DataSet]:
    """Return a sample of the report half of each data set by name.

    Raises:
        EvaluationError: a data set is missing or malformed.
    """
    sets = {}
    for name, (folder, split) in _SETS.items():
        path = shared / "eval" / folder
        if not path.is_dir():
            raise EvaluationError(f"{path}: no such folder: give the folder that has eval/{folder}")
        sets[name] = load(path, split=split, half="report", limit=limit)
    return sets


def timed_questions(sets: Iterable[DataSet], number: int) -> list[str]:
    """Return questions of all sets in random order."""
    texts = [question.text for data in sets for question in data.questions]
    random.Random(0).shuffle(texts)  # noqa: S311 - no secret
    return texts[:number]


def write_documents(data: DataSet, file: Path, limit: int | None = None) -> Passages:
    """Write the documents of a BEIR folder as passages, or the first `limit` of them."""
    documents = (data.documents or ())[:limit]
    return _write(
        file,
        ({"id": each.id, "title": each.title, "text": each.text, "language": "", "outlet": ""} for each in documents),
    )


def write_archive(data: Path, folder: Path) -> GrownArchive:
    """Write the passages of an archive, with titles, and their vectors; choose the filters.

    The filters are the most frequent language and the second outlet by frequency, if there are two.

    Raises:
        NoArchive: the folder has no archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with reader(data) as catalog:
        content, facets = catalog.content(), catalog.facets()
        outlets = {
            passage.number: article.outlet
            for article in catalog.page(facets.articles, 0)
            for passage in catalog.passages_of(article.id)
        }
    if not content.texts:
        raise EvaluationError(f"{data}: the archive is empty: grow it first")
    vectors = folder / "vectors.npy"
    np.save(vectors, np.asarray(content.vectors, dtype=np.float32))
    rows = zip(content.numbers.tolist(), content.languages, content.texts, strict=True)
    passages = _write(
        folder / "passages.jsonl",
        (
            {"id": str(number), "title": "", "text": text, "language": language, "outlet": outlets[number]}
            for number, language, text in rows
        ),
    )
    filters = {"language": next(iter(facets.languages)), "outlet": [*facets.outlets][:2][-1]}
    return GrownArchive(data, passages, vectors, filters)


def _write(file: Path, rows: Iterable[dict[str, str]]) -> Passages:
    file.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with file.open("w", encoding="utf-8", newline="\n") as lines:
        for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    return Passages(file, count)
