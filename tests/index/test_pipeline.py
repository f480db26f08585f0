"""What an engine embeds is stored as if this process had embedded it."""

import random
import threading
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

import pytest

from index.build import update
from index.errors import EngineError
from index.local.archive import updating
from index.local.catalog import Catalog
from index.local.whole import whole
from index.model.quantize import TokenQuantizer
from index.shard import Shard, embed_shard
from index.types import PassageVectors, Summary
from tests.fakes import HashEmbedder, identifier, index_paths, no_progress, write_files

_ARTICLES = 400  # of one passage each


class Hosts:
    """An engine of two hosts, which reply in random order; the shard with the number `failing` raises."""

    def __init__(self, *, failing: int = -1, ahead: int = 3) -> None:
        self.ahead = ahead
        self.hosts: Counter[str] = Counter()
        self.shards: list[Shard] = []
        self.most = 0  # shards at once
        self._failing = failing
        self._chance = random.Random(1)  # noqa: S311 - no secret
        self._open: set[int] = set()
        self._embedder = HashEmbedder()

    def submit(self, shard: Shard) -> Future[dict[bytes, PassageVectors]]:
        number = len(self.shards)
        self.shards.append(shard)
        self._open.add(number)
        self.most = max(self.most, len(self._open))
        future: Future[dict[bytes, PassageVectors]] = Future()
        threading.Timer(self._chance.uniform(0.1, 0.4), self._finish, (number, future)).start()
        return future

    def _finish(self, number: int, future: Future[dict[bytes, PassageVectors]]) -> None:
        self._open.remove(number)
        if number == self._failing:
            future.set_exception(EngineError("engine ray: the head is lost"))
            return
        self.hosts[f"10.0.0.{number % 2}"] += len(self.shards[number])
        future.set_result(embed_shard(self._embedder, TokenQuantizer(self._embedder.model), self.shards[number]))


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    lines = (
        f'{{"title": "Report {number}", "text": "The bridge number {number} opens."}}' for number in range(_ARTICLES)
    )
    return write_files(tmp_path / "articles", {"dump.jsonl": "\n".join(lines)})


def _update(articles: Path, data: Path, engine: Hosts, steps: list[str] | None = None) -> Summary:
    return update(
        *([articles], updating(data, HashEmbedder().model, 0), HashEmbedder(), identifier()),
        prune=False,
        progress=no_progress if steps is None else lambda step, _done, _total: steps.append(step),
        engine=engine,
    )


def _content(data: Path) -> tuple[list[object], dict[bytes, tuple[bytes, bytes, bytes]]]:
    """Return the articles with their passages in the order of their numbers, and all vectors."""
    with whole(data) as archive:
        vectors = {
            key: (each.vector.tobytes(), each.tokens.counts.tobytes(), each.tokens.codes.tobytes())
            for key, each in archive.used_vectors()
        }
        return [(entry.article, entry.passages, entry.keys) for entry in archive.entries()], vectors


def test_an_archive_is_the_same_whatever_embeds_and_in_whatever_order(tmp_path: Path, articles: Path) -> None:
    engine = Hosts()
    summary = _update(articles, tmp_path / "hosts", engine)
    index_paths(articles, data=tmp_path / "alone")
    assert _content(tmp_path / "hosts") == _content(tmp_path / "alone")
    assert (summary.added, summary.embedded) == (_ARTICLES, _ARTICLES)
    assert summary.hosts == dict(engine.hosts.most_common())
    assert sum(summary.hosts.values()) == _ARTICLES


def test_no_more_shards_wait_than_the_engine_asks_for(tmp_path: Path, articles: Path) -> None:
    engine = Hosts(ahead=2)
    _update(articles, tmp_path / "data", engine)
    assert engine.most == 3  # two, and the one that was added before waiting


def test_after_a_failure_only_the_shards_that_were_not_done_are_embedded(tmp_path: Path, articles: Path) -> None:
    failing = Hosts(failing=3)
    with pytest.raises(EngineError, match="the head is lost"):
        _update(articles, tmp_path / "data", failing)
    with Catalog.open(tmp_path / "data") as catalog:
        stored = catalog.counts()["embeddings"]
    assert stored > 0
    again = Hosts()
    _update(articles, tmp_path / "data", again)
    assert sum(map(len, again.shards)) == _ARTICLES - stored
    index_paths(articles, data=tmp_path / "alone")
    assert _content(tmp_path / "data")[1] == _content(tmp_path / "alone")[1]


def test_vectors_are_stored_when_they_arrive_though_an_earlier_shard_is_late(tmp_path: Path, articles: Path) -> None:
    class Late(Hosts):
        """The first shard is embedded when the others are stored."""

        def _finish(self, number: int, future: Future[dict[bytes, PassageVectors]]) -> None:
            if number == 0 and self.stored() < _ARTICLES - len(self.shards[0]):
                threading.Timer(0.05, self._finish, (number, future)).start()
            else:
                super()._finish(number, future)

        def stored(self) -> int:
            with Catalog.open(tmp_path / "data") as catalog:
                return catalog.counts()["embeddings"]

    _update(articles, tmp_path / "data", Late())
    index_paths(articles, data=tmp_path / "alone")
    assert _content(tmp_path / "data") == _content(tmp_path / "alone")


def test_progress_has_the_rate_of_all_hosts(tmp_path: Path, articles: Path) -> None:
    steps: list[str] = []
    _update(articles, tmp_path / "data", Hosts(), steps)
    assert steps[-1].startswith(f"{_ARTICLES} new, 0 unchanged, ")
    assert steps[-1].endswith(" passages/s on 2 hosts")
