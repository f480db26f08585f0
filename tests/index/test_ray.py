"""Shards on a Ray cluster: a fake one that runs functions in threads, and a real one where Ray is installed."""

import json
import secrets
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from index import ray
from index.errors import EngineError, ModelError, NewsqaError
from index.local.whole import whole
from index.model.cache import Model
from index.ray import RayEngine, problem
from index.shard import PassageText, Shard
from index.types import PassageVectors, TokenCodes
from index.worker import Job, load
from tests.fakes import fake_model, write_files
from tests.qa.cli.command import run

_NEEDS_RAY = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'ray[client]'")
_SHARD = {b"key": PassageText("Title\n", "It snows.", ((0, 9),))}
_VECTORS = PassageVectors(np.ones(1, np.float32), TokenCodes(np.ones(1, np.uint16), np.ones((1, 1), np.uint8)))
_VERSIONS = (
    "Version mismatch: The cluster was started with:\n    Ray: 2.50.0\n    Python: 3.12.1\n"
    "This process on Ray Client was started with:\n    Ray: 2.60.0\n    Python: 3.11.7\n"
)

Reply = Callable[[str, int], object]
"""Takes the address of a host and the number of a shard that it embeds; may wait or raise."""


@dataclass
class Host:
    """A host of a fake cluster."""

    cores: float = 1
    gpus: float = 0
    alive: bool = True


class FakeRay:
    """A cluster whose hosts embed shards in threads, each after `reply`; `sent` lists hosts and devices of shards."""

    def __init__(self, hosts: dict[str, Host], reply: Reply = lambda _host, _number: None) -> None:
        self._hosts = hosts
        self._reply = reply
        self._threads = ThreadPoolExecutor(20)
        self.sent: list[tuple[str, str]] = []
        self.options: list[dict[str, Any]] = []
        self.closed = False
        self.util = SimpleNamespace(
            scheduling_strategies=SimpleNamespace(
                NodeAffinitySchedulingStrategy=lambda node, soft: node if soft else ""
            )
        )

    def nodes(self) -> list[dict[str, Any]]:
        """Describe the hosts as Ray does."""
        return [
            {"NodeID": name, "Alive": host.alive, "Resources": {"CPU": host.cores, "GPU": host.gpus}}
            for name, host in self._hosts.items()
        ]

    def put(self, value: object) -> object:
        return value

    def remote(self, **options: Any) -> Callable[[object], Any]:
        self.options.append(options)
        return lambda _function: SimpleNamespace(
            options=lambda scheduling_strategy: SimpleNamespace(remote=partial(self._run, scheduling_strategy))
        )

    def _run(self, host: str, job: Any, shard: Shard) -> Any:
        self.sent.append((host, job.device))
        number = len(self.sent) - 1

        def embed() -> tuple[str, dict[bytes, PassageVectors]]:
            self._reply(host, number)
            return host, dict.fromkeys(shard, _VECTORS)

        return SimpleNamespace(future=lambda: self._threads.submit(embed))

    def shutdown(self) -> None:
        self.closed = True


def test_hosts_share_the_shards_by_their_workers_and_are_counted() -> None:
    sent = threading.Event()
    cluster = FakeRay({"a": Host(cores=2), "b": Host(cores=1), "head": Host(cores=0)}, lambda *_: sent.wait(5))
    with RayEngine(cluster, fake_model()) as engine:
        assert engine.ahead == 6
        waiting = [engine.submit(_SHARD) for _ in range(6)]
        sent.set()
        for future in waiting:
            assert future.result(5) == {b"key": _VECTORS}
        assert engine.hosts == {"a": 4, "b": 2}
    assert cluster.closed


def test_a_host_may_be_lost_at_any_time_and_a_worker_loads_its_model_once() -> None:
    cluster = FakeRay({"a": Host()})
    with RayEngine(cluster, fake_model()):
        assert [(each["max_retries"], each["max_calls"]) for each in cluster.options] == [(-1, 0)] * 2


