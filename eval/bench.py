"""Measure the speed of newsqa against sentence-transformers on torch, in one run: `make bench`.

Both use the same model, the same texts and all cores, in turn, so that what else the machine does touches both alike.
Figures are medians over rounds; only the ratios mean anything on another machine. Exits with 1 where one is missed.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2 as httpx

from index import bundled
from index.build import update
from index.catalog import Catalog
from index.embed import Embedder, cores
from index.language import Identifier
from index.model import BUNDLED
from index.prepare import prepare
from qa.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_ROUNDS = 5
_QUESTIONS = (
    "why did Kalinowski leave?",
    "Pourquoi Zoë Hitzig a-t-elle quitté OpenAI ?",
    "¿Cuántos cofundadores dejaron xAI?",
    "Was ist aus dem Superalignment-Team geworden?",
    "Chi ha lasciato Anthropic per studiare poesia?",
    "Quantos assinantes deixaram o ChatGPT?",
    "谁领导了安全研究团队？",
    "what does SB 53 protect?",
)
_LEAST_INDEXING = 2.2  # times the passages a second of sentence-transformers
_MOST_ASKING = 1.0  # times the milliseconds that sentence-transformers takes to embed the question alone


def main() -> None:
    """Print both measurements and what they have to reach."""
    settings = Settings.from_environment(os.environ)
    model = prepare(BUNDLED, settings.cache, lambda *_: None)
    with tempfile.TemporaryDirectory() as scratch, Embedder(model, model.folder(settings.cache)) as embedder:
        original = _original(Path(scratch, "original"))
        data = Path(scratch, "0")
        passages = _index(embedder, data)
        texts = _texts(data)
        original.encode_document(texts)  # warm
        ours, theirs = [], []
        for number in range(1, _ROUNDS + 1):
            ours.append(passages / _seconds(lambda number=number: _index(embedder, Path(scratch, str(number)))))  # type: ignore[misc]
            theirs.append(passages / _seconds(lambda: original.encode_document(texts)))
        asking, embedding = _ask(data, original)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, {cores()} cores, {model.identity}, {passages} passages")
    print(f"{'':34}{'newsqa':>10}{'sentence-transformers':>24}{'ratio':>8}")
    indexing = _row("passages indexed a second", statistics.median(ours), statistics.median(theirs))
    answering = _row("question: POST /ask | embed, ms", asking, embedding)
    print(f"to reach: indexing at least {_LEAST_INDEXING}, asking below {_MOST_ASKING}")
    if indexing < _LEAST_INDEXING or answering >= _MOST_ASKING:
        sys.exit("missed")


def _row(name: str, ours: float, theirs: float) -> float:
    print(f"{name:34}{ours:10.1f}{theirs:24.1f}{ours / theirs:8.2f}")
    return ours / theirs


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _index(embedder: Embedder, data: Path) -> int:
    """Index seeds/ into a new archive, the whole way from files to a published generation; return its passages."""
    languages = Identifier(Settings().languages)
    return update([Path("seeds")], data, embedder, languages, prune=False, progress=lambda *_: None).embedded


def _texts(data: Path) -> list[str]:
    """Return the passages as newsqa embeds them, title first."""
    with Catalog.open(data) as catalog:
        return [
            f"{article.title}\n{article.text[passage.start : passage.end]}"
            for article in catalog.articles(10_000, 0)
            for passage in catalog.passages_of(article.id)
        ]


def _original(folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    folder.mkdir()
    bundled.write(folder)
    return SentenceTransformer(str(folder), device="cpu")


def _ask(data: Path, original: "SentenceTransformer") -> tuple[float, float]:
    """Return the median milliseconds of POST /ask over real HTTP, and of embedding the question alone with torch."""
    command = [sys.executable, "-m", "qa.cli", "serve", "--data", str(data), "--port", "0", "--json"]
    asking, embedding = [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:
        try:
            address = json.loads(service.stdout.readline())["ready"] if service.stdout else ""
            with httpx.Client(base_url=address) as client:
                for round_ in range(_ROUNDS + 1):
                    for question in _QUESTIONS:
                        body = {"question": question}
                        spent = _seconds(lambda body=body: client.post("/ask", json=body).raise_for_status())  # type: ignore[misc]
                        alone = _seconds(lambda question=question: original.encode_query(question))  # type: ignore[misc]
                        if round_:  # the first warms up
                            asking.append(spent)
                            embedding.append(alone)
        finally:
            service.terminate()
    return statistics.median(asking) * 1000, statistics.median(embedding) * 1000


if __name__ == "__main__":
    main()
