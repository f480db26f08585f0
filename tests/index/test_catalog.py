"""Articles, passages and vectors in one SQLite file."""

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.catalog import FILE, Catalog, Entry, PassageVectors
from index.database import checksum
from index.errors import ArchiveDamaged, ArchiveError, NoArchive
from index.tokens import TokenCodes
from index.types import Article, Filter, Passage, Vectors
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
    """Return vectors for keys, a passage with one sentence each."""
    return {key: PassageVectors(vector(int.from_bytes(key)), tokens(0, 1)) for key in keys}


def tokens(*counts: int) -> TokenCodes:
    """Return codes for a title and sentences with so many tokens."""
    codes = np.arange(sum(counts) * 2, dtype=np.uint8).reshape(-1, 2)
    return TokenCodes(np.array(counts, dtype=np.uint16), codes)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog with one article."""
    with Catalog.create(tmp_path, MODEL) as made:
        made.keep_vectors({b"k1": PassageVectors(vector(1), tokens(1, 3, 2)), **vectors_of(b"k2")})
        made.keep([entry(published=date(2026, 2, 3), source="Le Phare", author="Zoé", url="https://exemple.test/1")])
        yield made


def run(data: Path, statement: str, *values: object) -> None:
    """Change the file behind the catalog's back."""
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        assert connection.execute(statement, values).rowcount != 0


def flip(data: Path, table: str, column: str) -> None:
    """Flip a bit of the row of the key `k1`."""
    with closing(sqlite3.connect(data / FILE)) as connection:
        content = bytearray(connection.execute(f"SELECT {column} FROM {table} WHERE key = ?", (b"k1",)).fetchone()[0])
    content[1] ^= 4
    run(data, f"UPDATE {table} SET {column} = ? WHERE key = ?", bytes(content), b"k1")


# --- what was kept


def test_an_article_is_as_it_was_kept(catalog: Catalog) -> None:
    kept = entry(published=date(2026, 2, 3), source="Le Phare", author="Zoé", url="https://exemple.test/1")
    assert catalog.article("a1") == kept.article


@pytest.mark.parametrize(
    "text", ["a. b\n\nc", "é\u0301. \u00a0\n\nx", "نعم. لا\n\nغدا", "👩‍👩‍👧. 🎉\n\n🏴", "'\"; --. \n\n%_"]
)
def test_any_text_is_as_it_was_kept(catalog: Catalog, text: str) -> None:
    catalog.keep([entry("a2", text)])
    article = catalog.article("a2")
    assert article is not None
    assert article.text == text


def test_passages_are_as_they_were_kept(catalog: Catalog) -> None:
    stored = catalog.passages_of("a1")
    assert [Passage(each.start, each.end, each.language, each.sentences) for each in stored] == [*entry().passages]


def test_a_passage_is_found_by_number_and_by_id(catalog: Catalog) -> None:
    first, second = catalog.passages_of("a1")
    assert catalog.passages([first.number, second.number, 99]) == {first.number: first, second.number: second}
    assert catalog.passage(second.id) == second


def test_what_is_not_there_is_none(catalog: Catalog) -> None:
    assert catalog.article("a9") is None
    assert catalog.passage("p9") is None
    assert catalog.passages_of("a9") == []
    assert catalog.articles_by_id(["a9"]) == {}


def test_a_passage_keeps_its_id_when_its_article_is_kept_again(catalog: Catalog) -> None:
    before = catalog.passages_of("a1")
    catalog.keep([entry()])
    after = catalog.passages_of("a1")
    assert [passage.id for passage in after] == [passage.id for passage in before]


def test_a_number_is_never_given_twice(catalog: Catalog) -> None:
    before = {passage.number for passage in catalog.passages_of("a1")}
    catalog.delete(["a1"])
    catalog.keep([entry("a2")])
    assert before.isdisjoint(passage.number for passage in catalog.passages_of("a2"))


def test_vectors_are_as_they_were_kept(catalog: Catalog) -> None:
    content = catalog.content()
    first, second = catalog.passages_of("a1")
    assert (content.state.revision, content.numbers.tolist()) == (1, [first.number, second.number])
    assert content.languages == ["fr", "zh"]
    assert np.array_equal(content.vectors[0], vector(1))


