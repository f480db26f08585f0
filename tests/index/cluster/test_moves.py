"""Archives move from a data folder into Milvus and back without embedding, and the doctor examines them there."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.cluster.archive import ClusterStore
from index.cluster.doctor import examine
from index.cluster.milvus import PASSAGES, RECORDS, Milvus
from index.cluster.populate import populate
from index.cluster.rows import _packed
from index.cluster.whole import WholeCluster
from index.errors import ArchiveChanged, ArchiveDamaged, ArchiveError, NoArchive
from index.parquet.export import export
from index.parquet.load import ExportedArchive
from index.process import ArticleProcessor
from index.types import Report
from tests.fakes import HashEmbedder, identifier, no_progress
from tests.index.contract.conftest import FILES, Place
from tests.index.contract.milvus_lite import MilvusLite
from tests.index.parquet.exports import build, content, content_of, exported, imported

_ROWS = ["pk", "number", "owner", "day", "language", "outlet", "key", "body", "text", "terms"]
_ROWS += ["codes", "raw", "words", "vector"]


class NoEmbedder(HashEmbedder):
    """An embedder that only counts tokens."""

    def embed(self, *arguments: Any, **options: Any) -> Any:
        """Fail."""
        raise AssertionError("a passage was embedded again")


@pytest.fixture
def milvus(server: MilvusLite, request: pytest.FixtureRequest) -> Milvus:
    """A connection to an archive with the name of the test."""
    return Milvus(server.address(request.node.name[-60:].replace("[", "_").replace("]", "").replace(" ", "_")))


def _moved(folder: Path, milvus: Milvus, data: Path, *, force: bool = False) -> Report:
    """Import an export into Milvus."""
    source = ExportedArchive.open(folder)
    return populate(
        *(milvus, data, source.manifest.model, lambda writer: source.copy_to(writer, no_progress)),
        source=folder,
        processing=lambda: nullcontext(ArticleProcessor(NoEmbedder(), identifier())),
        force=force,
    )


@pytest.mark.parametrize("in_memory", [0, 2000])
def test_an_archive_is_the_same_after_a_move_into_milvus_and_back(
    milvus: Milvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr("index.cluster.waiting._MAX_IN_MEMORY", in_memory)
    data = build(tmp_path)
    assert _moved(exported(data, tmp_path / "out"), milvus, tmp_path / "lock").problems == []
    assert content_of(WholeCluster(milvus)) == content(data)
    export(WholeCluster(milvus), tmp_path / "back", no_progress)
    imported(tmp_path / "back", tmp_path / "again", embedder=NoEmbedder())
    assert content(tmp_path / "again") == content(data)


def test_an_archive_in_milvus_is_replaced_only_with_force(milvus: Milvus, tmp_path: Path) -> None:
    folder = exported(build(tmp_path), tmp_path / "out")
    place = Place(ClusterStore(milvus.place), tmp_path / "cluster" / "data")
    place.index(FILES)
    with pytest.raises(ArchiveError, match=r"already contains an archive: .* or add --force to replace it"):
        _moved(folder, milvus, place.data)
    assert place.asker().search("le marché couvert").hits[0].article.title == "Sans date"
    asker = place.asker()
    _moved(folder, milvus, place.data, force=True)
    assert "Sans date" not in {hit.article.title for hit in asker.search("le marché couvert").hits}


def test_a_move_that_fails_leaves_no_archive(milvus: Milvus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = exported(build(tmp_path), tmp_path / "out")
    monkeypatch.setattr("index.cluster.populate.examine", lambda *_, **__: Report(0, problems=["a: b: c"]))
    with pytest.raises(ArchiveDamaged, match=r"damaged \(1 problems\): a: b: export it again"):
        _moved(folder, milvus, tmp_path / "lock")
    with pytest.raises(NoArchive, match="no archive"):
        WholeCluster(milvus)


def test_an_export_during_a_write_is_refused(milvus: Milvus, tmp_path: Path) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index(FILES)
    archive = WholeCluster(milvus)
    place.put("avis", "La plage est fermée.", title="Avis")
    with pytest.raises(ArchiveChanged, match="the archive changed meanwhile"):
        export(archive, tmp_path / "out", no_progress)
    assert not (tmp_path / "out").exists()


def _without_body(rows: list[dict[str, Any]]) -> None:
    rows[0]["body"] = rows[0]["body"].replace("0", "1")


def _another_text(rows: list[dict[str, Any]]) -> None:
    rows[0]["text"] += "."


def _another_vector(rows: list[dict[str, Any]]) -> None:
    rows[0]["vector"] = np.roll(rows[0]["vector"], 1).tolist()


def _damaged_vector(rows: list[dict[str, Any]]) -> None:
    rows[0]["raw"] = "A" + rows[0]["raw"][1:]


def _shorter_vector(rows: list[dict[str, Any]]) -> None:
    rows[0]["raw"] = _packed(np.ones(16, "<f4").tobytes())


def _another_key(rows: list[dict[str, Any]]) -> None:
    rows[0]["key"] = rows[1]["key"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_without_body, "is damaged"),
        (_another_text, "is damaged"),
        (_another_vector, "is searched by another vector"),
        (_damaged_vector, "are damaged"),
        (_shorter_vector, "has an invalid vector (expected 32 components and unit length)"),
        (_another_key, "has the vector of another text"),
    ],
)
def test_the_doctor_names_a_damaged_passage(
    milvus: Milvus, tmp_path: Path, change: Callable[[list[dict[str, Any]]], None], problem: str
) -> None:
    Place(ClusterStore(milvus.place), tmp_path / "data").index(FILES)
    rows = [*milvus.iterate(PASSAGES, "", _ROWS)]
    change(rows)
    milvus.upsert(PASSAGES, rows[:1])
    (found,) = examine(milvus, ArticleProcessor(HashEmbedder(), identifier()), share=0).problems
    assert problem in found
    assert found.endswith(": delete it with newsqa delete, and index its file again")


def test_the_doctor_finds_what_is_missing_and_what_is_left(milvus: Milvus, tmp_path: Path) -> None:
    place = Place(ClusterStore(milvus.place), tmp_path / "data")
    place.index(FILES)
    processor = ArticleProcessor(HashEmbedder(), identifier())
    report = examine(milvus, processor, share=1)
    assert (report.problems, report.checked["articles"], report.checked["passages embedded again"]) == ([], 4, 4)
    row, other = [*milvus.iterate(PASSAGES, "", _ROWS)][:2]
    milvus.delete(PASSAGES, "pk", [row["pk"]])
    milvus.delete(RECORDS, "owner", [other["owner"]])
    missing, left = examine(milvus, processor, share=0).problems
    assert "the text from character 0 on is in no passage" in missing
    assert "1 passages of no article" in left
