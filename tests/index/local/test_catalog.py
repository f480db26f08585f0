"""Articles, passages and vectors in one SQLite file."""

import re
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.checksums import checksum
from index.errors import ArchiveDamaged, ArchiveError, NoArchive
from index.local.catalog import FILE, Catalog
from index.local.writer import CatalogWriter
from index.types import Filter
from tests.index.local.entries import MODEL, entry, run, vector, vectors_of

# --- stored values


def test_a_replaced_text_is_kept_as_an_older_version(catalog: CatalogWriter) -> None:
    first = catalog.articles(["a1"])["a1"]
    assert catalog.versions("a1") == []
    for text in ("Le port ferme. La grue rouille.\n\n港口关闭。", "Le port dort. La grue aussi.\n\n港口。"):
        catalog.store([entry(text=text)])
    newest, oldest = catalog.versions("a1")
    assert oldest.article == replace(first, origin="")
    assert newest.article.text.startswith("Le port ferme.")
    assert datetime.now(UTC) - oldest.replaced < timedelta(minutes=1)


def test_other_fields_make_no_version_and_a_deleted_article_leaves_none(catalog: CatalogWriter) -> None:
    catalog.store([entry(author="A. B.")])
    assert catalog.versions("a1") == []
    catalog.store([entry(text="Le port ferme. La grue rouille.\n\n港口关闭。")])
    catalog.delete(["a1"], origins=["elsewhere"])
    assert len(catalog.versions("a1")) == 1
    catalog.delete(["a1"])
    assert catalog.versions("a1") == []


def test_only_the_newest_versions_are_kept(catalog: CatalogWriter) -> None:
    for number in range(25):
        catalog.store([entry(text=f"Le port {number}. La grue.\n\n港口。")])
    numbers = [version.article.text.split()[2] for version in catalog.versions("a1")]
    assert numbers == [f"{number}." for number in range(23, 3, -1)]


def test_where_fields_were_found_is_kept_with_the_article(catalog: CatalogWriter) -> None:
    catalog.store([replace(entry(), provenance={"date": "JSON-LD"})])
    assert catalog.provenance("a1") == {"date": "JSON-LD"}
    catalog.store([entry()])
    assert catalog.provenance("a1") == {}


def test_a_damaged_version_is_found_and_never_shown(catalog: CatalogWriter, tmp_path: Path) -> None:
    catalog.store([replace(entry(text="Le port ferme. La grue.\n\n港口。"), provenance={"date": "JSON-LD"})])
    assert catalog.damaged_history() == []
    run(tmp_path, "UPDATE versions SET content = replace(content, 'rouvre', 'ferme')")
    run(tmp_path, "UPDATE provenance SET content = replace(content, 'JSON', 'XML')")
    assert [(article, table) for article, table, _ in catalog.damaged_history()] == [
        ("a1", "versions"),
        ("a1", "provenance"),
    ]
    with pytest.raises(ArchiveDamaged, match="an older version of article a1 is damaged"):
        catalog.versions("a1")


def test_a_passage_is_found_by_number_and_by_id(catalog: CatalogWriter) -> None:
    first, second = catalog.passages_of("a1")
    found = catalog.candidates([first.number, second.number, 99])
    assert {number: passage for number, (passage, _) in found.items()} == {first.number: first, second.number: second}
    assert catalog.passage(second.id) == second


def test_what_is_not_there_is_none(catalog: CatalogWriter) -> None:
    assert catalog.article("a9") is None
    assert catalog.passage("p9") is None
    assert catalog.passages_of("a9") == []
    assert catalog.articles(["a9"]) == {}


def test_vectors_are_as_they_were_stored(catalog: CatalogWriter) -> None:
    content = catalog.content()
    first, second = catalog.passages_of("a1")
    assert (content.state.revision, content.numbers.tolist()) == (1, [first.number, second.number])
    assert content.languages == ["fr", "zh"]
    assert np.array_equal(content.vectors[0], vector(1))


