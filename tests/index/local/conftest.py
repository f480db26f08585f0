"""Fixtures of the tests of the catalog."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index.local.writer import CatalogWriter
from index.types import PassageVectors
from tests.index.local.entries import MODEL, entry, tokens, vector, vectors_of


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogWriter]:
    """A catalog with one article, open for writing."""
    with CatalogWriter.create(tmp_path, MODEL) as made:
        made.store_vectors({b"k1": PassageVectors(vector(1), tokens(1, 3, 2)), **vectors_of(b"k2")})
        made.store([entry(published=date(2026, 2, 3), source="Le Phare", author="Zoé", url="https://exemple.test/1")])
        yield made
