"""Conversion of SQLite rows to articles, passages and vectors."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArchiveDamaged
from index.local.catalog import FILE
from index.local.writer import CatalogWriter
from index.types import Passage
from tests.index.local.entries import MODEL, entry, run, tokens, vector, vectors_of


def flip(data: Path, table: str, column: str) -> None:
    """Flip a bit of the row of the key `k1`."""
    with closing(sqlite3.connect(data / FILE)) as connection:
        content = bytearray(connection.execute(f"SELECT {column} FROM {table} WHERE key = ?", (b"k1",)).fetchone()[0])
    content[1] ^= 4
    run(data, f"UPDATE {table} SET {column} = ? WHERE key = ?", bytes(content), b"k1")


# --- stored values


def test_an_article_is_as_it_was_stored(catalog: CatalogWriter) -> None:
    stored = entry(published=date(2026, 2, 3), source="Le Phare", author="Zoé", url="https://exemple.test/1")
    assert catalog.article("a1") == stored.article


@pytest.mark.parametrize(
    "text", ["a. b\n\nc", "é\u0301. \u00a0\n\nx", "نعم. لا\n\nغدا", "👩‍👩‍👧. 🎉\n\n🏴", "'\"; --. \n\n%_"]
)
def test_any_text_is_as_it_was_stored(catalog: CatalogWriter, text: str) -> None:
    catalog.store([entry("a2", text)])
    article = catalog.article("a2")
    assert article is not None
    assert article.text == text


def test_passages_are_as_they_were_stored(catalog: CatalogWriter) -> None:
    stored = catalog.passages_of("a1")
    assert [Passage(each.start, each.end, each.language, each.sentences) for each in stored] == [*entry().passages]


def test_token_vectors_are_as_they_were_stored(catalog: CatalogWriter) -> None:
    first, second = catalog.passages_of("a1")
    kept = catalog.candidates([first.number, second.number])
    assert kept[first.number][0] == first
    assert kept[first.number][1].counts.tolist() == [1, 3, 2]
    assert np.array_equal(kept[first.number][1].codes, tokens(1, 3, 2).codes)
    assert kept[second.number][1].counts.tolist() == [0, 1]


def test_vectors_are_read_as_they_were_stored(catalog: CatalogWriter) -> None:
    found = catalog.vectors([b"k1", b"k9"])
    assert list(found) == [b"k1"]
    assert np.array_equal(found[b"k1"].vector, vector(1))
    assert np.array_equal(found[b"k1"].tokens.codes, tokens(1, 3, 2).codes)
    assert found[b"k1"].tokens.counts.tolist() == [1, 3, 2]


# --- damage


@pytest.mark.parametrize(
    "change",
    [
        "text = replace(text, 'port', 'pont')",
        "text = text || ' '",
        "title = 'Le pont'",
        "language = 'en'",
        "published = '2026-02-04'",
        "published = NULL",
        "source = 'L’Ancre'",
        "author = NULL",
        "url = 'https://exemple.test/2'",
        "origin = '/ailleurs.md'",
        "fingerprint = 'x'",
        "checksum = zeroblob(8)",
    ],
)
def test_a_changed_article_is_damaged(catalog: CatalogWriter, tmp_path: Path, change: str) -> None:
    run(tmp_path, f"UPDATE articles SET {change}")
    with pytest.raises(ArchiveDamaged, match="article a1 is damaged"):
        catalog.article("a1")
    with pytest.raises(ArchiveDamaged, match="article a1 is damaged"):
        catalog.page(10, 0)


@pytest.mark.parametrize(
    "change",
    ['"start" = "start" + 1', '"end" = "end" - 1', "language = 'en'", "sentences = '[[0, 3]]'", "checksum = x'00'"],
)
def test_a_changed_passage_is_damaged(catalog: CatalogWriter, tmp_path: Path, change: str) -> None:
    first = catalog.passages_of("a1")[0]
    run(tmp_path, f"UPDATE passages SET {change}")
    with pytest.raises(ArchiveDamaged, match=f"passage {first.number} is damaged"):
        catalog.passages_of("a1")
    with pytest.raises(ArchiveDamaged, match=f"passage {first.number} is damaged"):
        catalog.candidates([first.number])
    with pytest.raises(ArchiveDamaged, match=f"passage {first.number} is damaged"):
        catalog.passage(first.id)


def test_a_passage_with_the_vectors_of_another_is_damaged(catalog: CatalogWriter, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE passages SET embedding = (SELECT max(key) FROM embeddings)")
    with pytest.raises(ArchiveDamaged):
        catalog.content()


@pytest.mark.parametrize("column", ["vector", "checksum"])
def test_a_vector_with_a_flipped_bit_is_damaged(catalog: CatalogWriter, tmp_path: Path, column: str) -> None:
    flip(tmp_path, "embeddings", column)
    first = catalog.passages_of("a1")[0]
    with pytest.raises(ArchiveDamaged, match=f"vector of passage {first.number} is damaged"):
        catalog.content()


@pytest.mark.parametrize("column", ["counts", "codes"])
def test_token_vectors_with_a_flipped_bit_are_damaged(catalog: CatalogWriter, tmp_path: Path, column: str) -> None:
    flip(tmp_path, "tokens", column)
    first = catalog.passages_of("a1")[0]
    with pytest.raises(ArchiveDamaged, match=f"token vectors of passage {first.number} are damaged"):
        catalog.candidates([first.number])


def test_a_passage_whose_token_vectors_are_gone_is_damaged(catalog: CatalogWriter, tmp_path: Path) -> None:
    run(tmp_path, "DELETE FROM tokens WHERE key = ?", b"k1")
    with pytest.raises(ArchiveDamaged, match="token vectors"):
        catalog.candidates([catalog.passages_of("a1")[0].number])


@pytest.mark.parametrize(
    "change", ["DELETE FROM embeddings WHERE key = x'6b31'", "UPDATE embeddings SET key = x'6b39'"]
)
def test_a_passage_whose_vectors_are_gone_is_damaged(tmp_path: Path, change: str) -> None:
    with CatalogWriter.create(tmp_path, MODEL) as catalog:
        catalog.store_vectors(vectors_of(b"k1"))
        catalog.store([entry(keys=(b"k1", b"k1"))])
        run(tmp_path, change)
        with pytest.raises(ArchiveDamaged):
            catalog.content()


def test_an_undamaged_article_is_read_beside_a_damaged_one(catalog: CatalogWriter, tmp_path: Path) -> None:
    catalog.store([entry("a2")])
    run(tmp_path, "UPDATE articles SET title = 'x' WHERE id = 'a1'")
    assert catalog.article("a2") == entry("a2").article
