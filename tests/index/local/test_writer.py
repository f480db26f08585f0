"""Changes of the catalog."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ArchiveDamaged, ArchiveError, FieldError
from index.local.catalog import FILE
from index.local.writer import CatalogWriter
from tests.index.local.entries import MODEL, entry, run, vectors_of


def test_a_passage_keeps_its_id_when_its_article_is_stored_again(catalog: CatalogWriter) -> None:
    before = catalog.passages_of("a1")
    catalog.store([entry()])
    after = catalog.passages_of("a1")
    assert [passage.id for passage in after] == [passage.id for passage in before]


def test_a_number_is_never_reused(catalog: CatalogWriter) -> None:
    before = {passage.number for passage in catalog.passages_of("a1")}
    catalog.delete(["a1"])
    catalog.store([entry("a2")])
    assert before.isdisjoint(passage.number for passage in catalog.passages_of("a2"))


def test_an_article_stored_again_is_replaced(catalog: CatalogWriter) -> None:
    catalog.store([entry(text="Autre. Texte\n\nbref")])
    article = catalog.article("a1")
    assert article is not None
    assert article.text == "Autre. Texte\n\nbref"
    assert catalog.counts()["passages"] == 2


def test_deleting_an_article_deletes_its_passages(catalog: CatalogWriter) -> None:
    numbers = [passage.number for passage in catalog.passages_of("a1")]
    assert catalog.delete(["a1", "a9"]) == 1
    assert catalog.candidates(numbers) == {}
    assert catalog.counts() == {"articles": 0, "passages": 0, "embeddings": 2}


def test_an_id_with_a_null_character_deletes_no_other_article(catalog: CatalogWriter) -> None:
    catalog.store([entry("vic")], vectors_of(b"k1", b"k2"))
    for refused in ("vic\0anything", "vic\ud83d"):
        with pytest.raises(FieldError, match="remove it"):
            catalog.delete([refused])
    assert catalog.articles(["vic"])


def test_unused_vectors_are_deleted(catalog: CatalogWriter) -> None:
    catalog.store_vectors(vectors_of(b"k3"))
    catalog.delete_unused_vectors()
    assert catalog.existing_keys([b"k1", b"k2", b"k3", b"k4"]) == {b"k1", b"k2"}


def test_two_passages_may_share_vectors(catalog: CatalogWriter) -> None:
    catalog.store([entry("a2")])
    catalog.delete(["a1"])
    catalog.delete_unused_vectors()
    assert catalog.counts() == {"articles": 1, "passages": 2, "embeddings": 2}


def test_an_article_whose_vectors_are_missing_is_not_stored_at_all(catalog: CatalogWriter) -> None:
    with pytest.raises(ArchiveError):
        catalog.store([entry("a2"), entry("a3", keys=(b"k1", b"k9"))])
    assert catalog.counts()["articles"] == 1
    assert catalog.revision == 1


def test_every_change_of_passages_raises_the_revision(catalog: CatalogWriter) -> None:
    catalog.store([entry("a2")])
    assert catalog.revision == 2
    catalog.delete(["a2"])
    assert catalog.revision == 3
    catalog.move({"a1": "/ailleurs/a1.md"})
    catalog.store_vectors(vectors_of(b"k3"))
    catalog.delete_unused_vectors()
    assert catalog.revision == 3


def test_a_moved_article_is_elsewhere_and_the_same(catalog: CatalogWriter) -> None:
    before = catalog.article("a1")
    assert before is not None
    catalog.move({"a1": "/ailleurs/a1.md"})
    assert catalog.article("a1") == replace(before, origin="/ailleurs/a1.md")


def test_a_damaged_article_does_not_become_sound_by_moving(catalog: CatalogWriter, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE articles SET text = replace(text, 'port', 'pont')")
    with pytest.raises(ArchiveDamaged, match="article a1 is damaged"):
        catalog.move({"a1": "/ailleurs/a1.md"})
    with pytest.raises(ArchiveDamaged):
        catalog.article("a1")


def test_token_vectors_are_deleted_with_unused_vectors(catalog: CatalogWriter, tmp_path: Path) -> None:
    catalog.delete(["a1"])
    catalog.delete_unused_vectors()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM tokens").fetchone() == (0,)


def test_what_changes_nothing_leaves_the_state(catalog: CatalogWriter) -> None:
    before = catalog.state
    assert catalog.delete(["none"]) == 0
    assert catalog.store([]) == set()
    assert catalog.state == before


def test_an_article_is_stored_with_its_vectors_or_not_at_all(catalog: CatalogWriter) -> None:
    with pytest.raises(ArchiveError):
        catalog.store([entry("a2", keys=(b"k5", b"k9"))], vectors_of(b"k5"))
    assert catalog.existing_keys([b"k5"]) == set()
    assert catalog.store([entry("a2", keys=(b"k5", b"k1")), entry("a1")], vectors_of(b"k5")) == {"a1"}
    assert catalog.existing_keys([b"k5"]) == {b"k5"}


def test_an_article_without_a_file_is_neither_moved_nor_deleted_for_a_file(catalog: CatalogWriter) -> None:
    posted = entry()
    catalog.store([replace(posted, article=replace(posted.article, origin=""))])
    catalog.move({"a1": "/presse/a1.md", "a9": "/presse/a9.md"})
    assert catalog.delete(["a1"], ["/presse/a1.md"]) == 0
    article = catalog.article("a1")
    assert article is not None
    assert article.origin == ""


def test_an_empty_file_is_no_catalog(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    with pytest.raises(ArchiveDamaged, match="not a catalog"):
        CatalogWriter.create(tmp_path, MODEL)


def test_a_folder_in_place_of_the_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ArchiveError):
        CatalogWriter.create(tmp_path, MODEL)
