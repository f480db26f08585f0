"""Passages that several hosts embed, of which one is lost, have the vectors of one machine."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.hosts.__main__ import differing, run, write_articles
from eval.hosts.cluster import ADDRESS, Cluster, missing
from index.model.cache import Model
from tests.qa.cli.command import COMMAND

_PASSAGES = 400


@pytest.fixture
def cluster(model: Model) -> Iterator[Cluster]:
    """A head without hosts; skip the test on machines where hosts cannot be made."""
    if lacking := missing():
        pytest.skip(f"lost hosts are not tested: {lacking}")
    # Ray has sockets there, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="nqa") as folder, Cluster(Path(folder, "r"), 0.5) as started:
        yield started


@pytest.mark.timeout(900)
def test_an_archive_is_the_same_if_one_of_two_hosts_is_lost_half_way(cluster: Cluster, tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    write_articles(articles, _PASSAGES)
    cluster.start()
    second = cluster.start()
    command = cluster.command("index", articles, "--engine", ADDRESS)
    _, hosts = run(command, tmp_path / "hosts", _PASSAGES // 2, lambda: cluster.lose(second))
    assert set(hosts) == {cluster.address(1), cluster.address(2)}
    assert sum(hosts.values()) == _PASSAGES
    run([str(COMMAND), "index", str(articles)], tmp_path / "alone")
    assert differing(tmp_path / "hosts", tmp_path / "alone") == 0
