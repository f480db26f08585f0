"""Snapshots and their restore."""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from index.errors import ArchiveBusy, ArchiveDamaged, ArchiveError, NoArchive, OtherModel
from index.ingest import Ingest
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.doctor import examine
from index.local.generation import GENERATIONS
from index.local.lock import write_lock
from index.local.snapshot import restore, snapshot
from index.local.writer import CatalogWriter
from index.process import ArticleProcessor
from index.read.article import NO_FILE, RawArticle
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier, index_paths, write_files, writer_of
from tests.index.local.entries import run
from tests.torture.rounds import WHOLE

FILES = {
    "pont.md": "# Le pont\n\nLe pont rouvre lundi.",
    "grue.md": "# La grue\n\nLa grue du port est tombée.",
    "zh.txt": "港口。",
}
_TRAILER_SIZE = 88  # bytes
OTHERS = {"neige.md": "Il neige sur les quais."}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive of `FILES`."""
    return build_archive(tmp_path, FILES)


@pytest.fixture
def taken(tmp_path: Path, data: Path) -> Path:
    """A snapshot of it."""
    snapshot(data, tmp_path / "news.sqlite")
    return tmp_path / "news.sqlite"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """An archive of `OTHERS`."""
    return build_archive(tmp_path / "other", OTHERS)


def texts(data: Path) -> set[str]:
    """Return the texts of an archive after verifying it."""
    assert examine(data, ArticleProcessor(HashEmbedder(), identifier()), share=1).problems == []
    with Catalog.open(data) as catalog:
        return {article.text for article in catalog.page(1000, 0)}


def answer(archive: LocalArchive, question: str) -> str:
    """Return the article of the passage nearest to a question."""
    archive.refresh()
    ((number, _),) = archive.generation.segments.search(HashEmbedder().question(question).vector, 1)
    ((passage, _),) = archive.catalog.candidates([number]).values()
    return archive.catalog.all_articles([passage.article_id])[passage.article_id].text


def names(folder: Path) -> set[str]:
    """Return all that is in a folder, hidden files too."""
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


# --- snapshot and restore


def test_a_snapshot_restores_what_it_was_taken_of(tmp_path: Path, data: Path, taken: Path) -> None:
    report = restore(taken, tmp_path / "back")
    assert report.checked["articles"] == len(FILES)
    assert texts(tmp_path / "back") == texts(data)
    assert names(tmp_path / "back") >= {FILE, GENERATIONS}
    with LocalArchive(tmp_path / "back") as archive:
        assert answer(archive, "la grue est tombée").startswith("La grue")


def test_a_restored_archive_can_be_indexed_further(tmp_path: Path, taken: Path) -> None:
    back = tmp_path / "back"
    restore(taken, back)
    embedder = HashEmbedder()
    summary = index_paths(tmp_path / "articles", data=back, embedder=embedder)
    assert (summary.unchanged, embedder.embedded) == (len(FILES), [])
    index_paths(write_files(tmp_path / "more", OTHERS), data=back)
    assert len(texts(back)) == len(FILES) + 1


def test_a_snapshot_can_be_opened_as_it_is(taken: Path) -> None:
    with closing(sqlite3.connect(f"{taken.as_uri()}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (len(FILES),)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_snapshot_leaves_nothing_beside_it(tmp_path: Path, taken: Path) -> None:
    assert names(tmp_path) == {"articles", "data", "news.sqlite"}


def test_an_empty_archive_comes_back_empty(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": ""})
    snapshot(data, tmp_path / "news.sqlite")
    restore(tmp_path / "news.sqlite", tmp_path / "back")
    assert texts(tmp_path / "back") == set()


def test_a_snapshot_is_of_one_moment_while_others_write(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {f"{number}.txt": f"Le conseil {number} a voté." for number in range(40)})
    stop = threading.Event()

    def write() -> None:
        with CatalogWriter.open(data) as catalog:
            for article_id in list(catalog.fingerprints()):
                if stop.wait(0.002):
                    return
                catalog.delete([article_id])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            report = snapshot(data, tmp_path / f"{number}.sqlite")
            assert report.checked.get("articles", 0) == report.checked.get("passages", 0)
    finally:
        stop.set()
        writer.join()


# --- what may be replaced


def test_an_existing_file_is_replaced_only_with_force(tmp_path: Path, data: Path, taken: Path, other: Path) -> None:
    before = taken.read_bytes()
    with pytest.raises(ArchiveError, match=r"news\.sqlite: already exists: .*--force"):
        snapshot(other, taken)
    assert taken.read_bytes() == before
    snapshot(other, taken, force=True)
    restore(taken, tmp_path / "back")
    assert texts(tmp_path / "back") == texts(other)


def test_an_archive_is_replaced_only_with_force(taken: Path, other: Path) -> None:
    before = texts(other)
    with pytest.raises(ArchiveError, match=r"already contains an archive: .*--force"):
        restore(taken, other)
    assert texts(other) == before
    restore(taken, other, force=True)
    assert len(texts(other)) == len(FILES)


def test_a_snapshot_within_the_archive_is_refused(data: Path) -> None:
    for name in (FILE, f"{FILE}-wal", "news.sqlite", "generations/x"):
        with pytest.raises(ArchiveError, match="inside the data folder"):
            snapshot(data, data / name, force=True)
    assert len(texts(data)) == len(FILES)


@pytest.mark.parametrize("place", ["nowhere/news.sqlite", "articles", "articles/pont.md/news.sqlite"])
def test_a_snapshot_that_cannot_be_written_is_refused(tmp_path: Path, data: Path, place: str) -> None:
    with pytest.raises(ArchiveError, match=re.escape(str(tmp_path / place))):
        snapshot(data, tmp_path / place, force=True)
    assert names(tmp_path) == {"articles", "data"}


def test_without_an_archive_there_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(NoArchive):
        snapshot(tmp_path / "data", tmp_path / "news.sqlite")
    assert names(tmp_path) == set()


def test_a_damaged_archive_does_not_replace_a_sound_snapshot(data: Path, taken: Path) -> None:
    before = taken.read_bytes()
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        connection.execute("UPDATE articles SET text = text || '.'")
    with pytest.raises(ArchiveDamaged, match=r"damaged \(3 problems\): article .*: run newsqa doctor"):
        snapshot(data, taken, force=True)
    assert taken.read_bytes() == before


def test_a_restore_waits_for_no_writer_for_long(taken: Path, other: Path) -> None:
    with write_lock(other), pytest.raises(ArchiveBusy):
        restore(taken, other, force=True, timeout=0.1)


# --- what was there before


def test_an_open_archive_applies_the_restored_one(taken: Path, other: Path) -> None:
    with LocalArchive(other) as archive:
        assert answer(archive, "la grue est tombée").startswith("Il neige")
        with archive.catalog.reading():
            before = archive.catalog.state
            restore(taken, other, force=True)
            assert archive.catalog.state == before
        assert answer(archive, "la grue est tombée").startswith("La grue")
        assert archive.generation.state == archive.catalog.state != before


def test_an_archive_of_another_model_is_not_applied(tmp_path: Path, data: Path) -> None:
    embedder = HashEmbedder(fake_model("other@1", dimension=16))
    snapshot(build_archive(tmp_path / "other", OTHERS, embedder), tmp_path / "news.sqlite")
    with LocalArchive(data) as archive:
        restore(tmp_path / "news.sqlite", data, force=True)
        with pytest.raises(OtherModel, match="restart newsqa serve"):
            archive.refresh()
    with LocalArchive(data) as archive:
        assert archive.generation.segments.parts[0].vectors.dimension == 16


def test_what_is_written_after_a_restore_is_written_to_the_restored_archive(taken: Path, other: Path) -> None:
    with Ingest(writer_of(other), HashEmbedder(), identifier()) as ingest:
        assert ingest.put([("a", RawArticle(NO_FILE, "a", "Le tramway roule."))])[0].change == "created"
        restore(taken, other, force=True)
        assert ingest.put([("b", RawArticle(NO_FILE, "b", "Le bac est à quai."))])[0].change == "created"
    assert "Le bac est à quai." in texts(other)
    assert len(texts(other)) == len(FILES) + 1


def test_the_log_of_the_archive_before_is_not_taken_for_the_restored_ones(taken: Path, other: Path) -> None:
    with Catalog.open(other) as reader, CatalogWriter.open(other) as writer:
        run(other, "DELETE FROM articles")  # stays in the log as long as the file is open
        assert (other / f"{FILE}-wal").stat().st_size
        restore(taken, other, force=True)
        assert reader.counts()["articles"] == len(FILES)
        writer.delete(list(writer.fingerprints())[:1])
    assert len(texts(other)) == len(FILES) - 1


@pytest.mark.parametrize("rest", [b"", b"not a database", bytes(4096)])
def test_a_catalog_that_cannot_be_opened_is_replaced_with_its_log(taken: Path, other: Path, rest: bytes) -> None:
    with Catalog.open(other), CatalogWriter.open(other):
        run(other, "DELETE FROM articles")
        log = (other / f"{FILE}-wal").read_bytes()
    (other / FILE).write_bytes(rest)
    (other / f"{FILE}-wal").write_bytes(log)
    restore(taken, other, force=True)
    assert len(texts(other)) == len(FILES)


def test_no_generation_made_before_is_taken_for_the_restored_archives(tmp_path: Path, data: Path, taken: Path) -> None:
    with Catalog.open(data) as catalog:
        before = catalog.state
    index_paths(write_files(tmp_path / "more", OTHERS), data=data)
    restore(taken, data, force=True)
    with LocalArchive(data) as archive:
        assert archive.catalog.state.archive != before.archive
        assert archive.generation.state == archive.catalog.state
        assert answer(archive, "il neige sur les quais") != OTHERS["neige.md"]
    restore(taken, tmp_path / "back")
    with Catalog.open(data) as one, Catalog.open(tmp_path / "back") as two:
        assert one.state.archive != two.state.archive


def sealed(catalog: Path, file: Path) -> Path:
    """Write a catalog as a snapshot to `file`, whatever its format."""
    content = catalog.read_bytes()
    file.write_bytes(content + f"newsqa snapshot sha256 {hashlib.sha256(content).hexdigest()}\n".encode())
    return file


def _in_format(taken: Path, number: int) -> None:
    """Change the format of a snapshot to that of another newsqa version."""
    taken.write_bytes(taken.read_bytes()[:-_TRAILER_SIZE])
    with closing(sqlite3.connect(taken)) as connection:
        connection.execute(f"PRAGMA user_version = {number}")
    sealed(taken, taken)


def test_a_snapshot_in_an_unknown_format_is_refused(tmp_path: Path, taken: Path, other: Path) -> None:
    _in_format(taken, 99)
    _refused(taken, tmp_path / "back")
    _refused(taken, other)
    assert len(texts(other)) == len(OTHERS)
    assert not any(name.startswith(".") for name in names(other))


# --- invalid snapshots


def _refused(file: Path, data: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        restore(file, data, force=True)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_flipped_bit_anywhere_is_refused(tmp_path: Path, taken: Path, other: Path) -> None:
    whole, random = taken.read_bytes(), Random(5)  # noqa: S311
    places = [*random.sample(range(len(whole)), 200), *range(100), *range(len(whole) - _TRAILER_SIZE, len(whole))]
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << random.randrange(8)
        taken.write_bytes(flipped)
        _refused(taken, tmp_path / "back")
        _refused(taken, other)
    assert not (tmp_path / "back").exists()
    assert len(texts(other)) == len(OTHERS)


def test_a_snapshot_cut_off_or_longer_is_refused(tmp_path: Path, taken: Path) -> None:
    whole = taken.read_bytes()
    near = (1, _TRAILER_SIZE - 1, _TRAILER_SIZE, _TRAILER_SIZE + 1, 4096)
    sizes = {0, *near, *(len(whole) - less for less in near), *range(500, len(whole), 9999)}
    for content in (*(whole[:size] for size in sizes), whole + b"\n", whole + whole[-_TRAILER_SIZE:], whole * 2):
        taken.write_bytes(content)
        _refused(taken, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_what_is_no_snapshot_is_refused(tmp_path: Path, data: Path) -> None:
    for file in (data / FILE, tmp_path / "articles" / "pont.md", tmp_path / "absent", data):
        _refused(file, tmp_path / "back")
    assert not (tmp_path / "back").exists()


# --- killed, or without disk space

_FORKING = """
import os, resource, shutil, signal, sys
from pathlib import Path
from index.local.catalog import FILE, Catalog
from index.local.doctor import examine
from index.errors import ArchiveError
from index.ingest import Ingest
from index.read.article import NO_FILE, RawArticle
from index.local.snapshot import restore, snapshot
from tests.fakes import HashEmbedder

