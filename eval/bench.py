"""Measure the speed of newsqa against sentence-transformers on torch, and its size, in one run: `make bench`.

Both use the same model, the same texts and all cores, in turn, so that what else the machine does touches both alike.
Figures are medians over rounds; only the ratios mean anything on another machine. Exits with 1 where one is missed.

What a question costs beside being embedded grows with the archive, so it is measured over 10,000 passages, too. These
are sentences of seeds/ put together at random: as long as real ones, and with as many vectors.
"""

import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import httpx2 as httpx
import numpy as np

from index.build import update
from index.language import Identifier
from index.local.archive import reader, updating
from index.model import bundled
from index.model.cache import BUNDLED, Model
from index.model.embed import Embedder, Embedding, TextEmbedder, cores
from index.model.prepare import prepare
from index.types import Span, unit
from qa.archive import open_asker
from qa.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_Result = TypeVar("_Result")

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
_MOST_LARGE = 2.0  # times the milliseconds that newsqa takes to embed the question alone, over the large archive
_LARGE = (1250, 60)  # articles of the large archive, and sentences of each, which make eight passages


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
        stages, *small = _ask(data, original)
        large_data = _large(data, embedder, Path(scratch, "large"))
        size, large_stages, *large = _ask_large(replace(settings, data=large_data, model=None))
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, {cores()} cores, {model.identity}, {passages} passages")
    print(f"{'':34}{'newsqa':>10}{'sentence-transformers':>24}{'ratio':>8}")
    indexing = _row("passages indexed a second", statistics.median(ours), statistics.median(theirs))
    answering = _row("question: POST /ask | embed, ms", *small)
    print(stages)
    print(f"{size}\n{'':34}{'newsqa':>10}{'its embedding alone':>24}{'ratio':>8}")
    answering_large = _row("question: ask | embed, ms", *large)
    print(large_stages)
    print(
        f"to reach: indexing at least {_LEAST_INDEXING}, asking below {_MOST_ASKING}, "
        f"over the large archive at most {_MOST_LARGE}"
    )
    if indexing < _LEAST_INDEXING or answering >= _MOST_ASKING or answering_large > _MOST_LARGE:
        sys.exit("missed")


def _row(name: str, ours: float, theirs: float) -> float:
    print(f"{name:34}{ours:10.1f}{theirs:24.1f}{ours / theirs:8.2f}")
    return ours / theirs


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _in_turn(ours: Callable[[str], _Result], theirs: Callable[[str], object]) -> tuple[list[_Result], float, float]:
    """Ask every question in both ways, one after the other; return our answers and the median milliseconds of both."""
    answers, spent, alone = [], [], []
    for round_ in range(_ROUNDS + 1):
        for question in _QUESTIONS:
            began = time.perf_counter()
            answer = ours(question)
            between = time.perf_counter()
            theirs(question)
            ended = time.perf_counter()
            if round_:  # the first warms up
                answers.append(answer)
                spent.append(between - began)
                alone.append(ended - between)
    return answers, statistics.median(spent) * 1000, statistics.median(alone) * 1000


def _stages(took: Sequence[Mapping[str, float]]) -> str:
    medians = (f"{stage} {statistics.median(each[stage] for each in took):.1f}" for stage in took[0])
    return f"  by stage, ms: {', '.join(medians)}"


def _index(embedder: Embedder, data: Path) -> int:
    """Index seeds/ into a new archive, the whole way from files to a published generation; return its passages."""
    languages = Identifier(Settings().languages)
    return update(
        [Path("seeds")], updating(data, embedder.model, 0), embedder, languages, prune=False, progress=lambda *_: None
    ).embedded


def _texts(data: Path) -> list[str]:
    """Return the passages as newsqa embeds them, title first."""
    with reader(data) as catalog:
        return [
            f"{article.title}\n{article.text[passage.start : passage.end]}"
            for article in catalog.page(10_000, 0)
            for passage in catalog.passages_of(article.id)
        ]


