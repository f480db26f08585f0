"""The stores that the contract is tested on, each with an empty data folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from index.archive import Store
from index.build import update
from index.cluster.archive import ClusterStore
from index.ingest import Ingest
from index.local import archive as local
from index.read.article import without_file
from index.types import Summary
from qa.ask import Asker
from tests.fakes import HashEmbedder, identifier, no_progress, write_files
from tests.index.contract.milvus_lite import MilvusLite
from tests.index.contract.milvus_standalone import PROGRAM, MilvusStandalone

FILES = {
    "pont.md": "---\ntitle: Le pont\ndate: 2026-03-01\nsource: Le Phare\n---\nLe pont rouvre lundi après les travaux.",
    "grue.md": "---\ntitle: La grue\ndate: 2026-04-02\n---\nLa grue du port est tombée pendant la tempête de mardi.",
    "ferry.md": "---\ntitle: The ferry\ndate: 2026-04-09\nlanguage: en\nsource: Harbour Post\n---\n"
    "The ferry between the two islands is back in service.",
    "sans.md": "# Sans date\n\nLe marché couvert attend toujours sa nouvelle toiture.",
}
_names = count()


@dataclass(frozen=True)
class Place:
    """A store and the data folder of an archive."""

    store: Store
    data: Path

    def index(self, files: dict[str, str], *, prune: bool = False) -> Summary:
        """Write files beside the data folder, and index them."""
        folder = write_files(self.data.parent / "articles", files)
        embedder = HashEmbedder()
        archive = self.store.updating(self.data, embedder.model, 2)
        return update([folder], archive, embedder, identifier(), prune=prune, progress=no_progress, data=self.data)

    def put(self, article_id: str, text: str, **fields: str) -> None:
        """Write an article as the service does."""
        embedder = HashEmbedder()
        with Ingest(lambda: self.store.writer(self.data, embedder.model), embedder, identifier()) as ingest:
            ingest.put([(article_id, without_file({"text": text, **fields}))])

    def asker(self) -> Asker:
        """Open the archive for questions; it stays open until the end of the process."""
        archive = self.store.open_archive(self.data).__enter__()
        return Asker(archive, HashEmbedder(), identifier(), min_confidence=0)


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusLite]:
    """A server for all tests; each archive has a name of its own."""
    server = MilvusLite(tmp_path_factory.mktemp("milvus-lite"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def milvus_standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusStandalone]:
    """The same for a server of Milvus itself."""
    server = MilvusStandalone(tmp_path_factory.mktemp("milvus-standalone"))
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["local", "milvus_lite", *(["milvus_standalone"] if PROGRAM else [])])
def made(request: pytest.FixtureRequest) -> Callable[[Path], Place]:
    """A function that gives a store without an archive, for a data folder."""
    if request.param == "local":
        return lambda data: Place(local, data)
    server: MilvusLite | MilvusStandalone = request.getfixturevalue(request.param)
    return lambda data: Place(ClusterStore(server.address(f"test{next(_names)}")), data)


@pytest.fixture
def place(made: Callable[[Path], Place], tmp_path: Path) -> Place:
    """A store without an archive."""
    return made(tmp_path / "data")


@pytest.fixture
def filled(place: Place) -> Place:
    """A store with an archive of four articles."""
    assert place.index(FILES).problems == []
    return place


@pytest.fixture(scope="session")
def read_only(made: Callable[[Path], Place], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same for tests that write nothing."""
    place = made(tmp_path_factory.mktemp("read-only") / "data")
    place.index(FILES)
    return place