def test_identical_passages_map_to_the_first_of_them(catalog: CatalogWriter) -> None:
    catalog.store([entry("a2", keys=(b"k1", b"k3")), entry("a3", keys=(b"k4", b"k1"))], vectors_of(b"k3", b"k4"))
    numbers = [passage.number for name in ("a1", "a2", "a3") for passage in catalog.passages_of(name)]
    one, two, copy, three, four, second_copy = numbers
    assert catalog.first_copies([*numbers, 99]) == {
        one: one,
        two: two,
        copy: one,
        three: three,
        four: four,
        second_copy: one,
    }
    assert catalog.first_copies([second_copy, copy]) == {copy: copy, second_copy: copy}
    catalog.delete(["a1"])
    assert catalog.first_copies(numbers) == {copy: copy, three: three, four: four, second_copy: copy}


def test_texts_come_below_their_titles(catalog: CatalogWriter) -> None:
    first, _ = catalog.passages_of("a1")
    article = catalog.article("a1")
    assert article is not None
    assert catalog.content().texts[0] == f"Le port\n{article.text[first.start : first.end]}"


def test_texts_of_passages_are_those_of_their_articles(catalog: CatalogWriter, tmp_path: Path) -> None:
    catalog.store([entry("a2", "𝕃e café 🎉. Il ouvre.\n\nÉté 2026.")])
    passages = [passage for name in ("a2", "a1", "a2") for passage in catalog.passages_of(name)]
    articles = catalog.all_articles(passage.article_id for passage in passages)
    expected = [articles[passage.article_id].text[passage.start : passage.end] for passage in passages]
    assert catalog.texts(passages) == expected
    assert catalog.texts([]) == []
    run(tmp_path, "UPDATE articles SET text = replace(text, 'café', 'cafe') WHERE id = 'a2'")
    with pytest.raises(ArchiveDamaged, match="article a2 is damaged"):
        catalog.texts(passages)


def test_an_empty_catalog_has_no_vectors(tmp_path: Path) -> None:
    with CatalogWriter.create(tmp_path, MODEL) as catalog:
        content = catalog.content()
    assert (content.state.revision, len(content.numbers), content.texts) == (0, 0, [])
    assert content.vectors.shape == (0, 4)


