"""An import that does not finish leaves nothing that looks like an archive, and every command says so."""

import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from index.archive import ArchiveWriter
from index.cluster.archive import ClusterStore
from index.cluster.doctor import examine
from index.cluster.milvus import Milvus
from index.cluster.populate import populate
from index.cluster.whole import WholeCluster
from index.errors import ImportUnfinished, NoArchive
from index.model.embed import Embedder
from index.parquet.load import ExportedArchive
from index.process import ArticleProcessor
from tests.fakes import HashEmbedder, identifier, index_paths, no_progress, write_files
from tests.index.contract.conftest import FILES, Place
from tests.index.contract.milvus_lite import MilvusLite
from tests.index.parquet.exports import build, content, content_of, exported
from tests.qa.cli.command import environment, run

_UNFINISHED = (
    "an import has not finished: wait if it is running; if it was interrupted, run newsqa import again with --force"
)
_KILLED = """
import os, signal
from index.cluster.writer import ClusterWriter
from qa.cli.main import main
ClusterWriter._advance_state = lambda self: os.kill(os.getpid(), signal.SIGKILL)  # after the first articles
main()
"""


class Stopped(Exception):
    """The process has ended."""


class Stopping(Milvus):
    """A connection after whose first calls that write nothing is written any more, as if its process were killed."""

    left = 0

    def upsert(self, *arguments: Any) -> None:
        """Write rows, or stop."""
        self._count()
        super().upsert(*arguments)

    def drop(self, *collections: str) -> None:
        """Delete collections, or stop."""
        for collection in collections or ("passages", "records"):
            self._count()
            super().drop(collection)

    def _create(self, *arguments: Any) -> None:
        self._count()
        super()._create(*arguments)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def _import(milvus: Milvus, folder: Path, data: Path, fill: Any = None, *, force: bool = True) -> None:
    source = ExportedArchive.open(folder)

    def copy(writer: ArchiveWriter) -> None:
        source.copy_to(writer, no_progress)
        if fill:
            fill()

    populate(
        *(milvus, data, source.manifest.model, copy),
        source=folder,
        processing=lambda: nullcontext(ArticleProcessor(HashEmbedder(), identifier())),
        force=force,
    )


def test_an_import_that_is_killed_is_named_by_every_command(
    server: MilvusLite, embedder: Embedder, tmp_path: Path
) -> None:
    articles = write_files(tmp_path / "articles", FILES)
    index_paths(articles, data=tmp_path / "local", embedder=embedder)
    folder = str(exported(tmp_path / "local", tmp_path / "out"))
    address = {"NEWSQA_STORE": server.address("killed"), "NEWSQA_DATA": str(tmp_path / "data"), "NEWSQA_PORT": "0"}
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, "import", folder], env=environment(**address), capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    commands = (["ask", "Quand le pont rouvre-t-il ?"], ["stats"], ["serve"], ["doctor"], ["import", folder])
    for command in (*commands, ["index", str(articles)]):
        refused = run(*command, **address)
        message = refused.stderr.replace("\n", " ")
        assert (refused.returncode, _UNFINISHED in message) == (1, True), (command, message)
    assert run("import", folder, "--force", **address).returncode == 0
    assert "OK: no problems found" in run("doctor", **address).stdout


def test_an_import_that_stops_at_any_write_leaves_no_archive_and_can_be_repeated(
    server: MilvusLite, tmp_path: Path
) -> None:
    address = server.address("stopped")
    data = build(tmp_path)
    folder = exported(data, tmp_path / "out")
    Place(ClusterStore(address), tmp_path / "data").index(FILES)
    old = content_of(WholeCluster(Milvus(address)))
    for moment in (0, 1, 2, 3, 5, 7, 10, 16):  # of 17 writes
        milvus = Stopping(address)
        milvus.left = moment
        with pytest.raises(Stopped):
            _import(milvus, folder, tmp_path / "data")
        if moment == 0:
            assert content_of(WholeCluster(Milvus(address))) == old
            continue
        with pytest.raises((ImportUnfinished, NoArchive)):
            WholeCluster(Milvus(address))
    _import(Milvus(address), folder, tmp_path / "data")
    assert content_of(WholeCluster(Milvus(address))) == content(data)
    assert examine(Milvus(address), None, share=0).problems == []


def test_questions_during_an_import_are_refused_and_answered_afterwards(server: MilvusLite, tmp_path: Path) -> None:
    address = server.address("meanwhile")
    folder = exported(build(tmp_path), tmp_path / "out")
    place = Place(ClusterStore(address), tmp_path / "data")
    place.index(FILES)
    asker = place.asker()

    def during() -> None:
        with pytest.raises(ImportUnfinished, match=_UNFINISHED):
            asker.search("Le maire")
        with pytest.raises(ImportUnfinished, match=_UNFINISHED):
            place.put("avis", "La plage est fermée.")

    _import(Milvus(address), folder, tmp_path / "lock", during)
    assert asker.search("Le maire").hits
