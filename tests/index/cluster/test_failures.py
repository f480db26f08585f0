"""Milvus that does not answer in time, or has other collections than newsqa made."""

import signal
import socket
import time
from pathlib import Path

import pytest

from index.cluster.archive import ClusterStore
from index.cluster.milvus import PASSAGES, Milvus
from index.errors import ArchiveError, NoArchive, StoreUnavailable
from qa.ask import Asker
from tests.fakes import fake_model
from tests.index.contract.conftest import FILES, Place
from tests.index.contract.milvus_lite import MilvusLite

_SECONDS = 1.0  # of a call in these tests


@pytest.fixture
def place(server: MilvusLite, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """An archive of four articles with the name of the test."""
    place = Place(ClusterStore(server.address(request.node.name[:60])), tmp_path / "data")
    place.index(FILES)
    return place


def test_a_server_that_accepts_and_never_answers_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pymilvus")
    monkeypatch.setattr("index.cluster.milvus._TIMEOUT", _SECONDS)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"/news: does not answer: start Milvus, or check NEWSQA_STORE$"):
            Milvus(f"milvus+http://127.0.0.1:{silent.getsockname()[1]}/news")
        assert time.monotonic() - began < 10 * _SECONDS


def test_a_server_that_hangs_during_questions_is_a_timeout_and_later_answers(
    server: MilvusLite, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker = place.asker()
    assert _answers(asker)
    server.signal(signal.SIGSTOP)
    try:
        monkeypatch.setattr("index.cluster.milvus._TIMEOUT", _SECONDS)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="does not answer: start Milvus, or check NEWSQA_STORE"):
            _answers(asker)
        assert time.monotonic() - began < 10 * _SECONDS
    finally:
        server.signal(signal.SIGCONT)
    monkeypatch.undo()
    assert _answers(asker)


def _answers(asker: Asker) -> bool:
    return asker.search("la grue du port").hits[0].article.title == "La grue"


def test_an_archive_of_which_a_collection_is_missing_is_one_message(
    server: MilvusLite, place: Place, tmp_path: Path
) -> None:
    milvus = Milvus(server.address("test_an_archive_of_which_a_collection_is_missing_is_one_message"[:60]))
    milvus.drop(PASSAGES)
    for use in (place.asker, lambda: place.store.writer(place.data, fake_model())):
        with pytest.raises(ArchiveError) as caught:
            use()
        assert str(caught.value).startswith(milvus.place)
        assert "\n" not in str(caught.value)
    milvus.drop()
    with pytest.raises(NoArchive):
        place.asker()
