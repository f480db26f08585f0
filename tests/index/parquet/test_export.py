"""Exports in Parquet, and their imports."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from index.errors import ArchiveDamaged, ArchiveError, NoArchive, OtherFormat
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.doctor import examine
from index.local.whole import whole
from index.model.cache import Model
from index.parquet import load, tables
from index.parquet.load import ExportedArchive
from index.parquet.manifest import MANIFEST, Manifest
from index.parquet.tables import ARTICLES, PASSAGES, VECTORS, VERSIONS
from index.process import ArticleProcessor
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier, index_paths, write_files
from tests.index.local.entries import run
from tests.index.parquet.exports import FILES, build, content, exported, imported

ALL = (ARTICLES, VERSIONS, PASSAGES, VECTORS, MANIFEST)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with articles, their archive in `data`, and an export of it in `export`; tests copy it."""
    folder = tmp_path_factory.mktemp("original")
    exported(build(folder), folder / "export")
    return folder


@pytest.fixture
def data(original: Path, tmp_path: Path) -> Path:
    """An archive."""
    return shutil.copytree(original / "data", tmp_path / "data")


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """An export of it."""
    return shutil.copytree(original / "export", tmp_path / "export")


@pytest.fixture
def back(tmp_path: Path) -> Path:
    """A data folder that does not exist."""
    return tmp_path / "back"


def problems(data: Path) -> list[str]:
    """Return what the doctor finds, with all passages embedded again."""
    return examine(data, ArticleProcessor(HashEmbedder(), identifier()), share=1).problems


# --- export and import


def test_an_import_has_everything_that_was_exported(data: Path, folder: Path, back: Path) -> None:
    report = imported(folder, back)
    assert content(back) == content(data)
    assert (report.problems, problems(back)) == ([], [])
    entries, versions, _ = content(back)
    assert [len(entry.passages) for entry in entries if entry.article.id == "vide"] == [0]
    assert max(map(len, versions)) == 2
    assert {"title": "JSON-LD", "date": "meta"} in [entry.provenance for entry in entries]


def test_an_import_embeds_nothing(folder: Path, back: Path) -> None:
    embedder = HashEmbedder()
    imported(folder, back, embedder=embedder)
    assert embedder.embedded == []


def test_an_import_is_published_under_a_new_identity(data: Path, folder: Path, back: Path) -> None:
    imported(folder, back)
    with LocalArchive(back) as archive, Catalog.open(data) as original:
        assert archive.generation.state == archive.catalog.state
        assert archive.catalog.state.archive != original.state.archive


def test_an_import_can_be_indexed_further_and_embeds_only_what_is_new(original: Path, folder: Path, back: Path) -> None:
    imported(folder, back)
    embedder = HashEmbedder()
    summary = index_paths(original / "articles", data=back, embedder=embedder)
    assert (summary.unchanged, embedder.embedded) == (len(FILES), [])


def test_an_export_of_an_import_has_the_same_bytes(tmp_path: Path, folder: Path, back: Path) -> None:
    imported(folder, back)
    again = exported(back, tmp_path / "again")
    assert all((again / name).read_bytes() == (folder / name).read_bytes() for name in ALL)


def test_an_empty_archive_comes_back_empty(tmp_path: Path, back: Path) -> None:
    imported(exported(build_archive(tmp_path, {"a.md": ""}), tmp_path / "export"), back)
    assert content(back) == [[], [], {}]
    assert problems(back) == []


