"""Articles of two passages, ready to be stored, and direct changes of the catalog file."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np

from index.local.catalog import FILE
from index.types import Article, Entry, Passage, PassageVectors, TokenCodes, Vectors
from tests.fakes import fake_model

MODEL = fake_model(dimension=4)


def vector(seed: int) -> Vectors:
    """Return a unit vector."""
    values = np.random.default_rng(seed).standard_normal(4).astype(np.float32)
    unit: Vectors = values / np.linalg.norm(values)
    return unit


def entry(
    article_id: str = "a1",
    text: str = "Le port rouvre. La grue tourne.\n\n港口开放。 🎉",
    *,
    keys: tuple[bytes, ...] = (b"k1", b"k2"),
    published: date | None = None,
    source: str | None = None,
    author: str | None = None,
    url: str | None = None,
) -> Entry:
    """Return an article of two passages, the first of two sentences."""
    article = Article(article_id, "Le port", text, "fr", published, source, author, url, f"/presse/{article_id}.md")
    middle = text.index("\n\n")
    first = text.index(". ") + 1
    passages = (
        Passage(0, middle, "fr", ((0, first), (first + 1, middle))),
        Passage(middle + 2, len(text), "zh", ((middle + 2, len(text)),)),
    )
    return Entry(article, f"fingerprint of {text}", passages, keys)


def vectors_of(*keys: bytes) -> dict[bytes, PassageVectors]:
    """Return vectors by key, each of a passage with one sentence."""
    return {key: PassageVectors(vector(int.from_bytes(key)), tokens(0, 1)) for key in keys}


def tokens(*counts: int) -> TokenCodes:
    """Return codes with the given numbers of tokens for the title and each sentence."""
    codes = np.arange(sum(counts), dtype=np.uint8).reshape(-1, 1)
    return TokenCodes(np.array(counts, dtype=np.uint16), codes)


def run(data: Path, statement: str, *values: object) -> None:
    """Change the catalog file directly."""
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        assert connection.execute(statement, values).rowcount != 0
