"""A process of milvus-lite for tests."""

import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest


class MilvusLite:
    """A server of milvus-lite on this machine, which can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        """Start a server with its data in `folder`; skip the test where milvus-lite is not installed."""
        program = Path(sys.executable).with_name("milvus-lite")
        if find_spec("pymilvus") is None or not program.exists():
            pytest.skip("milvus-lite or pymilvus is not installed: pip install pymilvus milvus-lite")
        self._command = [str(program), "server", "--data-dir", str(folder / "milvus"), "--host", "127.0.0.1"]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self.start()

    def address(self, name: str) -> str:
        """Return the address of an archive."""
        return f"milvus+http://127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start the server and wait until it listens."""
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                return

    def signal(self, number: int) -> None:
        """Send a signal to the server."""
        self._process.send_signal(number)

    def stop(self) -> None:
        """Kill the server."""
        self._process.kill()
        self._process.wait()
