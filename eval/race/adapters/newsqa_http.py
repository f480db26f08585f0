"""newsqa over HTTP: `newsqa serve` without its reader, asked with POST /ask."""

import json
import os
import subprocess
import sys

import httpx2 as httpx


class Adapter:
    """newsqa, end to end over HTTP; its service is a process of its own."""

    packages = ("newsqa", "onnxruntime", "faiss-cpu", "tantivy", "numpy")
    filters = ("language", "outlet")

    def __init__(self, model: str, data: str) -> None:  # noqa: ARG002 - the bundled model is in the cache
        """Name the data folder."""
        self._data = data
        self.service: int | None = None
        self._process: subprocess.Popen[str] | None = None

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:
        """Refuse: newsqa in process indexes."""
        raise NotImplementedError("an archive is indexed in process")

    def open(self) -> None:
        """Start the service."""
        command = [sys.executable, "-m", "qa.cli.main", "serve", "--data", self._data, "--port", "0", "--json"]
        self._process = subprocess.Popen(
            command,
            env=os.environ | {"NEWSQA_READER": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self._process.stdout is None:
            raise RuntimeError("no output")
        self._client = httpx.Client(base_url=json.loads(self._process.stdout.readline())["ready"], timeout=60)
        self.service = self._process.pid

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the ids that the service gives its passages."""
        names = {"language": "languages", "outlet": "sources"}
        body = {
            "question": question,
            "top_k": k,
            "filters": {names[name]: [value] for name, value in filters.items()},
        }
        answer = self._client.post("/ask", json=body).raise_for_status().json()
        return [passage["id"] for passage in answer["passages"]]

    def close(self) -> None:
        """Stop the service."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
