"""Examination and repair of an archive."""

import json
import re
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.checksums import checksum
from index.errors import ArchiveBusy, NoArchive
from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog, Content
from index.local.doctor import CheckedCatalog, examine
from index.local.generation import GENERATIONS
from index.local.lexical import LexicalIndex
from index.local.lock import write_lock
from index.local.publish import publish
from index.local.repair import repair
from index.local.writer import CatalogWriter
from index.model.embed import Embedding
from index.process import ArticleProcessor
from index.read.article import NO_FILE, RawArticle
from index.types import Article, Report
from tests.fakes import HashEmbedder, build_archive, identifier, index_paths, write_files, writer_of

FILES = {
    "a.md": "# Le pont\n\n" + "Le pont rouvre lundi. Les camions attendent depuis deux ans. " * 30,
    "grue.txt": "La grue du port est tombée. Personne n’a été blessé.",
    "monde/zh.md": "# 港口\n\n港口星期一重新开放。市长很高兴。 🎉",
    "monde/ar.md": "# الجسر\n\nيعاد فتح الجسر يوم الاثنين بعد أشهر من الأشغال.",
}
SQL = tuple[str, tuple[object, ...]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive of `FILES`."""
    return build_archive(tmp_path, FILES)


def processor(embedder: HashEmbedder | None = None) -> ArticleProcessor:
    """Return an article processor."""
    return ArticleProcessor(embedder or HashEmbedder(), identifier())


def examined(data: Path, *, share: float = 1, seed: int | None = None) -> Report:
    """Examine an archive; re-embed all passages by default."""
    return examine(data, processor(), share=share, seed=seed)


def repaired(data: Path) -> Report:
    """Repair an archive and examine it again."""
    repair(data, processor(), examined(data))
    return examined(data)


def content(data: Path) -> dict[str, object]:
    """Return the content of an archive without passage numbers."""
    with CheckedCatalog.open(data) as catalog:
        found: dict[str, object] = {article.id: article for article in catalog.page(1000, 0)}
        for article_id in list(found):
            for passage, key, vector in catalog.vectors_of(article_id):
                _, tokens = catalog.candidates([passage.number])[passage.number]
                place = (passage.start, passage.end, passage.language, passage.sentences, key)
                found[passage.id] = (*place, vector.tobytes(), tokens.counts.tobytes(), tokens.codes.tobytes())
        return found


def bytes_of(data: Path) -> dict[str, bytes]:
    """Return the files of an archive, without the temporary files of SQLite."""
    files = (file for file in data.rglob("*") if file.is_file() and "sqlite-" not in file.name)
    return {str(file.relative_to(data)): file.read_bytes() for file in files}


# --- sound archives


def test_a_sound_archive_has_no_problems(data: Path) -> None:
    report = examined(data)
    assert (report.problems, report.notes) == ([], [])
    passages = report.checked["passages"]
    assert report.checked["articles"] == len(FILES) < passages < report.checked["sentences"]
    for what in ("vectors in the index", "passages in the index of words", "vectors compared with the index"):
        assert report.checked[what] == passages
    assert report.checked["passages embedded again"] == passages


def test_an_empty_archive_has_no_problems(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": ""})
    assert examined(data).problems == []


def test_examining_changes_nothing(data: Path) -> None:
    (next((data / GENERATIONS).iterdir()) / "dead.npy").write_bytes(b"damaged")
    before = bytes_of(data)
    assert examined(data).problems
    assert bytes_of(data) == before


def test_a_missing_archive_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoArchive):
        examine(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_model_all_but_embedding_is_examined(data: Path) -> None:
    report = examine(data)
    assert report.problems == []
    assert report.checked["vectors compared with the index"] == report.checked["passages"]
    assert "passages embedded again" not in report.checked


def test_a_sample_of_the_passages_is_re_embedded_and_the_seed_selects_it(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {f"{number}.txt": f"Le conseil numéro {number} a voté." for number in range(50)})

    def chosen(seed: int, share: float) -> list[str]:
        embedder = HashEmbedder()
        report = examine(data, processor(embedder), share=share, seed=seed)
        assert (report.problems, report.seed) == ([], seed)
        return embedder.embedded

    assert chosen(7, 0.5) == chosen(7, 0.5) != chosen(8, 0.5)
    assert [len(chosen(7, share)) for share in (0, 0.01, 0.5, 1)] == [0, 16, 25, 50]


def test_one_moment_is_examined_whatever_is_written_beside(data: Path) -> None:
    class Writing(HashEmbedder):
        def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
            with CatalogWriter.open(data) as catalog:
                catalog.delete(list(catalog.fingerprints())[:1])
            return super().passages(texts)

    assert examine(data, processor(Writing()), share=1).problems == []
    assert len(list(content(data))) < len(FILES) + 5


def test_an_index_that_lags_is_no_problem(data: Path, tmp_path: Path) -> None:
    with CatalogWriter.open(data) as catalog:
        catalog.delete(list(catalog.fingerprints())[:1])
    saved = tmp_path / "saved"
    shutil.copytree(data / GENERATIONS, saved)
    index_paths(write_files(tmp_path / "more", {"neige.txt": "Il neige sur les quais."}), data=data)
    shutil.rmtree(data / GENERATIONS)
    shutil.copytree(saved, data / GENERATIONS)
    report = examined(data)
    assert report.problems == []
    assert "2 changes behind the catalog" in "".join(report.notes)
    assert repaired(data).notes == []


# --- problems and their repair


def run(data: Path, *statements: SQL) -> None:
    """Change the catalog file directly."""
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        for statement, values in statements:
            assert connection.execute(statement, values).rowcount != 0, statement


def first(data: Path, table: str, columns: str) -> tuple[object, ...]:
    """Return a row of the article with several passages, or of its first vectors."""
    order = "ORDER BY number" if table == "passages" else "ORDER BY passages.number"
    joined = table if table == "passages" else f"passages JOIN {table} ON {table}.key = embedding"
    query = f"SELECT {columns} FROM {joined} {order} LIMIT 1"
    with closing(sqlite3.connect(data / FILE)) as connection:
        found: tuple[object, ...] = connection.execute(query).fetchone()
        return found


def flip(table: str, column: str) -> Callable[[Path], None]:
    """Return a function that flips a bit of a row."""

    def damage(data: Path) -> None:
        key, value = first(data, table, f"{'number' if table == 'passages' else 'key'}, {table}.{column}")
        flipped = bytes([bytes(value)[0] ^ 4, *bytes(value)[1:]]) if isinstance(value, bytes) else f"{value}x"
        name = "number" if table == "passages" else "key"
        run(data, (f"UPDATE {table} SET {column} = ? WHERE {name} = ?", (flipped, key)))

    return damage


_ROW = 'number, id, article_id, "start", "end", language, sentences, embedding'


def rewrite(change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    """Return a function that changes the first passage and its checksum, as a defect of newsqa would."""

    def damage(data: Path) -> None:
        row = dict(zip(_ROW.replace('"', "").split(", "), first(data, "passages", _ROW), strict=True))
        change(row)
        number, *values = row.values()
        run(
            data,
            (
                'UPDATE passages SET id=?, article_id=?, "start"=?, "end"=?, language=?, sentences=?, embedding=?, '
                "checksum=? WHERE number=?",
                (*values, checksum(*values), number),
            ),
        )

    return damage


def _another_vector(data: Path) -> None:
    (key,) = first(data, "embeddings", "key")
    vector = np.roll(HashEmbedder().question("tout autre chose").vector, 3).tobytes()
    run(data, ("UPDATE embeddings SET vector=?, checksum=? WHERE key=?", (vector, checksum(key, vector), key)))


def _narrow_vector(data: Path) -> None:
    (key,) = first(data, "embeddings", "key")
    vector = np.array([1, 0], dtype="<f4").tobytes()
    run(data, ("UPDATE embeddings SET vector=?, checksum=? WHERE key=?", (vector, checksum(key, vector), key)))


def _fewer_tokens(data: Path) -> None:
    key, codes = first(data, "tokens", "key, codes")
    assert isinstance(key, bytes)
    counts = np.array([0, len(bytes(codes)) // 16], dtype="<u2").tobytes()  # type: ignore[call-overload]
    total = zlib.crc32(bytes(codes), zlib.crc32(counts, zlib.crc32(key)))  # type: ignore[call-overload]
    run(data, ("UPDATE tokens SET counts=?, checksum=? WHERE key=?", (counts, total, key)))


def _swapped_vectors(data: Path) -> None:
    with closing(sqlite3.connect(data / FILE)) as connection:
        (other,) = connection.execute("SELECT embedding FROM passages ORDER BY number DESC LIMIT 1").fetchone()
    rewrite(lambda row: row.update(embedding=other))(data)


def _longer(row: dict[str, object]) -> None:
    row["end"] = int(str(row["end"])) + 1


def _shuffled(row: dict[str, object]) -> None:
    row["sentences"] = json.dumps(json.loads(str(row["sentences"]))[::-1])


_LOST_PASSAGE = ("DELETE FROM passages WHERE number = (SELECT min(number) FROM passages)", ())
_LOST_PASSAGES = ("DELETE FROM passages WHERE article_id = (SELECT min(id) FROM articles)", ())
_LOST_VECTOR = ("DELETE FROM embeddings WHERE key = (SELECT embedding FROM passages LIMIT 1)", ())
_LOST_TOKENS = ("DELETE FROM tokens WHERE key = (SELECT embedding FROM passages LIMIT 1)", ())
_LOST_ARTICLE = ("DELETE FROM articles WHERE id = (SELECT min(id) FROM articles)", ())
_SET_ASIDE = ("UPDATE embeddings SET key = x'00' WHERE key = (SELECT embedding FROM passages LIMIT 1)", ())


def _index(change: Callable[[Content], Content], *, words: bool = True) -> Callable[[Path], None]:
    """Return a function that publishes a generation that differs from the catalog, with valid hashes."""

    class Wrong(Catalog):
        def contents(self, after: int = 0, size: int = 1000) -> Iterator[Content]:
            return map(change, super().contents(after, size))

    def damage(data: Path) -> None:
        with Catalog.open(data) as right, Wrong.open(data) as wrong, pytest.MonkeyPatch.context() as patch:
            if not words:
                words_alone = publish(right, data, anew=True).place / "words"
                kept = shutil.copytree(words_alone, data / "words")
                patch.setattr(LexicalIndex, "write", lambda folder, contents, *_: [*contents, kept.rename(folder)])
            publish(wrong, data, anew=True)

    return damage


def _shortened(right: Content) -> Content:
    return right.rows(1)


def _renumbered(right: Content) -> Content:
    return replace(right, numbers=right.numbers + 1)


def _exchanged(right: Content) -> Content:
    return replace(right, vectors=right.vectors[::-1].copy())


def _flip_file(name: str) -> Callable[[Path], None]:
    def damage(data: Path) -> None:
        (file,) = (data / GENERATIONS).glob(f"*/{name}")
        whole = file.read_bytes()
        file.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])

    return damage


_DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a vector": (flip("embeddings", "vector"), "the vector of passage 1 is damaged"),
    "token vectors": (flip("tokens", "codes"), "the token vectors of passage 1 are damaged"),
    "a passage": (flip("passages", "sentences"), "passage 1 is damaged"),
    "the article of a passage": (flip("passages", "article_id"), "refers to a row of articles"),
    "the id of a passage": (rewrite(lambda row: row.update(id="0" * 16)), "passage 1 has the id of another text"),
    "the end of a passage": (rewrite(_longer), "passage 1 has the id of another text"),
    "the start of a passage": (rewrite(lambda row: row.update(start=-1)), "passage 1 spans -1 to"),
    "the order of sentences": (rewrite(_shuffled), "sentences outside its span or out of order"),
    "no sentences": (rewrite(lambda row: row.update(sentences="[]")), "sentences outside its span"),
    "a lost passage": (lambda data: run(data, _LOST_PASSAGE), "are in no passage"),
    "all passages of an article": (lambda data: run(data, _LOST_PASSAGES), "from character 0 on is in no passage"),
    "a lost vector": (lambda data: run(data, _LOST_VECTOR), "refers to a row of embeddings"),
    "lost token vectors": (lambda data: run(data, _LOST_TOKENS), "the token vectors of passage"),
    "a vector under another key": (lambda data: run(data, _SET_ASIDE), "refers to a row of embeddings"),
    "another vector": (_another_vector, r"re-embedded passage has a cosine of -?0\.\d+"),
    "a narrow vector": (_narrow_vector, r"invalid vector \(expected 32 components and unit length\)"),
    "fewer token vectors": (_fewer_tokens, "has token vectors that do not match its title and sentences"),
    "the vector of another passage": (
        _swapped_vectors,
        "passage 1 has token vectors that do not match|the vector of another",
    ),
    "no index": (lambda data: shutil.rmtree(data / GENERATIONS), "no index has been published"),
    "the file of vectors": (_flip_file("segments/*/codes.faiss"), "damaged, or built with"),
    "the manifest": (_flip_file("manifest.json"), "damaged, or built with|incomplete"),
    "words": (_flip_file("words/meta.json"), "damaged, or built with"),
    "a vector less in the index": (_index(_shortened), "passages missing from the index: 1:"),
    "other numbers in the index": (_index(_renumbered), "passages in the index and not in the catalog: 1:"),
    "words of other numbers than vectors": (
        _index(_renumbered, words=False),
        "in only one of the vector and lexical indexes",
    ),
    "vectors of other passages in the index": (_index(_exchanged), "vectors differ from the catalog"),
}


@pytest.mark.parametrize(("damage", "message"), _DAMAGE.values(), ids=_DAMAGE)
def test_damage_is_reported_and_repaired(data: Path, damage: Callable[[Path], object], message: str) -> None:
    before = content(data)
    damage(data)
    problems = examined(data).problems
    assert any(re.search(message, problem) for problem in problems), problems
    assert all("newsqa doctor --repair" in problem for problem in problems), problems
    report = repaired(data)
    assert (report.problems, report.notes) == ([], [])
    assert content(data) == before
    with LocalArchive(data) as archive:
        assert len(archive.generation.numbers) == report.checked["passages"]


def test_a_damaged_older_version_is_reported_and_deleted(data: Path) -> None:
    run(data, ("INSERT INTO versions VALUES ('a', 'v', '2026-01-01T00:00:00+00:00', '{}', x'00')", ()))
    run(data, ("INSERT INTO provenance SELECT id, '{}', x'00' FROM articles LIMIT 1", ()))
    problems = examined(data).problems
    assert len(problems) == 2
    assert all("is damaged: run newsqa doctor --repair, which deletes it" in problem for problem in problems), problems
    assert repaired(data).problems == []


def test_unused_vectors_are_noted_and_deleted(data: Path) -> None:
    with CatalogWriter.open(data) as catalog:
        catalog.delete(list(catalog.fingerprints())[:1])
    assert "unused vectors" in "".join(examined(data).notes)
    assert repaired(data).notes == []


def test_a_repair_of_a_sound_archive_changes_nothing(data: Path) -> None:
    before = bytes_of(data)
    repair(data, processor(), examined(data))
    assert bytes_of(data) == before


def test_a_vector_that_two_articles_share_is_rebuilt(tmp_path: Path) -> None:
    text = "---\ntitle: Le port\n---\nIl rouvre."
    data = build_archive(tmp_path, {"a.md": text, "b.md": text})
    before = content(data)
    _another_vector(data)
    report = examine(data, processor(), share=1)
    report.broken = set(sorted(report.broken)[:1])  # as if only one of them had been in the sample
    repair(data, processor(), report)
    assert examined(data).problems == []
    assert content(data) == before


def test_a_damaged_article_is_named_and_left_until_its_file_is_indexed_again(tmp_path: Path, data: Path) -> None:
    before = content(data)
    with CheckedCatalog.open(data) as catalog:
        article_id = next(catalog.article_ids())
    run(data, ("UPDATE articles SET text = replace(text, 'e', 'a') || '.' WHERE id = ?", (article_id,)))
    for report in (examined(data), repaired(data), repaired(data)):
        (problem,) = report.problems
        assert problem.startswith(f"article {article_id}: is damaged")
        assert "index its file again, or restore a snapshot" in problem
    index_paths(tmp_path / "articles", data=data)
    assert examined(data).problems == []
    assert content(data) == before


@pytest.mark.parametrize("damaged", [b"C\x1e\xc5", "a\0b"])
def test_an_article_with_a_damaged_id_is_deleted_until_its_file_is_indexed_again(
    tmp_path: Path, data: Path, damaged: bytes | str
) -> None:
    before = content(data)
    _write_any_id(data, damaged)
    problems = examined(data).problems
    assert any("articles with a damaged id: 1: run newsqa doctor --repair" in problem for problem in problems), problems
    assert repaired(data).problems == []
    index_paths(tmp_path / "articles", data=data)
    assert examined(data).problems == []
    assert content(data) == before


def _write_any_id(data: Path, article_id: bytes | str) -> None:
    """Replace an id by a value of any type, which a strict table refuses and a flipped bit can make."""
    change = "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'articles'"
    for before, after in ((") STRICT", ") "), (") ", ") STRICT")):
        with closing(sqlite3.connect(data / FILE)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(change, (before, after))
            connection.commit()
        if before == ") STRICT":
            with closing(sqlite3.connect(data / FILE)) as connection, connection:
                connection.execute("UPDATE articles SET id = ? WHERE rowid = 1", (article_id,))


def test_damage_next_to_a_damaged_article_is_repaired(tmp_path: Path, data: Path) -> None:
    flip("embeddings", "vector")(data)
    run(
        data,
        (
            "UPDATE articles SET text = text || '.' WHERE id = (SELECT max(article_id) FROM passages WHERE number > 3)",
            (),
        ),
    )
    assert len(examined(data).problems) == 2
    assert ["is damaged" in problem for problem in repaired(data).problems if problem.startswith("article")] == [True]
    index_paths(tmp_path / "articles", data=data)
    assert examined(data).problems == []


def test_the_indexes_of_sqlite_are_rebuilt(data: Path) -> None:
    before = content(data)
    with closing(sqlite3.connect(data / FILE)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'passages_article'").fetchone()
        (other,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'articles_published'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    whole = (data / FILE).read_bytes()
    pages = [whole[at : at + size] for at in range(0, len(whole), size)]
    pages[page - 1] = pages[other - 1]
    (data / FILE).write_bytes(b"".join(pages))
    assert examined(data).problems
    assert repaired(data).problems == []
    assert content(data) == before


def test_an_interrupted_repair_is_completed_by_the_next(data: Path) -> None:
    class Interrupted(HashEmbedder):
        def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
            raise KeyboardInterrupt

    before = content(data)
    flip("embeddings", "vector")(data)
    with pytest.raises(KeyboardInterrupt):
        repair(data, processor(Interrupted()), examined(data))
    assert "is in no passage" in "".join(examined(data).problems)
    assert repaired(data).problems == []
    assert content(data) == before


def test_a_repair_waits_for_no_writer_for_long(data: Path) -> None:
    report = examined(data)
    with write_lock(data), pytest.raises(ArchiveBusy):
        repair(data, processor(), report, timeout=0.1)


@pytest.mark.parametrize("deleted", [False, True])
def test_a_repair_does_not_undo_concurrent_writes(data: Path, deleted: bool) -> None:
    with Catalog.open(data) as catalog:
        (broken,) = (article for article in catalog.page(1000, 0) if len(catalog.passages_of(article.id)) > 1)

    class Concurrent(HashEmbedder):
        def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
            with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
                if deleted:
                    ingest.delete(broken.id)
                else:
                    ingest.put([(broken.id, replace(_raw(broken), text="Le pont est fermé."))])
            return super().passages(texts)

    flip("tokens", "codes")(data)
    repair(data, processor(Concurrent()), examined(data))
    assert examined(data).problems == []
    with Catalog.open(data) as catalog:
        article = catalog.article(broken.id)
        assert (article and article.text) == (None if deleted else "Le pont est fermé.")


def _raw(article: Article) -> RawArticle:
    return RawArticle(NO_FILE, article.id, article.text, article.title)


def test_an_article_replaced_before_the_repair_is_not_marked_stale(data: Path) -> None:
    with Catalog.open(data) as catalog:
        article = catalog.page(1, 0)[0]
    run(data, ("UPDATE articles SET text = text || '.' WHERE id = ?", (article.id,)))
    report = examined(data)
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([(article.id, replace(_raw(article), text="Il neige."))])
    repair(data, processor(), report)
    assert examined(data).problems == []


def test_damaged_settings_are_reported(data: Path) -> None:
    run(data, ("UPDATE settings SET value = value || ' ' WHERE key = 'state'", ()))
    (problem,) = examined(data).problems
    assert re.search("the settings are damaged: .*restore a snapshot", problem)


def test_a_damaged_file_is_reported_without_a_crash(data: Path) -> None:
    file = data / FILE
    whole = bytearray(file.read_bytes())
    size = 4096
    whole[3 * size : 4 * size] = bytes(size)
    file.write_bytes(whole)
    assert examined(data).problems
