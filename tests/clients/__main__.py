"""Installs clients of other projects into a folder, runs them against the service and writes docs/clients.md."""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.fakes import build_archive, service_of

_HERE = Path(__file__).parent
_DOCUMENT = _HERE.parents[1] / "docs" / "clients.md"
_PYTHON = ("openai", "langchain-openai")
_NODE = ("openai", "ai", "@ai-sdk/openai", "@modelcontextprotocol/inspector")
_FEATURES = ("chat", "responses", "sources", "embeddings", "tools")
_ARTICLES = {
    "pool.md": "---\ntitle: The pool\nlanguage: en\n---\nThe municipal pool 🏊 closes in June.",
    "bridge.md": "---\ntitle: The bridge\nlanguage: en\n---\nThe bridge opens again on Monday.",
}
_INTRODUCTION = """\
# Clients

Clients of other projects that were run against the service, by `python -m tests.clients FOLDER`, which installs them
into a folder and writes this page. Each was given only the address of the service and the model `newsqa`.

`chat` and `responses` mean that an answer arrives whole and as a stream, `sources` that the client hands on the page
link of each quote, `embeddings` that it gets vectors, `tools` that it lists and calls the MCP tools. An empty cell is a
feature that the client does not have. LangChain's embeddings need `check_embedding_ctx_length=False`.

"""


def _install(folder: Path) -> Path:
    """Install the clients into a folder; return its Python."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "-q", *_PYTHON], check=True)
    subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *_NODE], cwd=folder, check=True)  # noqa: S607
    return python


def _results(folder: Path, python: Path, address: str) -> Iterator[dict[str, Any]]:
    """Yield the results of the clients; those from Node.js import from the folder."""
    script = folder / "from_node.mjs"
    script.write_bytes((_HERE / "from_node.mjs").read_bytes())
    for program, file in ((python, _HERE / "from_python.py"), ("node", script)):
        done = subprocess.run([program, file, address], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
        yield from map(json.loads, done.stdout.splitlines())


def _table(results: list[dict[str, Any]]) -> str:
    lines = [f"| client | {' | '.join(_FEATURES)} |", f"|---|{'---|' * len(_FEATURES)}"]
    for client in dict.fromkeys(result["client"] for result in results):
        cells = {each["feature"]: "no" if each["error"] else "yes" for each in results if each["client"] == client}
        lines.append(f"| {client} | {' | '.join(cells.get(feature, '') for feature in _FEATURES)} |")
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Write docs/clients.md; exit with 1 if a client fails."""
    folder.mkdir(parents=True, exist_ok=True)
    python = _install(folder.resolve())
    with tempfile.TemporaryDirectory() as data, service_of(build_archive(Path(data), _ARTICLES)) as address:
        results = list(_results(folder.resolve(), python, address))
    failures = [result for result in results if result["error"]]
    for failure in failures:
        sys.stderr.write(f"{failure['client']}, {failure['feature']}: {failure['error']}\n")
    _DOCUMENT.write_text(_INTRODUCTION + _table(results), encoding="utf-8")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