def test_stored_values_remain_after_reopening(catalog: CatalogWriter, tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as reopened:
        assert reopened.model == MODEL
        assert reopened.article("a1") == catalog.article("a1")
        assert reopened.counts() == {"articles": 1, "passages": 2, "embeddings": 2}
        assert reopened.revision == catalog.revision == 1


def test_a_reader_sees_one_moment_whatever_is_written(catalog: CatalogWriter, tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as reader, reader.reading():
        before = reader.counts()
        catalog.delete(["a1"])
        assert reader.counts() == before
        assert reader.article("a1") is not None


def test_what_is_opened_for_reading_is_not_written(catalog: CatalogWriter, tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as reader, pytest.raises(ArchiveError):
        CatalogWriter.delete(reader, ["a1"])  # type: ignore[arg-type] # the type checker rejects it too
    assert catalog.article("a1") is not None


# --- filters and lists


NEWEST_FIRST = ["a3", "a2", "a1", "a4"]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[CatalogWriter]:
    """A catalog of four articles with a French and a Chinese passage each."""
    with CatalogWriter.create(tmp_path, MODEL) as made:
        made.store_vectors(vectors_of(b"k1", b"k2"))
        made.store(
            [
                entry("a1", published=date(2026, 1, 1), source="Le Phare"),
                entry("a2", published=date(2026, 1, 2), source="L’Ancre"),
                entry("a3", published=date(2026, 1, 3), source="Le Phare"),
                entry("a4"),
            ]
        )
        yield made


@pytest.mark.parametrize(
    ("among", "articles", "languages"),
    [
        (Filter(), "a1 a2 a3 a4", "fr zh"),
        (Filter(published_from=date(2026, 1, 2)), "a2 a3", "fr zh"),
        (Filter(published_to=date(2026, 1, 2)), "a1 a2", "fr zh"),
        (Filter(published_from=date(2026, 1, 2), published_to=date(2026, 1, 2)), "a2", "fr zh"),
        (Filter(published_from=date(2026, 1, 3), published_to=date(2026, 1, 2)), "", ""),
        (Filter(as_of=date(2026, 1, 2)), "a1 a2", "fr zh"),
        (Filter(published_to=date(2026, 12, 31), as_of=date(2026, 1, 1)), "a1", "fr zh"),
        (Filter(languages=("zh",)), "a1 a2 a3 a4", "zh"),
        (Filter(languages=("zh", "fr", "en")), "a1 a2 a3 a4", "fr zh"),
        (Filter(languages=("en",)), "", ""),
        (Filter(sources=("L’Ancre",)), "a2", "fr zh"),
        (Filter(sources=("Le Phare", "L’Ancre")), "a1 a2 a3", "fr zh"),
        (Filter(sources=("Le Phare",), published_from=date(2026, 1, 2), languages=("fr",)), "a3", "fr"),
        (Filter(sources=("' OR 1 --",)), "", ""),
        (Filter(sources=("a4.md", "a1.md")), "a4", "fr zh"),
    ],
)
def test_a_filter_lets_through_what_it_says(shelf: CatalogWriter, among: Filter, articles: str, languages: str) -> None:
    found = [passage for passage, _ in shelf.candidates(shelf.numbers(among).tolist()).values()]
    assert sorted({passage.article_id for passage in found}) == articles.split()
    assert sorted({passage.language for passage in found}) == languages.split()
    assert [article.id for article in shelf.page(10, 0, among)] == sorted(articles.split(), key=NEWEST_FIRST.index)
    assert shelf.total(among) == len(articles.split())


def test_articles_come_newest_first_and_undated_ones_last(shelf: CatalogWriter) -> None:
    assert [article.id for article in shelf.page(10, 0)] == NEWEST_FIRST
    assert [article.id for article in shelf.page(2, 1)] == ["a2", "a1"]
    assert shelf.page(10, 4) == []


def test_facets_count_articles(shelf: CatalogWriter) -> None:
    facets = shelf.facets()
    assert facets.sources == {"Le Phare": 2, "L’Ancre": 1}
    assert facets.files == {"a4.md": 1}
    assert facets.languages == {"fr": 4, "zh": 4}  # of passages


# --- damage


def test_a_changed_model_is_damaged(catalog: CatalogWriter, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE settings SET value = substr(value, 2) WHERE key = 'model'")
    with pytest.raises(ArchiveDamaged, match="settings are damaged"):
        _ = catalog.model


@pytest.mark.parametrize("key", ["model", "revision"])
def test_a_setting_that_is_missing_is_damage(catalog: CatalogWriter, tmp_path: Path, key: str) -> None:
    run(tmp_path, "DELETE FROM settings WHERE key = ?", key)
    with pytest.raises(ArchiveDamaged, match="settings are damaged"):
        _ = getattr(catalog, key)


def test_a_revision_that_is_no_number_is_damage(catalog: CatalogWriter, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE settings SET value = 'x' WHERE key = 'revision'")
    with pytest.raises(ArchiveDamaged):
        _ = catalog.revision


# --- files that are not a catalog


def test_a_folder_without_catalog_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(
        NoArchive, match=f"^no archive in {re.escape(str(tmp_path))}: run newsqa index PATH to create one$"
    ):
        Catalog.open(tmp_path)


def _foreign_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE articles (id TEXT)")


@pytest.mark.parametrize("content", [None, b"Bonjour.\n" * 200, b"SQLite format 3\0" + bytes(4000), b"x"])
def test_a_file_that_is_no_catalog_is_refused_and_left_alone(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / FILE
    _foreign_database(file) if content is None else file.write_bytes(content)
    before = file.read_bytes()
    with pytest.raises(ArchiveDamaged, match=FILE):
        Catalog.open(tmp_path)
    with pytest.raises(ArchiveDamaged, match=FILE):
        CatalogWriter.create(tmp_path, MODEL)
    assert file.read_bytes() == before


def test_a_catalog_that_was_cut_off_is_damaged(tmp_path: Path) -> None:
    with CatalogWriter.create(tmp_path, MODEL) as made:
        made.store_vectors(vectors_of(b"k1", b"k2"))
        made.store([entry(f"a{number}", f"Mot. {'mot ' * 2000}\n\nfin") for number in range(20)])
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ArchiveDamaged), Catalog.open(tmp_path) as catalog:  # noqa: PT012
        for number in range(20):
            catalog.article(f"a{number}")
            catalog.passages_of(f"a{number}")


def test_a_catalog_of_another_format_is_refused(tmp_path: Path) -> None:
    CatalogWriter.create(tmp_path, MODEL).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveError, match="in format 99, and this newsqa reads 5: index into another data folder"):
        Catalog.open(tmp_path)
    with pytest.raises(ArchiveError, match="in format 99, and this newsqa reads 5: index into another data folder"):
        CatalogWriter.create(tmp_path, MODEL)


@pytest.mark.parametrize("name", ["avec espace", "été", "a?b#c%20d", "港口", "it's"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    data = tmp_path / name
    data.mkdir()
    CatalogWriter.create(data, MODEL).close()
    with Catalog.open(data) as reopened:
        assert reopened.model == MODEL
    assert (data / FILE).is_file()


# --- past states


def test_a_catalog_remembers_the_states_that_it_was_in(catalog: CatalogWriter) -> None:
    states = [catalog.state]
    for number in range(3):
        catalog.store([entry(f"b{number}")])
        states.append(catalog.state)
    assert len({state.token for state in states}) == 4
    assert all(catalog.was_in(state) for state in states)


@pytest.mark.parametrize(
    "change",
    [{"archive": "other"}, {"token": "other"}, {"revision": 1}, {"revision": 7}],
    ids=lambda change: next(iter(change)),
)
def test_a_catalog_was_in_no_other_state(catalog: CatalogWriter, change: dict[str, Any]) -> None:
    catalog.store([entry("a2")])
    catalog.store([entry("a3")])
    now = catalog.state
    catalog.store([entry("a4")])
    assert catalog.was_in(now)
    assert not catalog.was_in(replace(now, **change))


def test_a_damaged_past_state_is_ignored(catalog: CatalogWriter, tmp_path: Path) -> None:
    before = catalog.state
    catalog.delete(["a1"])
    run(tmp_path, "UPDATE states SET checksum = ? WHERE revision = ?", b"wrong", before.revision)
    assert not catalog.was_in(before)


def test_old_states_are_forgotten(catalog: CatalogWriter, tmp_path: Path) -> None:
    long_ago = replace(catalog.state, revision=catalog.revision - 10_000, token="x")  # noqa: S106 - no secret
    recent = replace(catalog.state, revision=catalog.revision - 9_999, token="x")  # noqa: S106 - no secret
    for state in (long_ago, recent):
        values = (state.revision, state.token)
        run(tmp_path, "INSERT INTO states VALUES (?, ?, ?)", *values, checksum(*values))
    assert catalog.was_in(long_ago)
    catalog.store([entry("a2")])
    assert (catalog.was_in(long_ago), catalog.was_in(recent)) == (False, True)


def test_a_list_of_articles_reads_no_texts(catalog: CatalogWriter) -> None:
    text = f"Le port rouvre. 🚂\n\n{'x' * 1_000_000}"
    dated = entry("b", published=date(2026, 1, 2), source="Le Phare", url="https://a.example/b")
    catalog.store([*(entry(f"a{number}", text) for number in range(20)), dated], vectors_of(b"k1", b"k2"))
    tracemalloc.start()
    listed = catalog.listed(500, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000
    assert [each.id for each in catalog.listed(1, 0)] == ["b"]
    articles = catalog.page(500, 0)
    names = ("id", "title", "language", "published", "source", "outlet", "author", "url", "origin", "characters")
    for each, article in zip(listed, articles, strict=True):
        assert [getattr(each, name) for name in names] == [getattr(article, name) for name in names]