@pytest.mark.parametrize(("limit", "value"), [("_MAX_ROWS", 2), ("_MAX_BYTES", 300)])
def test_small_row_groups_and_batches_change_nothing(
    data: Path, back: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(tables, limit, value)
    monkeypatch.setattr(load, "_BATCH_SIZE", 2)
    folder = exported(data, back.with_name("export"))
    assert parquet.ParquetFile(folder / VECTORS).num_row_groups > 1
    imported(folder, back)
    assert content(back) == content(data)


def test_other_programs_can_read_an_export(data: Path, folder: Path) -> None:
    passages = parquet.read_table(folder / PASSAGES).to_pylist()
    texts = {row["id"]: row["text"] for row in parquet.read_table(folder / ARTICLES).to_pylist()}
    vectors = {row["key"]: row["vector"] for row in parquet.read_table(folder / VECTORS).to_pylist()}
    with Catalog.open(data) as catalog:
        for row in passages:
            stored = catalog.passage(row["id"])
            assert stored is not None
            assert (stored.article_id, stored.start, stored.end) == (row["article_id"], row["start"], row["end"])
            assert catalog.texts([stored]) == [texts[row["article_id"]][row["start"] : row["end"]]]
            assert catalog.vectors([row["key"]])[row["key"]].vector.tolist() == vectors[row["key"]]
        assert len(passages) == catalog.counts()["passages"]


def test_an_export_can_be_read_only_by_its_owner(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ALL} == {0o600}
    assert {path.name for path in folder.iterdir()} == set(ALL)


# --- what may be replaced


def test_an_export_replaces_nothing(tmp_path: Path, data: Path, folder: Path) -> None:
    (tmp_path / "file").touch()
    for place in (folder, tmp_path / "file", data.parent):
        with pytest.raises(ArchiveError, match="already exists: choose a new or an empty folder"):
            exported(data, place)
    (tmp_path / "empty").mkdir()
    assert ExportedArchive.open(exported(data, tmp_path / "empty"))
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_without_an_archive_or_a_place_there_is_no_export(tmp_path: Path, data: Path) -> None:
    with pytest.raises(NoArchive):
        exported(tmp_path / "nowhere", tmp_path / "export")
    with pytest.raises(ArchiveError, match="cannot be written"):
        exported(data, tmp_path / "nowhere" / "export")
    assert not (tmp_path / "export").exists()


def test_a_damaged_archive_is_not_exported(tmp_path: Path, data: Path) -> None:
    run(data, "UPDATE articles SET text = text || '.' WHERE title = 'Le pont'")
    with pytest.raises(ArchiveDamaged, match="is damaged: run newsqa doctor"):
        exported(data, tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_an_archive_is_replaced_only_with_force(tmp_path: Path, data: Path, folder: Path) -> None:
    other = build_archive(tmp_path / "other", {"neige.md": "Il neige sur les quais."})
    before = content(other)
    with pytest.raises(ArchiveError, match=r"already contains an archive: .*--force"):
        imported(folder, other)
    assert content(other) == before
    with LocalArchive(other) as archive:
        imported(folder, other, force=True)
        archive.refresh()
        assert archive.catalog.counts()["articles"] == len(FILES) + 1
    assert content(other) == content(data)
    assert problems(other) == []


# --- invalid exports


def refused(folder: Path, back: Path, name: str, kind: type[ArchiveError] = ArchiveDamaged) -> str:
    """Import, expect one line that names the file, and no archive; return the line."""
    with pytest.raises(kind) as caught:
        imported(folder, back)
    message = str(caught.value)
    assert str(folder / name) in message
    assert "\n" not in message
    assert not back.exists() or {path.name for path in back.iterdir()} <= {"writing.lock"}
    return message


@pytest.mark.parametrize("name", ALL)
def test_a_flipped_bit_in_any_file_is_refused_by_its_name(folder: Path, back: Path, name: str) -> None:
    whole_file = (folder / name).read_bytes()
    for place in (*range(0, len(whole_file), max(1, len(whole_file) // 97)), len(whole_file) - 1):
        flipped = bytearray(whole_file)
        flipped[place] ^= 1 << place % 8
        (folder / name).write_bytes(flipped)
        refused(folder, back, name, ArchiveError)


@pytest.mark.parametrize("name", ALL)
def test_a_missing_or_shortened_file_is_refused_by_its_name(folder: Path, back: Path, name: str) -> None:
    content_before = (folder / name).read_bytes()
    (folder / name).write_bytes(content_before[:-1])
    refused(folder, back, name)
    (folder / name).unlink()
    assert "missing" in refused(folder, back, name, ArchiveError)
    os.mkfifo(folder / name)
    assert "not a file" in refused(folder, back, name, ArchiveError)


def test_what_is_no_export_is_refused(tmp_path: Path, data: Path, back: Path) -> None:
    for folder in (data, data / FILE, tmp_path / "nowhere"):
        assert "newsqa export --format parquet" in refused(folder, back, MANIFEST, ArchiveError)
    for text in ("[]", "{}", "null", '{"format": 3}', "\udcff", "[" * 100_000):
        (tmp_path / MANIFEST).write_text(text, encoding="utf-8", errors="surrogateescape")
        refused(tmp_path, back, MANIFEST)


def test_an_export_in_another_format_is_refused(folder: Path, back: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(manifest | {"version": 2}), encoding="utf-8")
    assert "in format 2, and this newsqa reads 1" in refused(folder, back, MANIFEST, OtherFormat)


def test_vectors_of_another_dimension_are_refused(folder: Path, back: Path) -> None:
    _seal(folder, fake_model(dimension=16))
    assert "other columns" in refused(folder, back, VECTORS, OtherFormat)


# --- exports with right checksums whose values contradict each other


def _seal(folder: Path, model: Model) -> None:
    """Write the manifest of changed files again."""
    rows = {name: parquet.ParquetFile(folder / name).metadata.num_rows for name in ALL[:-1]}
    (folder / MANIFEST).unlink()
    Manifest.of(folder, model, rows).write(folder)


def _change(folder: Path, name: str, row: int, **values: object) -> None:
    """Change values of a row of a file, and write the manifest again."""
    model = ExportedArchive.open(folder).manifest.model
    table = parquet.read_table(folder / name)
    rows = table.to_pylist()
    rows[row] |= values
    parquet.write_table(pa.Table.from_pylist(rows, schema=table.schema), folder / name)
    _seal(folder, model)


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        (PASSAGES, {"id": "0" * 16}, "has the id of another text"),
        (PASSAGES, {"start": 1}, "has the id of another text"),
        (PASSAGES, {"key": b"unknown"}, "is not in vectors.parquet"),
        (PASSAGES, {"article_id": "unknown"}, "is not in articles.parquet"),
        (VECTORS, {"codes": b"123"}, "are incomplete"),
        (VERSIONS, {"text": "Autre chose."}, "has another text"),
        (VERSIONS, {"article_id": "unknown"}, "is not in articles.parquet"),
        (ARTICLES, {"author": "A\0B"}, "'author' has U+0000"),
        (ARTICLES, {"language": "fr" * 1000}, "'language' has 2000 characters, more than 60"),
        (ARTICLES, {"id": "a" * 65}, "'id' has 65 characters, more than 64"),
    ],
)
def test_values_that_contradict_others_are_refused(
    folder: Path, back: Path, name: str, values: dict[str, object], problem: str
) -> None:
    _change(folder, name, 0, **values)
    assert problem in refused(folder, back, name)


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        (PASSAGES, {"sentences": [{"start": 0, "end": 10_000}]}, "has sentences outside its span"),
        (PASSAGES, {"sentences": []}, "has sentences outside its span"),
        (VECTORS, {"vector": [2.0] * 32}, "has an invalid vector"),
        (VECTORS, {"vector": [float("nan")] * 32}, "has an invalid vector"),
        (VECTORS, {"counts": [1], "codes": b"12345678"}, "has token vectors that do not match"),
    ],
)
def test_what_the_doctor_would_find_is_refused(
    folder: Path, back: Path, name: str, values: dict[str, object], problem: str
) -> None:
    _change(folder, name, 0, **values)
    assert problem in refused(folder, back, "")


def test_keys_of_another_text_are_refused(folder: Path, back: Path) -> None:
    first, *_, last = parquet.read_table(folder / PASSAGES).column("key").to_pylist()
    _change(folder, PASSAGES, 0, key=last)
    assert first != last
    assert "has the vector of another text" in refused(folder, back, "")


def test_an_article_that_is_there_twice_is_refused(folder: Path, back: Path) -> None:
    rows = parquet.read_table(folder / ARTICLES)
    model = ExportedArchive.open(folder).manifest.model
    parquet.write_table(pa.concat_tables([rows, rows.slice(rows.num_rows - 1)]), folder / ARTICLES)
    _seal(folder, model)
    assert "it has a row twice" in refused(folder, back, ARTICLES)


def test_a_damaged_import_leaves_the_archive_before(tmp_path: Path, folder: Path) -> None:
    other = build_archive(tmp_path / "other", {"neige.md": "Il neige sur les quais."})
    before = content(other)
    _change(folder, PASSAGES, 0, key=b"unknown")
    with pytest.raises(ArchiveDamaged):
        imported(folder, other, force=True)
    assert content(other) == before
    assert problems(other) == []
    assert not [path for path in other.iterdir() if path.name.startswith(".")]


# --- without the extra

_WITHOUT = """\
import sys
sys.modules["pyarrow"] = None
from qa.cli.main import main
sys.argv = ["newsqa", *sys.argv[1:]]
main()
"""


def test_without_the_extra_only_parquet_is_refused_with_its_name(tmp_path: Path, data: Path) -> None:
    def ran(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", _WITHOUT, *map(str, arguments), "--data", str(data)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    for arguments in (("export", "--format", "parquet", tmp_path / "a"), ("import", tmp_path / "a", "--force")):
        done = ran(*arguments)
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "pip install 'newsqa[parquet]'" in done.stderr
    assert ran("export").returncode == 0


def test_an_export_is_of_one_moment(tmp_path: Path, data: Path) -> None:
    with whole(data) as archive:
        entries = archive.entries()
        first = next(entries)
        index_paths(write_files(tmp_path / "more", {"neige.md": "Il neige."}), data=data)
        assert "Il neige." not in [entry.article.text for entry in (first, *entries)]
