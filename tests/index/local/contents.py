"""Passages and indexes of words for tests."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from index.local.catalog import Content, State
from index.local.lexical import LexicalIndex
from index.types import Vectors

STATE = State("archive", "content", 3)


def unit(count: int, seed: int = 0, dimension: int = 24) -> Vectors:
    """Return random unit vectors."""
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    vectors: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def content_of(texts: Mapping[int, str], vectors: Vectors | None = None) -> Content:
    """Return French passages of the files `0.md`, `1.md` and `2.md` in turn, dated by their number."""
    numbers = np.array(sorted(texts), dtype=np.int64)
    return Content(
        *(STATE, numbers, numbers + 1, ["fr"] * len(texts), [f"{number % 3}.md" for number in numbers.tolist()]),
        *([texts[number] for number in numbers.tolist()], unit(len(texts)) if vectors is None else vectors),
    )


def words_of(texts: Mapping[int, str]) -> LexicalIndex:
    """Return an index of words."""
    folder = Path(mkdtemp())
    try:
        LexicalIndex.write(folder / "words", [content_of(texts)])
        return LexicalIndex.read(folder / "words")
    finally:
        shutil.rmtree(folder)