def test_texts_come_below_their_titles(catalog: Catalog) -> None:
    first, _ = catalog.passages_of("a1")
    article = catalog.article("a1")
    assert article is not None
    assert catalog.content().texts[0] == f"Le port\n{article.text[first.start : first.end]}"


def test_token_vectors_are_as_they_were_kept(catalog: Catalog) -> None:
    first, second = catalog.passages_of("a1")
    kept = catalog.candidates([first.number, second.number])
    assert kept[first.number][0] == first
    assert kept[first.number][1].counts.tolist() == [1, 3, 2]
    assert np.array_equal(kept[first.number][1].codes, tokens(1, 3, 2).codes)
    assert kept[second.number][1].counts.tolist() == [0, 1]


def test_an_empty_catalog_has_no_vectors(tmp_path: Path) -> None:
    with Catalog.create(tmp_path, MODEL) as catalog:
        content = catalog.content()
    assert (content.state.revision, len(content.numbers), content.texts) == (0, 0, [])
    assert content.vectors.shape == (0, 4)


def test_what_was_kept_is_there_after_reopening(catalog: Catalog, tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as again:
        assert again.model == MODEL
        assert again.article("a1") == catalog.article("a1")
        assert again.counts() == {"articles": 1, "passages": 2, "embeddings": 2}
        assert again.revision == catalog.revision == 1


# --- changing it


def test_an_article_kept_again_replaces_itself(catalog: Catalog) -> None:
    catalog.keep([entry(text="Autre. Texte\n\nbref")])
    article = catalog.article("a1")
    assert article is not None
    assert article.text == "Autre. Texte\n\nbref"
    assert catalog.counts()["passages"] == 2


def test_deleting_an_article_deletes_its_passages(catalog: Catalog) -> None:
    numbers = [passage.number for passage in catalog.passages_of("a1")]
    assert catalog.delete(["a1", "a9"]) == 1
    assert catalog.passages(numbers) == {}
    assert catalog.counts() == {"articles": 0, "passages": 0, "embeddings": 2}


def test_vectors_that_no_passage_uses_are_forgotten(catalog: Catalog) -> None:
    catalog.keep_vectors(vectors_of(b"k3"))
    catalog.forget_unused()
    assert catalog.embedded([b"k1", b"k2", b"k3", b"k4"]) == {b"k1", b"k2"}


def test_two_passages_may_share_vectors(catalog: Catalog) -> None:
    catalog.keep([entry("a2")])
    catalog.delete(["a1"])
    catalog.forget_unused()
    assert catalog.counts() == {"articles": 1, "passages": 2, "embeddings": 2}


def test_an_article_whose_vectors_are_missing_is_not_kept_at_all(catalog: Catalog) -> None:
    with pytest.raises(ArchiveError):
        catalog.keep([entry("a2"), entry("a3", keys=(b"k1", b"k9"))])
    assert catalog.counts()["articles"] == 1
    assert catalog.revision == 1


def test_every_change_of_passages_raises_the_revision(catalog: Catalog) -> None:
    catalog.keep([entry("a2")])
    assert catalog.revision == 2
    catalog.delete(["a2"])
    assert catalog.revision == 3
    catalog.move({"a1": "/ailleurs/a1.md"})
    catalog.keep_vectors(vectors_of(b"k3"))
    catalog.forget_unused()
    assert catalog.revision == 3


def test_a_moved_article_is_elsewhere_and_the_same(catalog: Catalog) -> None:
    before = catalog.article("a1")
    assert before is not None
    catalog.move({"a1": "/ailleurs/a1.md"})
    assert catalog.article("a1") == replace(before, origin="/ailleurs/a1.md")


def test_a_damaged_article_does_not_become_sound_by_moving(catalog: Catalog, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE articles SET text = replace(text, 'port', 'pont')")
    with pytest.raises(ArchiveDamaged, match="article a1 is damaged"):
        catalog.move({"a1": "/ailleurs/a1.md"})
    with pytest.raises(ArchiveDamaged):
        catalog.article("a1")


def test_a_reader_sees_one_moment_whatever_is_written(catalog: Catalog, tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as reader, reader.reading():
        before = reader.counts()
        catalog.delete(["a1"])
        assert reader.counts() == before
        assert reader.article("a1") is not None


# --- filters and lists


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Catalog]:
    """A catalog of four articles with a French and a Chinese passage each."""
    with Catalog.create(tmp_path, MODEL) as made:
        made.keep_vectors(vectors_of(b"k1", b"k2"))
        made.keep(
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
    ],
)
def test_a_filter_lets_through_what_it_says(shelf: Catalog, among: Filter, articles: str, languages: str) -> None:
    found = shelf.passages(shelf.numbers(among).tolist()).values()
    assert sorted({passage.article_id for passage in found}) == articles.split()
    assert sorted({passage.language for passage in found}) == languages.split()


def test_articles_come_newest_first_and_undated_ones_last(shelf: Catalog) -> None:
    assert [article.id for article in shelf.articles(10, 0)] == ["a3", "a2", "a1", "a4"]
    assert [article.id for article in shelf.articles(2, 1)] == ["a2", "a1"]
    assert shelf.articles(10, 4) == []


def test_articles_are_tallied(shelf: Catalog) -> None:
    assert shelf.tally("source") == {"Le Phare": 2, "L’Ancre": 1}
    assert shelf.tally("language") == {"fr": 4}


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
def test_an_article_that_is_not_what_was_written_is_damaged(catalog: Catalog, tmp_path: Path, change: str) -> None:
    run(tmp_path, f"UPDATE articles SET {change}")
    with pytest.raises(ArchiveDamaged, match="article a1 is damaged"):
        catalog.article("a1")
    with pytest.raises(ArchiveDamaged, match="article a1 is damaged"):
        catalog.articles(10, 0)


@pytest.mark.parametrize(
    "change",
    ['"start" = "start" + 1', '"end" = "end" - 1', "language = 'en'", "sentences = '[[0, 3]]'", "checksum = x'00'"],
)
def test_a_passage_that_is_not_what_was_written_is_damaged(catalog: Catalog, tmp_path: Path, change: str) -> None:
    first = catalog.passages_of("a1")[0]
    run(tmp_path, f"UPDATE passages SET {change}")
    with pytest.raises(ArchiveDamaged, match=f"passage {first.number} is damaged"):
        catalog.passages_of("a1")
    with pytest.raises(ArchiveDamaged, match=f"passage {first.number} is damaged"):
        catalog.passages([first.number])
    with pytest.raises(ArchiveDamaged, match=f"passage {first.number} is damaged"):
        catalog.passage(first.id)


def test_a_passage_with_the_vectors_of_another_is_damaged(catalog: Catalog, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE passages SET embedding = (SELECT max(key) FROM embeddings)")
    with pytest.raises(ArchiveDamaged):
        catalog.content()


@pytest.mark.parametrize("column", ["vector", "checksum"])
def test_a_vector_with_a_flipped_bit_is_damaged(catalog: Catalog, tmp_path: Path, column: str) -> None:
    flip(tmp_path, "embeddings", column)
    first = catalog.passages_of("a1")[0]
    with pytest.raises(ArchiveDamaged, match=f"vector of passage {first.number} is damaged"):
        catalog.content()


@pytest.mark.parametrize("column", ["counts", "codes"])
def test_token_vectors_with_a_flipped_bit_are_damaged(catalog: Catalog, tmp_path: Path, column: str) -> None:
    flip(tmp_path, "tokens", column)
    first = catalog.passages_of("a1")[0]
    with pytest.raises(ArchiveDamaged, match=f"token vectors of passage {first.number} are damaged"):
        catalog.candidates([first.number])


def test_a_passage_whose_token_vectors_are_gone_is_damaged(catalog: Catalog, tmp_path: Path) -> None:
    run(tmp_path, "DELETE FROM tokens WHERE key = ?", b"k1")
    with pytest.raises(ArchiveDamaged, match="token vectors"):
        catalog.candidates([catalog.passages_of("a1")[0].number])


def test_token_vectors_go_with_the_vectors_that_nobody_uses(catalog: Catalog, tmp_path: Path) -> None:
    catalog.delete(["a1"])
    catalog.forget_unused()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT count(*) FROM tokens").fetchone() == (0,)


@pytest.mark.parametrize(
    "change", ["DELETE FROM embeddings WHERE key = x'6b31'", "UPDATE embeddings SET key = x'6b39'"]
)
def test_a_passage_whose_vectors_are_gone_is_damaged(tmp_path: Path, change: str) -> None:
    with Catalog.create(tmp_path, MODEL) as catalog:
        catalog.keep_vectors(vectors_of(b"k1"))
        catalog.keep([entry(keys=(b"k1", b"k1"))])
        run(tmp_path, change)
        with pytest.raises(ArchiveDamaged):
            catalog.content()


def test_an_undamaged_article_is_read_beside_a_damaged_one(catalog: Catalog, tmp_path: Path) -> None:
    catalog.keep([entry("a2")])
    run(tmp_path, "UPDATE articles SET title = 'x' WHERE id = 'a1'")
    assert catalog.article("a2") == entry("a2").article


def test_the_model_that_is_not_what_was_written_is_damaged(catalog: Catalog, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE settings SET value = substr(value, 2) WHERE key = 'model'")
    with pytest.raises(ArchiveDamaged, match="settings are damaged"):
        _ = catalog.model


@pytest.mark.parametrize("key", ["model", "revision"])
def test_a_setting_that_is_missing_is_damage(catalog: Catalog, tmp_path: Path, key: str) -> None:
    run(tmp_path, "DELETE FROM settings WHERE key = ?", key)
    with pytest.raises(ArchiveDamaged, match="settings are damaged"):
        _ = getattr(catalog, key)


def test_a_revision_that_is_no_number_is_damage(catalog: Catalog, tmp_path: Path) -> None:
    run(tmp_path, "UPDATE settings SET value = 'x' WHERE key = 'revision'")
    with pytest.raises(ArchiveDamaged):
        _ = catalog.revision


# --- files that are no catalog


def test_a_folder_without_catalog_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(NoArchive, match=f"^no index in {re.escape(str(tmp_path))}: run newsqa index PATH to make one$"):
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
        Catalog.create(tmp_path, MODEL)
    assert file.read_bytes() == before


def test_a_catalog_that_was_cut_off_is_damaged(tmp_path: Path) -> None:
    with Catalog.create(tmp_path, MODEL) as made:
        made.keep_vectors(vectors_of(b"k1", b"k2"))
        made.keep([entry(f"a{number}", f"Mot. {'mot ' * 2000}\n\nfin") for number in range(20)])
    file = tmp_path / FILE
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ArchiveDamaged), Catalog.open(tmp_path) as catalog:  # noqa: PT012
        for number in range(20):
            catalog.article(f"a{number}")
            catalog.passages_of(f"a{number}")


def test_a_catalog_of_another_format_is_refused(tmp_path: Path) -> None:
    Catalog.create(tmp_path, MODEL).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ArchiveError, match="in format 99, and this newsqa reads 3"):
        Catalog.open(tmp_path)
    with pytest.raises(ArchiveError, match="in format 99, and this newsqa reads 3"):
        Catalog.create(tmp_path, MODEL)


def _as_format_2(data: Path) -> None:
    """Make a catalog what it was before the past was remembered."""
    run(data, "DROP TABLE states")
    with closing(sqlite3.connect(data / FILE)) as connection:
        connection.execute("PRAGMA user_version = 2")


@pytest.mark.parametrize("reading", [True, False])
def test_a_catalog_of_the_format_before_is_brought_up_to_date(catalog: Catalog, tmp_path: Path, reading: bool) -> None:
    before = catalog.article("a1"), catalog.counts(), catalog.state
    catalog.close()
    _as_format_2(tmp_path)
    with Catalog.open(tmp_path) if reading else Catalog.create(tmp_path, MODEL) as again:
        assert (again.article("a1"), again.counts(), again.state) == before
        assert again.has_been(before[2])
    with Catalog.create(tmp_path, MODEL) as again:
        again.delete(["a1"])
        assert again.has_been(before[2])


def test_a_catalog_of_the_format_before_that_cannot_be_written_is_named(catalog: Catalog, tmp_path: Path) -> None:
    catalog.close()
    _as_format_2(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as another:
        another.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ArchiveError, match="another process holds it"):
            Catalog.open(tmp_path)
    Catalog.open(tmp_path).close()


def test_two_that_bring_a_catalog_up_to_date_do_not_meet(catalog: Catalog, tmp_path: Path) -> None:
    catalog.close()
    _as_format_2(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        for again in pool.map(lambda _: Catalog.open(tmp_path), range(8)):
            with again:
                assert again.counts()["articles"] == 1


# --- the past


def test_a_catalog_remembers_the_states_that_it_was_in(catalog: Catalog) -> None:
    states = [catalog.state]
    for number in range(3):
        catalog.keep([entry(f"b{number}")])
        states.append(catalog.state)
    assert len({state.content for state in states}) == 4
    assert all(catalog.has_been(state) for state in states)


@pytest.mark.parametrize(
    "change",
    [{"archive": "other"}, {"content": "other"}, {"revision": 1}, {"revision": 7}],
    ids=lambda change: next(iter(change)),
)
def test_a_catalog_was_in_no_other_state(catalog: Catalog, change: dict[str, Any]) -> None:
    catalog.keep([entry("a2")])
    catalog.keep([entry("a3")])
    now = catalog.state
    catalog.keep([entry("a4")])
    assert catalog.has_been(now)
    assert not catalog.has_been(replace(now, **change))


def test_a_damaged_past_is_not_believed(catalog: Catalog, tmp_path: Path) -> None:
    before = catalog.state
    catalog.delete(["a1"])
    run(tmp_path, "UPDATE states SET checksum = ? WHERE revision = ?", b"wrong", before.revision)
    assert not catalog.has_been(before)


def test_the_past_is_forgotten_in_the_end(catalog: Catalog, tmp_path: Path) -> None:
    long_ago = replace(catalog.state, revision=catalog.revision - 10_000, content="x")
    recent = replace(catalog.state, revision=catalog.revision - 9_999, content="x")
    for state in (long_ago, recent):
        values = (state.revision, state.content)
        run(tmp_path, "INSERT INTO states VALUES (?, ?, ?)", *values, checksum(*values))
    assert catalog.has_been(long_ago)
    catalog.keep([entry("a2")])
    assert (catalog.has_been(long_ago), catalog.has_been(recent)) == (False, True)


def test_what_changes_nothing_leaves_the_state(catalog: Catalog) -> None:
    before = catalog.state
    assert catalog.delete(["none"]) == 0
    assert catalog.keep([]) == set()
    assert catalog.state == before


# --- articles with their vectors


def test_an_article_is_kept_with_its_vectors_or_not_at_all(catalog: Catalog) -> None:
    with pytest.raises(ArchiveError):
        catalog.keep([entry("a2", keys=(b"k5", b"k9"))], vectors_of(b"k5"))
    assert catalog.embedded([b"k5"]) == set()
    assert catalog.keep([entry("a2", keys=(b"k5", b"k1")), entry("a1")], vectors_of(b"k5")) == {"a1"}
    assert catalog.embedded([b"k5"]) == {b"k5"}


def test_vectors_are_read_as_they_were_kept(catalog: Catalog) -> None:
    found = catalog.vectors([b"k1", b"k9"])
    assert list(found) == [b"k1"]
    assert np.array_equal(found[b"k1"].vector, vector(1))
    assert np.array_equal(found[b"k1"].tokens.codes, tokens(1, 3, 2).codes)
    assert found[b"k1"].tokens.counts.tolist() == [1, 3, 2]


def test_an_article_that_came_without_a_file_is_neither_moved_nor_deleted_for_a_file(catalog: Catalog) -> None:
    posted = entry()
    catalog.keep([replace(posted, article=replace(posted.article, origin=""))])
    catalog.move({"a1": "/presse/a1.md", "a9": "/presse/a9.md"})
    assert catalog.delete(["a1"], ["/presse/a1.md"]) == 0
    article = catalog.article("a1")
    assert article is not None
    assert article.origin == ""


def test_an_empty_file_is_no_catalog(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    with pytest.raises(ArchiveDamaged, match="not a catalog"):
        Catalog.create(tmp_path, MODEL)


def test_a_folder_in_place_of_the_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(ArchiveError):
        Catalog.create(tmp_path, MODEL)


@pytest.mark.parametrize("name", ["avec espace", "été", "a?b#c%20d", "港口", "it's"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    data = tmp_path / name
    data.mkdir()
    Catalog.create(data, MODEL).close()
    with Catalog.open(data) as again:
        assert again.model == MODEL
    assert (data / FILE).is_file()


def test_what_is_opened_for_reading_is_not_written(catalog: Catalog, tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as reader, pytest.raises(ArchiveError):
        reader.delete(["a1"])
    assert catalog.article("a1") is not None