job, way, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
data, file, kept = folder / "other", folder / "target.sqlite", folder / "kept"

def work():
    if job == "snapshot":
        snapshot(folder / "data", file, force=True)
    else:
        restore(folder / "news.sqlite", data, force=True)

def at_event(moment):
    left = [moment]
    def hook(event, arguments):
        if event in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect", "shutil.rmtree"):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

def at_time(moment):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process wherever it is
    signal.setitimer(signal.ITIMER_REAL, 0.0005 + 0.0017 * moment)

def out_of_room(moment):
    resource.setrlimit(resource.RLIMIT_FSIZE, (moment * 1500, moment * 1500))

def check(way, ended):
    if job == "snapshot":
        if file.exists() and file.read_bytes() != b"before":
            shutil.rmtree(folder / "again", ignore_errors=True)
            restore(file, folder / "again")
            assert examine(folder / "again").problems == []
        left = [path for path in folder.iterdir() if path.name.startswith(".")]
    else:
        with Catalog.open(data) as catalog:
            assert catalog.counts()["articles"] in (1, 3), catalog.counts()
        restored = [problem for problem in examine(data).problems if "generation" not in problem]
        assert restored == [], restored
        left = [path for path in data.iterdir() if path.name.startswith(".")]
    assert way != "room" or not left, left
    return left

