"""A process of the server of Milvus, from the package `milvus` in an environment of its own, for tests."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROGRAM = os.environ.get("MILVUS_SERVER", "")
"""The path of `milvus-server`; without it the tests on a server are not run."""

_PORT = 19530  # it listens on others, too


class MilvusStandalone:
    """A server of Milvus in the network namespace of the tests, which must have no other network."""

    def __init__(self, folder: Path) -> None:
        """Start a server with its data in a new folder; skip the test where a network would reach it."""
        if {name for _, name in socket.if_nameindex()} != {"lo"}:
            pytest.skip("milvus-server listens on all networks: run unshare -n sh -c 'ip link set lo up; pytest …'")
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "--data", str(folder / "data")], stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", _PORT), 1).close()
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.2)
            else:
                break
        time.sleep(5)  # it listens before it answers

    def address(self, name: str) -> str:
        """Return the address of an archive."""
        return f"milvus+http://127.0.0.1:{_PORT}/{name}"

    def stop(self) -> None:
        """Kill the server with its child, which ignores SIGTERM."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
