"""An archive opened for reading."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.archive import GENERATIONS, Archive, write_lock
from index.catalog import FILE, Catalog
from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, NoArchive
from index.types import Vectors
from tests.fakes import HashEmbedder, build_archive, fake_model, index_paths, write_files

FILES = {
    "pont.md": "# Le pont\n\nLe pont rouvre lundi après deux ans de travaux.",
    "grue.md": "# La grue\n\nLa grue du port est tombée pendant la tempête.",
    "zh.md": "# 港口\n\n港口星期一重新开放。",
}


def question(text: str) -> Vectors:
    """Embed a question with the fake."""
    return HashEmbedder().question(text).vector


def nearest(archive: Archive, text: str) -> str:
    """Return the text of the passage nearest to `text`."""
    ((number, _),) = archive.generation.vectors.search(question(text), 1)
    passage = archive.catalog.passages([number])[number]
    article = archive.catalog.article(passage.article_id)
    assert article is not None
    return article.text[passage.start : passage.end]


def published(data: Path) -> list[str]:
    """Return the generations on disk."""
    return sorted(path.name for path in (data / GENERATIONS).iterdir())


def test_an_archive_finds_its_passages(tmp_path: Path) -> None:
    with Archive(build_archive(tmp_path, FILES)) as archive:
        assert nearest(archive, "la grue est tombée") == "La grue\n\nLa grue du port est tombée pendant la tempête."
        assert archive.model == fake_model()


def test_no_archive_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoArchive) as caught:
        Archive(tmp_path / "data")
    assert str(caught.value) == f"no index in {tmp_path}/data: run newsqa index PATH to make one"


def test_opening_no_archive_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoArchive):
        Archive(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _stale(data: Path) -> None:
    newest = max(published(data), key=int)
    (data / GENERATIONS / newest).rename(data / GENERATIONS / str(int(newest) - 1))


def _emptied(data: Path) -> None:
    for place in (data / GENERATIONS).iterdir():
        shutil.rmtree(place)


def _flipped(data: Path) -> None:
    (file,) = (data / GENERATIONS).glob("*/vectors.faiss")
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)


_LOSSES: dict[str, Callable[[Path], object]] = {
    "lost": lambda data: shutil.rmtree(data / GENERATIONS),
    "empty": _emptied,
    "stale": _stale,
    "damaged": _flipped,
}


@pytest.mark.parametrize("loss", _LOSSES.values(), ids=_LOSSES)
def test_opening_makes_a_generation_again_from_the_catalog(tmp_path: Path, loss: Callable[[Path], object]) -> None:
    data = build_archive(tmp_path, FILES)
    (whole,) = (file.read_bytes() for file in (data / GENERATIONS).glob("*/vectors.faiss"))
    loss(data)
    with Archive(data) as archive:
        assert nearest(archive, "la grue est tombée").startswith("La grue")
        revision = archive.catalog.revision
    assert (data / GENERATIONS / str(revision) / "vectors.faiss").read_bytes() == whole


def test_opening_answers_while_a_writer_holds_the_lock(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    shutil.rmtree(data / GENERATIONS)
    with write_lock(data), Archive(data) as archive:
        assert nearest(archive, "le pont rouvre").startswith("Le pont")
        assert not (data / GENERATIONS).exists()


def test_opening_answers_where_nothing_can_be_published(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    shutil.rmtree(data / GENERATIONS)
    (data / GENERATIONS).write_text("in the way")
    with Archive(data) as archive:
        assert nearest(archive, "le pont rouvre").startswith("Le pont")


def test_a_damaged_catalog_is_not_opened(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    (data / "catalog.sqlite").write_bytes(b"x" * 5000)
    with pytest.raises(ArchiveDamaged, match=r"catalog\.sqlite"):
        Archive(data)


def test_refreshing_takes_up_a_newer_generation(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with Archive(data) as archive:
        before = archive.generation
        articles = write_files(tmp_path / "articles", {"neige.md": "# La neige\n\nIl neige sur les quais."})
        index_paths(articles, data=data)
        assert archive.generation is before
        archive.refresh()
        assert archive.generation.revision > before.revision
        assert nearest(archive, "il neige sur les quais").startswith("La neige")


def test_refreshing_without_news_changes_nothing(tmp_path: Path) -> None:
    with Archive(build_archive(tmp_path, FILES)) as archive:
        before = archive.generation
        archive.refresh()
        assert archive.generation is before


def test_refreshing_keeps_what_it_has_when_the_newer_one_is_damaged(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with Archive(data) as archive:
        before = archive.generation
        (data / GENERATIONS / "999").mkdir()
        archive.refresh()
        assert archive.generation is before


def test_refreshing_survives_the_loss_of_all_generations(tmp_path: Path) -> None:
    data = build_archive(tmp_path, FILES)
    with Archive(data) as archive:
        before = archive.generation
        shutil.rmtree(data / GENERATIONS)
        archive.refresh()
        assert archive.generation is before


def test_the_lock_is_held_by_one(tmp_path: Path) -> None:
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
    with Archive(data) as archive:
        ((number, score),) = archive.generation.vectors.search(
            HashEmbedder().question("Il neige sur le col.").vector, 1
        )
        (passage,) = archive.catalog.passages([number]).values()
        assert archive.catalog.articles_of([passage])[passage.article_id].text == "Il neige sur le col."
        assert score > 0.5


def test_an_archive_made_again_in_the_same_folder_is_taken_up(tmp_path: Path) -> None:
    data = build_archive(tmp_path / "one", {"budget.md": "Le conseil vote le budget.", "pont.md": "Le pont rouvre."})
    with Archive(data) as archive:
        shutil.rmtree(data)
        index_paths(write_files(tmp_path / "two", {"neige.md": "Il neige sur le col."}), data=data)
        archive.refresh()
        assert archive.catalog.counts()["articles"] == len(archive.generation.vectors) == 1


def test_what_a_killed_writer_left_is_taken_up_by_who_is_serving(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"budget.md": "Le conseil vote le budget."})
    with Archive(data) as archive:
        with Catalog.create(data, archive.model) as catalog:
            catalog.delete(catalog.fingerprints())  # and no publication
        archive.refresh()
        assert len(archive.generation.vectors) == 0
        assert archive.generation.state == archive.catalog.state
