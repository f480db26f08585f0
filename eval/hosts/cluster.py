"""A Ray cluster of hosts that are network namespaces of this machine, each with a CPU quota.

The head has a namespace without a quota. It embeds nothing; the command that indexes runs there.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self

ADDRESS = "ray://10.77.0.1"
"""Of the head, in its namespace."""

_SUBNET = "10.77.0"  # of the namespaces only: no other process sees it
_START = 60.0  # seconds that a host may take to start
_PERIOD = 100_000  # microseconds, of a quota
_GROUPS = Path("/sys/fs/cgroup")
_OPTIONS = ("--object-store-memory", "200000000", "--disable-usage-stats")


def missing() -> str:
    """Return what this machine lacks for such hosts, empty if nothing."""
    if find_spec("ray") is None:
        return "Ray is not installed: pip install 'newsqa[ray]'"
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("ip"):
        return "network namespaces need Linux, root and ip (iproute2)"
    name = f"newsqa-{os.getpid()}-try"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:  # noqa: S607
        return "network namespaces are not permitted here"
    _ip("netns", "delete", name)
    return ""


class Cluster:
    """A head and no hosts yet. Close it, or use it as a context manager."""

    def __init__(self, folder: Path, quota: float) -> None:
        """Start the head with its files in `folder`; a host gets `quota` of a core."""
        self._folder = folder  # its path must be short: Ray has sockets there
        self._quota = quota
        self._prefix = f"newsqa-{os.getpid()}"
        self._number = 0
        self._running: list[int] = []  # the numbers of namespaces
        self._groups: list[Path] = []
        self._add()
        for command in ("link add bridge type bridge", f"address add {_SUBNET}.1/24 dev bridge", "link set bridge up"):
            _ip("-n", self._name(0), *command.split())
        self._ray(0, "--head", "--port", "6379", "--num-cpus", "0", "--include-dashboard", "false")

    def start(self) -> int:
        """Start a host with one worker; return its number when it has joined."""
        number = self._add()
        inside, outside = f"host{number}", f"port{number}"
        _ip("-n", self._name(0), "link", "add", outside, "type", "veth", "peer", inside, "netns", self._name(number))
        for command in (f"link set {outside} master bridge", f"link set {outside} up"):
            _ip("-n", self._name(0), *command.split())
        for command in (f"address add {self.address(number)}/24 dev {inside}", f"link set {inside} up"):
            _ip("-n", self._name(number), *command.split())
        self._ray(number, "--address", f"{_SUBNET}.1:6379", "--num-cpus", "1")
        return number

    def address(self, number: int) -> str:
        """Return the IP address of a host."""
        return f"{_SUBNET}.{number + 1}"

    def lose(self, number: int) -> None:
        """Pull the cable of a host and kill its processes, so that nobody hears of its end."""
        _ip("-n", self._name(0), "link", "delete", f"port{number}")
        self._stop(number)

    def command(self, *arguments: str | Path) -> list[str]:
        """Return a command of newsqa that runs at the head."""
        return self._inside(0, sys.executable, "-m", "qa.cli.main", *map(str, arguments))

    def _inside(self, number: int, *command: str) -> list[str]:
        """Return a command that runs in a namespace and in its control group."""
        script = f"echo $$ > '{self._groups[number]}/cgroup.procs' && exec ip netns exec {self._name(number)} \"$@\""
        # Nobody else reaches these hosts, which therefore need no token.
        return ["env", "RAY_AUTH_MODE=disabled", "sh", "-c", script, "sh", *command]

    def _name(self, number: int) -> str:
        return f"{self._prefix}-{number}"

    def _add(self) -> int:
        """Add a namespace; return its number."""
        number = self._number
        self._number += 1
        _ip("netns", "add", self._name(number))
        self._running.append(number)
        _ip("-n", self._name(number), "link", "set", "lo", "up")
        return number

    def _ray(self, number: int, *options: str) -> None:
        """Start Ray in a namespace, and wait until it has started."""
        own = ["--node-ip-address", self.address(number), *_OPTIONS]
        if number == 0:
            own += ["--temp-dir", str(self._folder)]
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", *options, *own]
        self._group(number)
        log = self._folder.with_suffix(".log")
        with log.open("w") as output:  # no pipe, which the processes of Ray would keep open
            started = subprocess.run(
                self._inside(number, *ray), stdout=output, stderr=output, timeout=_START, check=False
            ).returncode
        if started:
            raise RuntimeError(f"Ray does not start: {log.read_text()}")

    def _group(self, number: int) -> None:
        """Make a control group, whose processes share the quota of a host, and which other processes hardly slow."""
        quota = str(round(self._quota * _PERIOD)) if number else ""
        old = _GROUPS / "cpu"  # of version 1
        group = (old if old.is_dir() else _GROUPS) / self._name(number)
        group.mkdir()
        self._groups.append(group)
        if old.is_dir():
            values = {"cpu.shares": "10240", "cpu.cfs_period_us": str(_PERIOD), "cpu.cfs_quota_us": quota or "-1"}
        else:
            values = {"cpu.weight": "1000", "cpu.max": f"{quota or 'max'} {_PERIOD}"}
        for name, value in values.items():
            (group / name).write_text(value)

    def _stop(self, number: int) -> None:
        """Kill the processes of a namespace, and delete it."""
        while pids := _ip("netns", "pids", self._name(number)).split():
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.1)
        _ip("netns", "delete", self._name(number))
        self._running.remove(number)

    def close(self) -> None:
        """Stop all hosts and the head."""
        for number in reversed([*self._running]):
            self._stop(number)
        for group in self._groups:
            with suppress(OSError):  # the kernel may hold it for a moment
                group.rmdir()

    def __enter__(self) -> Self:
        """Return the cluster."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all hosts and the head."""
        self.close()


def _ip(*arguments: str) -> str:
    """Run ip; return what it prints."""
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout  # noqa: S607