def test_a_host_without_replies_gets_no_more_shards_and_the_others_get_those_it_had() -> None:
    lost = threading.Event()

    def reply(host: str, number: int) -> None:
        if host == "b" and number > 0:
            lost.wait(10)

    cluster = FakeRay({"b": Host(), "a": Host()}, reply)
    with RayEngine(cluster, fake_model(), patience=0.2) as engine:
        waiting = [engine.submit(_SHARD)]
        for _ in range(20):
            while sum(not each.done() for each in waiting) > engine.ahead - 1:
                time.sleep(0.01)
            waiting.append(engine.submit(_SHARD))
        for future in waiting:
            future.result(5)
        lost.set()
        assert engine.hosts == {"b": 1, "a": 20}
    assert sum(host == "b" for host, _ in cluster.sent) < 6


def test_the_first_of_two_replies_counts() -> None:
    late = threading.Event()
    cluster = FakeRay({"a": Host(), "b": Host()}, lambda _host, number: late.wait(10) if number == 1 else None)
    with RayEngine(cluster, fake_model(), patience=0.1) as engine:
        engine.submit(_SHARD).result(5)
        assert engine.submit(_SHARD).result(5) == {b"key": _VECTORS}
        late.set()
        time.sleep(0.1)
        assert engine.hosts.total() == 2
    assert len({host for host, _ in cluster.sent[1:3]}) == 2


def test_no_shard_is_late_while_the_first_workers_prepare_the_model() -> None:
    cluster = FakeRay({"a": Host(), "b": Host()}, lambda *_: time.sleep(0.3))
    with RayEngine(cluster, fake_model(), patience=0.05) as engine:
        engine.submit(_SHARD).result(5)
    assert len(cluster.sent) == 1


def test_a_host_with_a_gpu_embeds_on_it_and_the_others_on_their_cores() -> None:
    sent = threading.Event()
    cluster = FakeRay({"a": Host(cores=8, gpus=1), "b": Host(cores=2)}, lambda *_: sent.wait(5))
    with RayEngine(cluster, fake_model(), "cuda") as engine:
        assert engine.ahead == 6
        waiting = [engine.submit(_SHARD) for _ in range(6)]
        sent.set()
        for future in waiting:
            future.result(5)
    assert Counter(cluster.sent) == {("a", "cuda"): 2, ("b", "cpu"): 4}


def test_gpus_are_used_only_if_they_are_asked_for() -> None:
    cluster = FakeRay({"a": Host(cores=8, gpus=1)})
    with RayEngine(cluster, fake_model()) as engine:
        assert engine.ahead == 16
        engine.submit(_SHARD).result(5)
    assert cluster.sent == [("a", "cpu")]


def test_a_cluster_without_workers_is_refused() -> None:
    with pytest.raises(EngineError, match="no host with a free core: add one with ray start --address"):
        RayEngine(FakeRay({"head": Host(cores=0), "b": Host(alive=False)}), fake_model())


def test_an_error_of_a_worker_is_that_of_the_shard() -> None:
    def reply(_host: str, _number: int) -> None:
        raise ModelError("host 10.0.0.2: /models/mine: no such folder")

    with (
        RayEngine(FakeRay({"a": Host()}, reply), fake_model()) as engine,
        pytest.raises(ModelError, match=r"^host 10\.0\.0\.2: /models/mine: no such folder$"),
    ):
        engine.submit(_SHARD).result(5)


def test_a_host_with_another_newsqa_is_refused() -> None:
    job = Job(model=json.dumps(asdict(fake_model())), version="0.0.1", device="cpu")
    with pytest.raises(EngineError, match=r"it has newsqa .*, the machine that indexes has 0\.0\.1: install"):
        load(job)


def test_a_worker_has_the_model_of_the_archive_with_its_token_vectors(model: Model, cache: Path) -> None:
    archived = replace(model, level_step=model.level_step * 2)
    job = Job(model=json.dumps(asdict(archived)), version=version("newsqa"), device="cpu")
    embedder, quantizer = load(job)
    assert embedder.model == archived
    assert load(job) == (embedder, quantizer)