def _original(folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    folder.mkdir()
    bundled.write(folder)
    return SentenceTransformer(str(folder), device="cpu")


def _ask(data: Path, original: "SentenceTransformer") -> tuple[str, float, float]:
    """Return the stages and the median milliseconds of POST /ask over real HTTP, and of embedding alone with torch."""
    command = [sys.executable, "-m", "qa.cli.main", "serve", "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        try:
            address = json.loads(service.stdout.readline())["ready"] if service.stdout else ""
            with httpx.Client(base_url=address) as client:
                responses, spent, alone = _in_turn(
                    lambda question: client.post("/ask", json={"question": question}).raise_for_status(),
                    original.encode_query,
                )
        finally:
            service.terminate()
    return _stages([response.json()["took_ms"] for response in responses]), spent, alone


# --- the large archive


def _large(data: Path, embedder: Embedder, folder: Path) -> Path:
    """Make articles of the sentences of an archive and index them; return the data folder."""
    sentences: dict[str, list[str]] = defaultdict(list)
    with reader(data) as catalog:
        for article in catalog.page(10_000, 0):
            for passage in catalog.passages_of(article.id):
                sentences[passage.language] += [article.text[start:end] for start, end in passage.sentences]
    draw = random.Random(0)  # noqa: S311
    articles, length = _LARGE
    folder.mkdir()
    with (folder / "articles.jsonl").open("w", encoding="utf-8") as stream:
        for number in range(articles):
            language = draw.choice(sorted(sentences))
            title, *text = draw.choices(sentences[language], k=length + 1)
            row = {"url": f"large:{number}", "title": title, "language": language, "text": "\n\n".join(text)}
            stream.write(json.dumps(row) + "\n")
    languages = Identifier(Settings().languages)
    archive = updating(folder / "data", embedder.model, 0)
    update([folder], archive, _ByLine(embedder), languages, prune=False, progress=lambda *_: None)
    return folder / "data"


def _ask_large(settings: Settings) -> tuple[str, str, float, float]:
    """Return the size, the stages and the median milliseconds of a question, and of embedding it alone."""
    with open_asker(settings, lambda *_: None) as asker:
        answers, spent, alone = _in_turn(asker.ask, asker.embedder.question)
    with reader(settings.data) as catalog:
        count, vectors = catalog.counts()["passages"], 0
        for article in catalog.page(_LARGE[0], 0):
            passages = catalog.candidates(passage.number for passage in catalog.passages_of(article.id))
            vectors += sum(tokens.codes.nbytes for _, tokens in passages.values())
    stored = sum(file.stat().st_size for file in settings.data.rglob("*") if file.is_file())
    size = f"{count} passages, {stored / count:.0f} bytes each, token vectors {vectors / count:.0f} of them"
    return size, _stages([answer.took_ms for answer in answers]), spent, alone


class _ByLine:
    """Embeds a text line by line, and no line twice: vectors like real ones, a hundred times as fast."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Embedding] = {}

    @property
    def model(self) -> Model:
        return self._embedder.model

    @property
    def max_passage_tokens(self) -> int:
        return self._embedder.max_passage_tokens

    def token_spans(self, text: str) -> list[Span]:
        return self._embedder.token_spans(text)

    def question(self, text: str) -> Embedding:
        return self._embedder.question(text)

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        wanted = [text.split("\n") for text in texts]
        new = sorted({line for lines in wanted for line in lines if line} - set(self._known))
        self._known |= zip(new, self._embedder.passages(new), strict=True)
        return map(self._joined, wanted)

    def _joined(self, lines: Sequence[str]) -> Embedding:
        parts, at = [], 0
        for line in lines:
            if line:
                parts.append(replace(self._known[line], spans=self._known[line].spans + at))
            at += len(line) + 1
        return Embedding(
            unit(np.mean([part.vector for part in parts], axis=0, keepdims=True))[0],
            np.concatenate([part.tokens for part in parts]),
            np.concatenate([part.spans for part in parts]),
            np.concatenate([part.surprisal for part in parts]),
        )


if __name__ == "__main__":
    main()