outcomes = set()
for moment in range(0, int(sys.argv[4]), int(sys.argv[5])):
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(folder / "kept", data)
    file.write_bytes(b"before")
    child = os.fork()
    if not child:
        {"event": at_event, "time": at_time, "room": out_of_room}[way](moment)
        try:
            work()
        except ArchiveError as error:
            os._exit(3 if chr(10) not in str(error) else 4)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    outcomes.add(status)
    assert status != 4 and (status == 3) <= (way == "room"), status
    check(way, status)
    work()  # and what was left behind is no hindrance
    assert not check(way, 0)
    if status == 0:
        break
else:
    assert way != "room", "never enough room"
print(sorted(outcomes))
"""


@pytest.mark.parametrize("job", ["snapshot", "restore"])
@pytest.mark.timeout(36_000)
@pytest.mark.usefixtures("taken")
@pytest.mark.parametrize("way", [("event", 200, 12, "-9"), ("time", 100, 5, "-14"), ("room", 400, 12, "3")])
def test_an_interruption_at_any_time_leaves_no_partial_result(
    tmp_path: Path, other: Path, job: str, way: tuple[str, int, int, str]
) -> None:
    how, most, step, met = way
    shutil.copytree(other, tmp_path / "kept")
    shutil.copytree(other, tmp_path / "other", dirs_exist_ok=True)
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", _FORKING, job, how, str(tmp_path), str(most), str(1 if WHOLE else step)]
    ran = subprocess.run(
        command, cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search(rf"[\[ ]{met}[,\]]", ran.stdout), ran.stdout


def test_snapshots_to_one_name_at_the_same_time_leave_a_whole_file(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "news.sqlite"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: snapshot(data, file, force=True), range(8)))
    restore(file, tmp_path / "restored")
    assert len(texts(tmp_path / "restored")) == len(FILES)
    assert [path.name for path in tmp_path.glob(".news*")] == []


def test_a_snapshot_with_a_trigger_is_refused(tmp_path: Path, taken: Path) -> None:
    content = taken.read_bytes()
    taken.write_bytes(content[: content.rindex(b"newsqa snapshot")])
    with closing(sqlite3.connect(taken)) as connection:
        connection.execute("CREATE TRIGGER evil AFTER INSERT ON articles BEGIN DELETE FROM articles; END")
        connection.commit()
    content = taken.read_bytes()
    taken.write_bytes(content + f"newsqa snapshot sha256 {hashlib.sha256(content).hexdigest()}\n".encode())
    with pytest.raises(ArchiveDamaged, match="triggers"):
        restore(taken, tmp_path / "back")
    assert not (tmp_path / "back" / FILE).exists()


def test_a_snapshot_replaces_no_pipe(tmp_path: Path, data: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveError, match="not a file"):
        snapshot(data, tmp_path / "pipe", force=True)
    assert (tmp_path / "pipe").is_fifo()
