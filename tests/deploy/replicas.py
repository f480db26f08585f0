"""Processes of `newsqa serve` that answer from one archive in Milvus, for tests."""

import json
import subprocess
from pathlib import Path

from tests.qa.cli.command import COMMAND, environment


class Replica:
    """A service on the real model, which can be killed and started again on the same port."""

    def __init__(self, folder: Path, store: str, port: int) -> None:
        """Start it with its data folder and its log in `folder`."""
        self._folder = folder
        self._environment = environment(NEWSQA_STORE=store, NEWSQA_PORT=str(port), NEWSQA_HOST="127.0.0.1")
        folder.mkdir()
        self.start()

    def start(self) -> None:
        """Start the service, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(COMMAND), "serve", "--json", "--data", str(self._folder / "data")],
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout
        with self._process.stdout as stream:
            line = stream.readline()
        assert line, (self._folder / "log").read_text(encoding="utf-8")
        self.address = str(json.loads(line)["ready"])

    def kill(self) -> None:
        """End it at once, as a machine that fails does."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it, with SIGTERM."""
        self._process.terminate()
        self._process.wait(20)
