"""An archive open for questions."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index import facets
from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, NoArchive
from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.generation import GENERATIONS, is_behind
from index.local.lock import write_lock
from index.local.publish import build, publish
from index.local.writer import CatalogWriter
from index.model.centering import LanguageMeans
from index.read.article import without_file
from index.types import Article, Entry, Passage, Vectors
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier, index_paths, write_files, writer_of
from tests.index.local.entries import MODEL, vectors_of

FILES = {
    "pont.md": "# Le pont\n\nLe pont rouvre lundi après deux ans de travaux.",
    "grue.md": "# La grue\n\nLa grue du port est tombée pendant la tempête.",
    "zh.md": "# 港口\n\n港口星期一重新开放。",
}


def question(text: str) -> Vectors:
    """Embed a question with the fake."""
    return HashEmbedder().question(text).vector


def nearest(archive: LocalArchive, text: str) -> str:
    """Return the text of the passage nearest to `text`."""
    ((number, _),) = archive.live.search_dense(question(text), 1)
    passage = archive.catalog.candidates([number])[number][0]
    article = archive.catalog.article(passage.article_id)
    assert article is not None
    return article.text[passage.start : passage.end]


def write(data: Path, article_id: str, text: str) -> None:
    """Write an article, and publish nothing."""
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([(article_id, without_file({"text": text}))])


def published(data: Path) -> list[str]:
    """Return the generations on disk."""
    return sorted(path.name for path in (data / GENERATIONS).iterdir())


def test_an_archive_finds_its_passages(tmp_path: Path) -> None:
    with LocalArchive(build_archive(tmp_path, FILES)) as archive:
        assert nearest(archive, "la grue est tombée") == "La grue\n\nLa grue du port est tombée pendant la tempête."
        assert archive.model == fake_model()


def test_a_missing_archive_is_an_error_with_advice(tmp_path: Path) -> None:
    with pytest.raises(NoArchive) as caught:
        LocalArchive(tmp_path / "data")
    assert str(caught.value) == f"no archive in {tmp_path}/data: run newsqa index PATH to create one"


def test_opening_no_archive_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoArchive):
        LocalArchive(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _undone(data: Path) -> None:
    newest = max(published(data), key=int)
    (data / GENERATIONS / newest).rename(data / GENERATIONS / str(int(newest) + 1))


def _emptied(data: Path) -> None:
    for place in (data / GENERATIONS).iterdir():
        shutil.rmtree(place)


def _flipped(data: Path) -> None:
    (file,) = (data / GENERATIONS).glob("*/segments/*/codes.faiss")
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)


_LOSSES: dict[str, Callable[[Path], object]] = {
    "lost": lambda data: shutil.rmtree(data / GENERATIONS),
    "empty": _emptied,
    "undone": _undone,
    "damaged": _flipped,
}


@pytest.mark.parametrize("loss", _LOSSES.values(), ids=_LOSSES)
def test_opening_rebuilds_a_generation_from_the_catalog(tmp_path: Path, loss: Callable[[Path], object]) -> None:
    data = build_archive(tmp_path, FILES)
    (whole,) = (file.read_bytes() for file in (data / GENERATIONS).glob("*/segments/*/codes.faiss"))
    loss(data)
    with LocalArchive(data) as archive:
        assert nearest(archive, "la grue est tombée").startswith("La grue")
        revision = archive.catalog.revision
    (rebuilt,) = (data / GENERATIONS / str(revision)).glob("segments/*/codes.faiss")
    assert rebuilt.read_bytes() == whole


def test_opening_answers_while_an_update_holds_the_lock(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    shutil.rmtree(data / GENERATIONS)
    with write_lock(data), LocalArchive(data) as archive:
        assert nearest(archive, "le pont rouvre").startswith("Le pont")


def test_opening_answers_where_nothing_can_be_published(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    shutil.rmtree(data / GENERATIONS)
    (data / GENERATIONS).write_text("in the way")
    with LocalArchive(data) as archive:
        assert nearest(archive, "le pont rouvre").startswith("Le pont")


def test_a_damaged_catalog_is_not_opened(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    (data / "catalog.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(ArchiveDamaged, match=r"catalog\.sqlite"):
        LocalArchive(data)


def test_refreshing_applies_recent_writes(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        before = archive.generation
        articles = write_files(tmp_path / "articles", {"neige.md": "# La neige\n\nIl neige sur les quais."})
        index_paths(articles, data=data)
        archive.refresh()
        assert archive.generation is before
        assert nearest(archive, "il neige sur les quais").startswith("La neige")


def test_refreshing_applies_a_newer_generation(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        write(data, "neige", "Il neige sur les quais.")
        archive.refresh()
        assert len(archive.live) == 1
        with Catalog.open(data) as catalog:
            archive.newer = publish(catalog, data)
        write(data, "pluie", "Il pleut sur la gare.")
        archive.refresh()
        assert archive.generation is archive.newer
        assert len(archive.live) == 1
        assert nearest(archive, "il neige sur les quais") == "Il neige sur les quais."
        assert nearest(archive, "il pleut sur la gare") == "Il pleut sur la gare."


def test_a_generation_of_a_later_state_is_applied_after_the_reading(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        before = archive.generation
        with archive.reading():
            write(data, "neige", "Il neige sur les quais.")
            with Catalog.open(data) as catalog:
                archive.newer = publish(catalog, data)
            with archive.reading():
                assert archive.generation is before
        archive.refresh()
        assert archive.generation is archive.newer


def test_reading_sees_one_moment_of_the_whole_archive(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive, archive.reading():
        write(data, "neige", "Il neige sur les quais.")
        assert archive.catalog.counts()["articles"] == len(FILES)
        assert not nearest(archive, "il neige sur les quais").startswith("Il neige")


def test_refreshing_without_news_changes_nothing(tmp_path: Path) -> None:
    with LocalArchive(build_archive(tmp_path, FILES)) as archive:
        before = archive.generation
        archive.refresh()
        assert archive.generation is before


def test_refreshing_keeps_what_it_has_when_the_newer_one_is_damaged(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        before = archive.generation
        (data / GENERATIONS / "999").mkdir()
        archive.refresh()
        assert archive.generation is before


def test_refreshing_survives_the_loss_of_all_generations(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        before = archive.generation
        shutil.rmtree(data / GENERATIONS)
        archive.refresh()
        assert archive.generation is before


def test_the_lock_is_exclusive(tmp_path: Path) -> None:
    held = write_lock(tmp_path)
    with held:
        with pytest.raises(ArchiveBusy) as caught:
            write_lock(tmp_path)
        assert str(caught.value) == f"{tmp_path}: another newsqa is indexing there: wait until it has finished"
    with write_lock(tmp_path):
        pass


def test_the_lock_of_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match=f"^{tmp_path}/file/data: not writable .*: set NEWSQA_DATA or --data"):
        write_lock(tmp_path / "file" / "data")


def test_a_generation_of_another_catalog_is_not_taken_for_this_one(tmp_path: Path) -> None:
    data = build_archive(tmp_path / "one", {"budget.md": "Le conseil vote le budget."})
    for file in data.glob(f"{FILE}*"):
        file.unlink()
    index_paths(write_files(tmp_path / "two", {"neige.md": "Il neige sur le col."}), data=data)
    with LocalArchive(data) as archive:
        ((number, score),) = archive.generation.segments.search(
            HashEmbedder().question("Il neige sur le col.").vector, 1
        )
        ((passage, _),) = archive.catalog.candidates([number]).values()
        assert archive.catalog.all_articles([passage.article_id])[passage.article_id].text == "Il neige sur le col."
        assert score > 0.5


def test_an_archive_recreated_in_the_same_folder_is_applied(tmp_path: Path) -> None:
    data = build_archive(tmp_path / "one", {"budget.md": "Le conseil vote le budget.", "pont.md": "Le pont rouvre."})
    with LocalArchive(data) as archive:
        shutil.rmtree(data)
        index_paths(write_files(tmp_path / "two", {"neige.md": "Il neige sur le col."}), data=data)
        archive.refresh()
        assert archive.catalog.counts()["articles"] == len(archive.generation.segments) == 1


@pytest.mark.parametrize("quick", [0.05, -1], ids=["counted at once", "counted now and then"])
def test_the_facets_of_a_recreated_archive_are_its_own(
    tmp_path: Path, quick: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "_QUICK", quick)
    monkeypatch.setattr(facets, "_SHARE", 1_000_000)
    data = build_archive(tmp_path / "one", {"budget.md": "Le conseil vote le budget.", "pont.md": "Le pont rouvre."})
    with LocalArchive(data) as archive:
        assert archive.facets().articles == 2
        shutil.rmtree(data)
        index_paths(write_files(tmp_path / "two", {"neige.md": "Il neige sur le col."}), data=data)
        archive.refresh()
        assert archive.facets().articles == 1


def test_writes_of_a_killed_writer_are_found_by_open_and_by_new_archives(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        generations = published(data)
        write(data, "neige", "Il neige sur les quais.")  # and no publication
        for reader in (archive, LocalArchive(data)):
            reader.refresh()
            assert nearest(reader, "il neige sur les quais") == "Il neige sur les quais."
            reader.close()
    assert published(data) == generations


def test_opening_publishes_a_large_delta(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.put([(f"a{n}", without_file({"text": f"Le village {n} vote."})) for n in range(1001)])
    with LocalArchive(data) as archive:
        assert len(archive.generation.segments) == len(FILES) + 1001
    assert len(published(data)) == 2


def _passages(article_id: str, count: int) -> Entry:
    """Return an article of `count` passages, which share one vector."""
    text = "Il neige.\n" * count
    spans = [(start, start + 9) for start in range(0, len(text), 10)]
    passages = tuple(Passage(*span, "fr", (span,)) for span in spans)
    return Entry(Article(article_id, "La neige", text, "fr"), article_id, passages, (b"k",) * count)


@pytest.mark.parametrize(("newer", "behind"), [(1000, False), (1001, True)])
def test_a_generation_is_behind_with_more_than_1000_newer_passages(tmp_path: Path, newer: int, behind: bool) -> None:
    with CatalogWriter.create(tmp_path, MODEL) as catalog:
        catalog.store([_passages("old", 1)], vectors_of(b"k"))
        generation = build(catalog, LanguageMeans({}))
        catalog.store([_passages("new", newer)])
        assert is_behind(generation, catalog) is behind


def test_a_damaged_generation_gives_way_to_the_one_before(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive(data) as archive:
        before = archive.generation
    write(data, "neige", "Il neige sur les quais.")
    with Catalog.open(data) as catalog:
        newest = publish(catalog, data)
    file = data / GENERATIONS / str(newest.revision) / "manifest.json"
    file.write_bytes(file.read_bytes()[:-1])
    with LocalArchive(data) as archive:
        assert archive.generation.state == before.state
        assert nearest(archive, "il neige sur les quais") == "Il neige sur les quais."


def test_an_older_copy_that_is_put_back_never_uses_a_later_generation(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    shutil.copytree(data, tmp_path / "copy")
    write(data, "neige", "Il neige sur les quais.")
    with LocalArchive(data) as archive:
        with Catalog.open(data) as catalog:
            later = publish(catalog, data)
        for file in data.glob(f"{FILE}*"):
            file.unlink()
        shutil.copy(tmp_path / "copy" / FILE, data / FILE)
        # The same number means another passage now, in a state with the same revision.
        write(data, "pluie", "Il pleut sur la gare.")
        archive.newer = later
        for reader in (archive, LocalArchive(data)):
            reader.refresh()
            assert reader.generation.state != later.state
            assert nearest(reader, "il neige sur les quais").startswith("Il neige") is False
            assert nearest(reader, "il pleut sur la gare") == "Il pleut sur la gare."
            assert reader.catalog.revision == later.revision
            reader.close()


def test_an_older_state_restored_into_the_file_is_detected(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        with closing(sqlite3.connect(data / FILE)) as original:
            original.backup(copy)
        write(data, "neige", "Il neige sur les quais.")
        with LocalArchive(data) as archive:
            with closing(sqlite3.connect(data / FILE)) as original:
                copy.backup(original)
            write(data, "pluie", "Il pleut sur la gare.")
            archive.refresh()
            assert nearest(archive, "il pleut sur la gare") == "Il pleut sur la gare."
            assert archive.live.state == archive.catalog.state


def test_an_archive_opened_with_other_means_publishes_nothing(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    before = published(data)
    other = LanguageMeans({"fr": question("le")})
    with LocalArchive(data, means=other) as archive, LocalArchive(data) as own:
        vector = question("le pont")
        assert archive.generation.segments.search(vector, 3) != own.generation.segments.search(vector, 3)
    assert published(data) == before


def test_an_empty_archive_is_made_for_a_model_and_answers_with_nothing(tmp_path: Path) -> None:
    with LocalArchive.create(tmp_path / "data", fake_model()) as archive:
        assert archive.live.search_dense(question("le pont"), 5) == []
        with archive.reader() as reader:
            assert (reader.counts()["articles"], reader.page(10, 0)) == (0, [])


def test_an_archive_that_exists_is_opened_and_not_made_again(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with LocalArchive.create(data, fake_model()) as archive:
        assert nearest(archive, "le pont rouvre").startswith("Le pont")
