"""Embed shards on the hosts of a Ray cluster; the only module that imports ray.

A shard is a Ray task on a host that is free. If the host is lost, the shard is embedded on another one.
"""

import importlib.util
import json
import os
import re
import socket
import statistics
import time
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from threading import Event, Lock, Thread
from typing import Any, Self

from index.errors import EngineError, NewsqaError
from index.model.cache import Model
from index.shard import Shard, embed_shard
from index.types import PassageVectors
from index.worker import Device, Job, load

_ADDRESS = re.compile(r"ray(?:://(?P<host>[^\s/?#@:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?)?")
_PORT = 10001  # of the clients of a head, the default of Ray
_TIMEOUT = 5.0  # seconds until a head that does not answer is given up
_PER_WORKER = 2  # shards: one is embedded, one waits, so that no worker is idle while results are stored
_REFRESH = 10.0  # seconds after which Ray is asked for hosts again: they come and go

_PATIENCE = 10.0  # seconds
_LATE = 4  # times the median time until a reply: a shard that takes longer is late
_CHECKS = 10  # for late shards, while the shortest patience lasts


@dataclass(slots=True, eq=False)
class _Host:
    """A host of the cluster."""

    node: str  # its id in Ray
    device: Device
    workers: int
    sent: int = 0  # shards that it has not replied to
    replied: float = 0.0  # when it last replied, in seconds of `time.monotonic`

    def load(self) -> tuple[float, float]:
        """Return what is greater the less a host should get a shard; one that is lost keeps its shards."""
        return self.sent / self.workers, -self.replied


@dataclass(slots=True, eq=False)
class _Waiting:
    """A shard without a reply."""

    shard: Shard
    future: Future[dict[bytes, PassageVectors]]
    submitted: float  # in seconds of `time.monotonic`
    hosts: list[_Host] = field(default_factory=list)  # that have it


class RayEngine:
    """An `index.engine.Engine`. Close it, or use it as a context manager.

    If the connection to a host is cut, Ray notices after a minute, and waits for its tasks even longer. Hosts therefore
    get a shard when they have replied to another, and a late shard is sent to a second host: the first reply counts.
    """

    def __init__(self, ray: Any, model: Model, device: Device = "cpu", patience: float = _PATIENCE) -> None:
        """Use the cluster that the module `ray` is connected to; with `cuda`, the GPUs of the hosts that have any.

        A shard is late after `patience` seconds, or four times the usual time if that is longer.

        Raises:
            EngineError: the cluster has no host that can embed.
        """
        self._ray = ray
        self._patience = patience
        self._device: Device = device
        job = {"model": json.dumps(asdict(model)), "version": version("newsqa")}
        devices: tuple[Device, ...] = ("cpu", "cuda")
        self._jobs = {each: ray.put(Job(device=each, **job)) for each in devices}
        # Without a limit of retries: the loss of a host is no error. `max_calls`: or each shard would load the model.
        options = {"max_retries": -1, "max_calls": 0}
        self._embed = {
            "cpu": ray.remote(num_cpus=1, **options)(_embed),
            "cuda": ray.remote(num_gpus=1, num_cpus=0, **options)(_embed),
        }
        self._cluster: dict[str, _Host] = {}
        self._asked = 0.0
        self._waiting: list[_Waiting] = []
        self._times: deque[float] = deque(maxlen=100)  # seconds until the replies of the last shards
        self._embedded: Counter[str] = Counter()
        self._lock = Lock()
        self._look()
        if not self._cluster:
            raise EngineError("engine ray: the cluster has no host with a free core: add one with ray start --address")
        self._closing = Event()
        self._watching = Thread(target=self._watch, name="late-shards", daemon=True)
        self._watching.start()

    @property
    def hosts(self) -> Counter[str]:
        """How many passages each host has embedded, by its IP address."""
        return self._embedded.copy()

    @property
    def ahead(self) -> int:
        """Two shards for each worker: a core, or a GPU."""
        self._look()
        return max(1, sum(_PER_WORKER * host.workers for host in self._cluster.values()))

    def _look(self) -> None:
        """Take up hosts that have joined, and forget those that are known to be lost."""
        if self._cluster and time.monotonic() - self._asked < _REFRESH:
            return
        self._asked = time.monotonic()
        hosts = {}
        for node in self._ray.nodes():
            resources = node["Resources"]
            gpus = int(resources.get("GPU", 0)) if self._device == "cuda" else 0
            workers = gpus or int(resources.get("CPU", 0))
            if node["Alive"] and workers:
                new = _Host(node["NodeID"], "cuda" if gpus else "cpu", workers)
                hosts[new.node] = self._cluster.get(new.node, new)
        self._cluster = hosts or self._cluster

    def submit(self, shard: Shard) -> Future[dict[bytes, PassageVectors]]:
        """Embed a shard on the host that is the first to be free.

        The future raises `NewsqaError`: a host cannot use the model, or the head is lost.
        """
        waiting = _Waiting(shard, Future(), time.monotonic())
        with self._lock:
            self._waiting.append(waiting)
        self._send(waiting)
        return waiting.future

    def _send(self, waiting: _Waiting) -> None:
        """Send a shard to a host that does not have it, if there is one."""
        with self._lock:
            hosts = [each for each in self._cluster.values() if each not in waiting.hosts] or [*self._cluster.values()]
            host = min(hosts, key=_Host.load)
            host.sent += 1
            waiting.hosts.append(host)

        def finish(reply: Future[tuple[str, dict[bytes, PassageVectors]]]) -> None:
            now = time.monotonic()
            with self._lock:
                host.sent -= 1
                host.replied = now
                if waiting not in self._waiting:
                    return  # another reply was first
                self._waiting.remove(waiting)
                self._times.append(now - waiting.submitted)
            try:
                address, vectors = reply.result()
            except Exception as error:  # noqa: BLE001 - whatever happened, the update must hear of it
                waiting.future.set_exception(problem(error))
            else:
                self._embedded[address] += len(vectors)
                waiting.future.set_result(vectors)

        # Softly: if the host is known to be lost, Ray uses another one.
        there = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(host.node, soft=True)
        task = self._embed[host.device].options(scheduling_strategy=there)
        task.remote(self._jobs[host.device], waiting.shard).future().add_done_callback(finish)

    def _watch(self) -> None:
        """Send late shards again, each after twice the time of before."""
        while not self._closing.wait(self._patience / _CHECKS):
            with self._lock:
                if not self._times:
                    continue  # workers are preparing the model
                patience = max(self._patience, _LATE * statistics.median(self._times))
                now = time.monotonic()
                late = [each for each in self._waiting if now - each.submitted > patience * 2 ** (len(each.hosts) - 1)]
            for each in late:
                self._send(each)

    def __enter__(self) -> Self:
        """Return the engine."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect: Ray ends what is being embedded."""
        self._closing.set()
        self._watching.join()
        self._ray.shutdown()


