"""Fixtures for tests on the real model."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.local.archive import LocalArchive
from index.local.doctor import examine
from index.model.cache import BUNDLED, Model
from index.model.embed import Embedder
from index.model.prepare import prepare
from index.process import ArticleProcessor
from qa.ask import Asker
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import SHARED, identifier, index_paths, no_progress

SEEDS = Path(__file__).parents[1] / "seeds"


def pytest_make_parametrize_id(val: object) -> str | None:
    """Number tests with bytes: archives contain the time, and all processes of `make test` need the same names."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder of prepared models, the same as that of the command."""
    return Settings.from_environment(os.environ).cache


@pytest.fixture(scope="session")
def model(cache: Path) -> Model:
    """The bundled model, prepared."""
    return prepare(BUNDLED, cache, no_progress)


@pytest.fixture(scope="session")
def embedder(model: Model, cache: Path) -> Iterator[Embedder]:
    """The bundled model, loaded."""
    with Embedder(model, model.folder(cache)) as loaded:
        yield loaded


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Path]:
    """The data folder of an archive of seeds/, on the real model; it must have no problems after the tests."""
    data = tmp_path_factory.mktemp("seeds")
    index_paths(SEEDS, data=data, embedder=embedder)
    yield data
    assert examine(data, ArticleProcessor(embedder, identifier())).problems == []


@pytest.fixture(scope="session")
def service(seeds: Path, embedder: Embedder) -> Iterator[str]:
    """The address of a service that answers from seeds/, on the real model."""
    with LocalArchive(seeds) as archive, serve_in_thread(Asker(archive, embedder, identifier()), Settings()) as address:
        yield address


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of articles and cases beside the repository."""
    if not (SHARED / "seeds").is_dir():
        pytest.skip("../shared does not exist: its articles and cases are not tested")
    return SHARED


@pytest.fixture(scope="session")
def shared_archive(shared: Path, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Path]:
    """The data folder of an archive of the articles in ../shared, on the real model; no problems after the tests."""
    data = tmp_path_factory.mktemp("shared")
    index_paths(shared / "seeds", data=data, embedder=embedder)
    yield data
    assert examine(data, ArticleProcessor(embedder, identifier())).problems == []