class _TaskError(Exception):
    """As Ray wraps an error of a task."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"ray::embed()\n  File x\n{type(cause).__name__}: {cause}")
        self.cause = cause


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (_TaskError(ModelError("no model")), r"^no model$"),
        (_TaskError(ModuleNotFoundError("No module named 'index.ray'")), "does not have newsqa .* install the same"),
        (
            RuntimeError(_VERSIONS),
            "the cluster has Ray 2.50.0 and Python 3.12.1, this machine has Ray 2.60.0 and Python 3.11.7",
        ),
        (
            ConnectionError("GRPC connection failed\n\n the head is gone\n"),
            "engine ray: the head is gone: run the same command",
        ),
        (
            RuntimeError("Token authentication is enabled but no authentication token was found"),
            "if the cluster has a token, set RAY",
        ),
        (
            ConnectionError("ray client connection timeout"),
            "if the cluster has a token, set RAY_AUTH_MODE=token and copy",
        ),
        (OSError(), "engine ray: OSError: run the same command"),
    ],
)
def test_an_error_of_ray_becomes_one_line(error: Exception, message: str) -> None:
    made = problem(error)
    assert isinstance(made, NewsqaError)
    with pytest.raises(type(made), match=message):
        raise made
    assert "\n" not in str(made)


@pytest.mark.parametrize("address", ["spark", "ray:", "ray://", "ray://a b", "ray://head:port", "http://head", ""])
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(EngineError, match="write ray, or ray://HOST:PORT"):
        ray.check(address)


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is installed")
def test_without_ray_the_extra_is_named(tmp_path: Path) -> None:
    refused = run("index", write_files(tmp_path / "news", {"a.md": "Il neige."}), "--engine", "ray", "--data", tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "Ray is not installed: run pip install 'newsqa[ray]', or leave out --engine" in refused.stderr


def test_web_addresses_are_not_for_an_engine(tmp_path: Path) -> None:
    refused = run("index", "https://news.example/", "--engine", "ray", "--data", tmp_path / "data")
    assert refused.returncode == 2
    assert "index web addresses without it" in " ".join(refused.stderr.replace("│", " ").split())


@_NEEDS_RAY
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ray", ""),
        ("ray://head", "ray://head:10001"),
        ("ray://10.0.0.1:7000", "ray://10.0.0.1:7000"),
        ("ray://[::1]", "ray://[::1]:10001"),
    ],
)
def test_the_port_is_that_of_ray(address: str, expected: str) -> None:
    assert ray.check(address) == expected


@_NEEDS_RAY
def test_a_head_that_does_not_answer_is_named_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EngineError, match=f"^ray://127.0.0.1:{port}: no head of Ray answers there .* ray start --head"):
        ray.connect(f"ray://127.0.0.1:{port}")


@_NEEDS_RAY
@pytest.mark.timeout(300)
def test_a_cluster_of_this_machine_gives_the_same_archive(tmp_path: Path) -> None:
    lines = [json.dumps({"title": f"Report {number}", "text": f"Bridge {number} opens."}) for number in range(150)]
    articles = write_files(tmp_path / "articles", {"dump.jsonl": "\n".join(lines)})
    local = {"RAY_ADDRESS": "local", "RAY_AUTH_TOKEN": secrets.token_hex(32)}  # or Ray writes one to the home folder
    result = run("index", articles, "--engine", "ray", "--data", tmp_path / "ray", "--json", **local)
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert (sum(summary["hosts"].values()), summary["embedded"]) == (150, 150)
    run("index", articles, "--data", tmp_path / "alone")
    assert list(_vectors(tmp_path / "ray")) == list(_vectors(tmp_path / "alone"))


def _vectors(data: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    with whole(data) as archive:
        for key, each in sorted(archive.used_vectors()):
            yield key, each.vector.tobytes(), each.tokens.codes.tobytes()
