"""Publication of generations in the background."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.generation import GENERATIONS, published
from index.local.lock import write_lock
from index.local.publish import publish
from index.local.publisher import Publisher
from index.read.article import without_file
from tests.fakes import HashEmbedder, build_archive, identifier, writer_of

_POLL = 0.02  # seconds between two polls of the publisher
_FILES = {"pont.md": "Le pont rouvre lundi.", "grue.md": "La grue du port est tombée."}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, _FILES)


@pytest.fixture
def ingest(data: Path) -> Iterator[Ingest]:
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        yield ingest


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition, for at most 30 seconds; return whether it became true."""
    for _ in range(600):
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_current(archive: LocalArchive) -> bool:
    """Return whether the generation in use has the state of the catalog."""
    archive.refresh()
    return archive.generation.state == archive.catalog.state


def test_what_is_written_is_published_when_it_is_quiet(data: Path, ingest: Ingest) -> None:
    with LocalArchive(data) as archive, Publisher(archive, quiet=0, poll=_POLL):
        ingest.put([("neige", without_file({"text": "Il neige."}))])
        assert wait_until(lambda: is_current(archive))
        assert (len(archive.generation.segments), len(archive.live)) == (3, 0)


def test_much_is_published_without_waiting_for_quiet(data: Path, ingest: Ingest) -> None:
    with LocalArchive(data) as archive, Publisher(archive, quiet=3600, poll=_POLL):
        ingest.put([("neige", without_file({"text": "Il neige."}))])
        time.sleep(10 * _POLL)
        assert not is_current(archive)
        ingest.put([(f"a{n}", without_file({"text": f"Le village {n} vote."})) for n in range(1001)])
        assert wait_until(lambda: is_current(archive))


def test_a_generation_of_another_process_is_applied(data: Path, ingest: Ingest) -> None:
    with LocalArchive(data) as archive, Publisher(archive, quiet=3600, poll=_POLL):
        ingest.put([("neige", without_file({"text": "Il neige."}))])
        with Catalog.open(data) as catalog:
            publish(catalog, data)
        assert wait_until(lambda: is_current(archive))


def test_a_deletion_alone_is_published_and_its_vectors_are_deleted(data: Path, ingest: Ingest) -> None:
    with LocalArchive(data) as archive, Publisher(archive, quiet=0, poll=_POLL):
        ingest.delete(archive.catalog.page(1, 0)[0].id)
        assert wait_until(lambda: is_current(archive))
        assert len(archive.generation.segments) == 1
        assert archive.catalog.counts()["embeddings"] == 1


def test_vectors_of_a_running_update_are_not_deleted(data: Path, ingest: Ingest) -> None:
    with LocalArchive(data) as archive, Publisher(archive, quiet=0, poll=_POLL), write_lock(data):
        before = archive.catalog.counts()["embeddings"]
        ingest.delete(archive.catalog.page(1, 0)[0].id)
        assert wait_until(lambda: is_current(archive))
        assert archive.catalog.counts()["embeddings"] == before


def test_questions_work_when_a_generation_cannot_be_written(
    data: Path, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    with LocalArchive(data) as archive:
        for file in sorted((data / GENERATIONS).rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        (data / GENERATIONS).rmdir()
        (data / GENERATIONS).write_text("in the way")
        with Publisher(archive, quiet=0, poll=_POLL):
            ingest.put([("neige", without_file({"text": "Il neige."}))])
            assert wait_until(lambda: "generation not published" in caplog.text)
            archive.refresh()
            assert len(archive.live) == 1


def test_a_deleted_archive_is_not_recreated(data: Path, ingest: Ingest, caplog: pytest.LogCaptureFixture) -> None:
    with LocalArchive(data) as archive, Publisher(archive, quiet=0, poll=_POLL):
        ingest.put([("neige", without_file({"text": "Il neige."}))])
        for file in data.glob(f"{FILE}*"):
            file.unlink()
        assert wait_until(lambda: "generation not published" in caplog.text)
    assert not (data / FILE).exists()


def test_no_question_sees_a_partly_applied_generation(data: Path, ingest: Ingest) -> None:
    question = HashEmbedder().question("Le village vote").vector
    with LocalArchive(data) as archive, Publisher(archive, quiet=0, poll=_POLL):
        for number in range(300):
            ingest.put([(f"a{number}", without_file({"text": f"Le village {number} vote."}))])
            if number % 3 == 0:
                ingest.delete(f"a{number // 2}")
            with archive.reading():
                found = {each for each, _ in archive.live.search_dense(question, 1000)}
                assert len(archive.catalog.candidates(found)) == archive.catalog.counts()["passages"]
    assert wait_until(lambda: len(published(data / GENERATIONS)) == 2)  # the last one may still be made