def check(address: str) -> str:
    """Return an address as Ray has it, empty for that of the environment, or else a cluster on this machine.

    Raises:
        EngineError: it is none, or Ray is not installed.
    """
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise EngineError(f"engine '{address}': write ray, or ray://HOST:PORT with the address of the head")
    if importlib.util.find_spec("ray") is None:
        raise EngineError("engine ray: Ray is not installed: run pip install 'newsqa[ray]', or leave out --engine")
    return f"ray://{match['host']}:{match['port'] or _PORT}" if match["host"] else ""


def connect(address: str) -> Any:
    """Connect to a cluster; return the module `ray`.

    Raises:
        EngineError: Ray is not installed, the cluster cannot be reached, or has another version of Ray or Python.
    """
    url = check(address)
    if url:
        host, _, port = url.removeprefix("ray://").rpartition(":")
        try:  # Ray itself tries for half a minute
            socket.create_connection((host.strip("[]"), int(port)), _TIMEOUT).close()
        except (OSError, OverflowError) as error:
            raise EngineError(
                f"{url}: no head of Ray answers there ({error}): start it with ray start --head, "
                f"or check the address and port {port} of the firewall"
            ) from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # or Ray sends statistics to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or Ray warns that this will be the default
    os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # or Ray prints what is reported here
    import ray
    import ray.util.scheduling_strategies

    for last in (False, True):
        try:
            ray.init(url or None, log_to_driver=False, logging_level="ERROR")
            break
        except Exception as error:
            if last or "client server failed" not in str(error):  # as in the first seconds of a head
                raise EngineError(f"{url or 'ray'}: {_reason(error)}") from error
    return ray


def problem(error: BaseException) -> NewsqaError:
    """Return an error of a shard with a message for the user."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, NewsqaError):
        return cause
    if isinstance(cause, ModuleNotFoundError) or "ModuleNotFoundError" in str(error):
        return EngineError(
            f"a host of the cluster does not have newsqa {version('newsqa')}: install the same version on each host"
        )
    return EngineError(f"engine ray: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """Return what Ray says in one line, and what to do."""
    found = re.findall(r"(Ray|Python): (\S+)", str(error))
    if len(found) == 4:  # versions of the cluster, then those of this process
        theirs, ours = (" and ".join(f"{name} {number}" for name, number in each) for each in (found[:2], found[2:]))
        return f"the cluster has {theirs}, this machine has {ours}: install the same versions"
    if re.search("authentication token|client connection timeout", str(error)):
        return (
            "the head does not accept this machine: if the cluster has a token, set RAY_AUTH_MODE=token and copy "
            "~/.ray/auth_token of the head to here"
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return f"{lines[-1]}: run the same command again to continue, or leave out --engine"


def _embed(job: Job, shard: Shard) -> tuple[str, dict[bytes, PassageVectors]]:
    """Embed a shard on the host that runs this; return its IP address too."""
    import ray

    host: str = ray.util.get_node_ip_address()
    try:
        return host, embed_shard(*load(job), shard)
    except NewsqaError as error:
        raise type(error)(f"host {host}: {error}") from None
