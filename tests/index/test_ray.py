"""Shards on a Ray cluster: a fake one that runs functions in threads, and a real one where Ray is installed."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import ray
from index.errors import EngineError, ModelError, NewsqaError
from index.local.whole import whole
from index.ray import RayEngine, problem
from index.shard import PassageText, Shard
from index.types import PassageVectors, TokenCodes
from tests.fakes import fake_model, write_files
from tests.qa.cli.command import run

_NEEDS_RAY = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'ray[client]'")
_SHARD = {b"key": PassageText("Title\n", "It snows.", ((0, 9),))}
_VECTORS = PassageVectors(np.ones(1, np.float32), TokenCodes(np.ones(1, np.uint16), np.ones((1, 1), np.uint8)))
_VERSIONS = (
    "Version mismatch: The cluster was started with:\n    Ray: 2.50.0\n    Python: 3.12.1\n"
    "This process on Ray Client was started with:\n    Ray: 2.60.0\n    Python: 3.11.7\n"
)

Reply = Callable[[str, int], str]
"""Takes a device and the number of a call; returns the address of the host that has embedded, or raises."""


class FakeRay:
    """A cluster that replies to the shards of `devices` by `reply`, each in a thread."""

    def __init__(self, reply: Reply, **resources: float) -> None:
        self._reply = reply
        self._resources = resources
        self._threads = ThreadPoolExecutor(20)
        self.devices: list[str] = []
        self.options: list[dict[str, Any]] = []
        self.closed = False

    def cluster_resources(self) -> dict[str, float]:
        return self._resources

    def put(self, value: object) -> object:
        return value

    def remote(self, **options: Any) -> Callable[[object], Any]:
        self.options.append(options)
        cluster = self

        class Task:
            def remote(self, job: Any, shard: Shard) -> Any:
                cluster.devices.append(job.device)
                number = len(cluster.devices) - 1

                class Reference:
                    def future(self) -> Future[tuple[str, dict[bytes, PassageVectors]]]:
                        return cluster._threads.submit(
                            lambda: (cluster._reply(job.device, number), dict.fromkeys(shard, _VECTORS))
                        )

                return Reference()

        return lambda _function: Task()

    def shutdown(self) -> None:
        self.closed = True


def test_passages_are_counted_by_host() -> None:
    cluster = FakeRay(lambda _device, number: f"10.0.0.{number % 2}", CPU=8.0)
    with RayEngine(cluster, fake_model()) as engine:
        for _ in range(6):
            assert engine.submit(_SHARD).result(5) == {b"key": _VECTORS}
        assert engine.hosts == {"10.0.0.0": 3, "10.0.0.1": 3}
        assert engine.ahead == 16
    assert cluster.closed


def test_a_host_may_be_lost_at_any_time_and_a_worker_loads_its_model_once() -> None:
    cluster = FakeRay(lambda _device, _number: "host")
    with RayEngine(cluster, fake_model()):
        assert [(each["max_retries"], each["max_calls"]) for each in cluster.options] == [(-1, 0)] * 2


def test_a_shard_without_a_reply_is_submitted_again_and_the_first_reply_counts() -> None:
    def reply(_device: str, number: int) -> str:
        time.sleep(1 if number == 1 else 0)
        return f"10.0.0.{number}"

    with RayEngine(FakeRay(reply, CPU=2.0), fake_model(), patience=0.1) as engine:
        engine.submit(_SHARD).result(5)
        assert engine.submit(_SHARD).result(0.9) == {b"key": _VECTORS}
        time.sleep(1)
        assert engine.hosts == {"10.0.0.0": 1, "10.0.0.2": 1}


def test_no_shard_is_late_while_the_first_workers_prepare_the_model() -> None:
    def reply(_device: str, _number: int) -> str:
        time.sleep(0.3)
        return "10.0.0.1"

    cluster = FakeRay(reply, CPU=2.0)
    with RayEngine(cluster, fake_model(), patience=0.05) as engine:
        engine.submit(_SHARD).result(5)
    assert len(cluster.devices) == 1


def test_shards_go_to_free_gpus_first_and_then_to_cores() -> None:
    def reply(_device: str, _number: int) -> str:
        time.sleep(0.2)
        return "10.0.0.1"

    cluster = FakeRay(reply, CPU=4.0, GPU=1.0)
    with RayEngine(cluster, fake_model(), "cuda") as engine:
        assert engine.ahead == 10
        for future in [engine.submit(_SHARD) for _ in range(4)]:
            future.result(5)
    assert cluster.devices == ["cuda", "cuda", "cpu", "cpu"]


def test_gpus_are_used_only_if_they_are_asked_for() -> None:
    cluster = FakeRay(lambda _device, _number: "host", CPU=4.0, GPU=1.0)
    with RayEngine(cluster, fake_model()) as engine:
        assert engine.ahead == 8
        engine.submit(_SHARD).result(5)
    assert cluster.devices == ["cpu"]


def test_an_error_of_a_worker_is_that_of_the_shard() -> None:
    def reply(_device: str, _number: int) -> str:
        raise ModelError("host 10.0.0.2: /models/mine: no such folder")

    with (
        RayEngine(FakeRay(reply, CPU=1.0), fake_model()) as engine,
        pytest.raises(ModelError, match=r"^host 10\.0\.0\.2: /models/mine: no such folder$"),
    ):
        engine.submit(_SHARD).result(5)


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
    result = run("index", articles, "--engine", "ray", "--data", tmp_path / "ray", "--json", RAY_ADDRESS="local")
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert (sum(summary["hosts"].values()), summary["embedded"]) == (150, 150)
    run("index", articles, "--data", tmp_path / "alone")
    assert list(_vectors(tmp_path / "ray")) == list(_vectors(tmp_path / "alone"))


def _vectors(data: Path) -> Iterator[tuple[bytes, bytes, bytes]]:
    with whole(data) as archive:
        for key, each in sorted(archive.used_vectors()):
            yield key, each.vector.tobytes(), each.tokens.codes.tobytes()
