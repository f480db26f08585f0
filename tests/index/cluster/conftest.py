"""A server for the tests of each module, some of which stop it."""

from collections.abc import Iterator

import pytest

from tests.index.contract.milvus_lite import MilvusLite


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusLite]:
    """A server for the tests of this module."""
    lite = MilvusLite(tmp_path_factory.mktemp("milvus-lite"))
    yield lite
    lite.stop()
