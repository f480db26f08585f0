"""Measure the speed of newsqa against sentence-transformers on torch, and its size, in one run: `make bench`.

Both use the same model, the same texts and all cores, in turn, so that other load on the machine affects both equally.
Figures are medians over rounds; only the ratios are comparable between machines. Exits with 1 if a goal is missed.

Questions go over HTTP to `newsqa serve` in a process of its own, so that its threads are those of a real service. The
time of a question without its embedding grows with the archive, so it is also measured over 10,000 passages. These are
random combinations of sentences of seeds/, with the length and the number of vectors of real passages.
"""

import json
import os
import platform
import random
import statistics
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
from numpy.typing import NDArray

from eval import arithmetic, load
from index.build import update
from index.language import Identifier
from index.local.archive import reader, updating
from index.model import bundled
from index.model.cache import BUNDLED, Model
from index.model.embed import Embedder, Embedding, TextEmbedder, cores
from index.model.prepare import prepare
from index.types import Span, unit
from qa.settings import Settings
from qa.types import Mode

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_Result = TypeVar("_Result")

_ROUNDS = 5
_MIN_INDEXING_RATIO = 2.2  # of passages per second, newsqa to sentence-transformers
_MAX_ASKING_RATIO = 1.0  # of the time of a question to its embedding by sentence-transformers
_MAX_LARGE_RATIO = 2.0  # of the time of a question to its embedding by newsqa, in the large archive
_MAX_READING = 150.0  # milliseconds of a question over seeds/ with the default reader
_MIN_BULK_RATIO = 0.9  # of short articles indexed per second to their passages embedded per second alone
_MIN_ARITHMETIC = 0.6  # of the multiplications in eight bits that the machine can do, while it embeds
_MIN_CONCURRENCY = 1.8  # of the questions per second of many clients to those of one
_BULK_SIZE = 1000  # short articles, of two sentences
_BULK_ROUNDS = 3
_LARGE_SIZE = (1250, 60)  # articles, and sentences per article, which give eight passages


def main() -> None:
    """Print the measurements, and which goals are met."""
    settings = Settings.from_environment(os.environ)
    model = prepare(BUNDLED, settings.cache, lambda *_: None)
    with tempfile.TemporaryDirectory() as scratch, Embedder(model, model.folder(settings.cache)) as embedder:
        original = _original(Path(scratch, "original"))
        data = Path(scratch, "0")
        passages = _index(embedder, data)
        texts = _texts(data)
        original.encode_document(texts)  # the first call is slower
        ours, theirs = [], []
        for number in range(1, _ROUNDS + 1):
            ours.append(passages / _seconds(lambda number=number: _index(embedder, Path(scratch, str(number)))))  # type: ignore[misc]
            theirs.append(passages / _seconds(lambda: original.encode_document(texts)))
        used = arithmetic.share(embedder, model.folder(settings.cache) / "model.onnx", texts)
        bulk = _bulk(data, embedder, Path(scratch, "bulk"))
        stages, *small = _ask(data, original.encode_query, "off")
        reading_stages, *reading = _ask(data, original.encode_query, settings.reader)
        with load.service(data, "off") as address:
            loaded = load.throughput(address)
        large_data = _large(data, embedder, Path(scratch, "large"))
        large_stages, *large = _ask(large_data, embedder.question, "off")
        size = _size(large_data)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{machine}, {cores()} cores, {model.identity}, {passages} passages")
    print(f"{'':34}{'newsqa':>10}{'sentence-transformers':>24}{'ratio':>8}")
    indexing = _row("passages indexed per second", statistics.median(ours), statistics.median(theirs))
    print(f"{'':34}{'newsqa':>10}{'embedding them alone':>24}{'ratio':>8}")
    bulk_indexing = _row("short articles per second", *bulk)
    print(f"{'':34}{'newsqa':>10}{'limit of the machine':>24}{'ratio':>8}")
    of_limit = _row("embedding: 10^9 int8 products/s", *used)
    answering = _row("question: POST /ask | embed, ms", *small)
    print(stages)
    _row(f"the same with the reader: {settings.reader}", *reading)
    print(reading_stages)
    print(f"{'':34}{f'{load.CLIENTS} clients':>10}{'one client':>24}{'ratio':>8}")
    concurrency = _row("questions answered per second", *loaded)
    print(f"{size}\n{'':34}{'newsqa':>10}{'its embedding alone':>24}{'ratio':>8}")
    answering_large = _row("question: POST /ask | embed, ms", *large)
    print(large_stages)
    goals = {
        f"indexing at least {_MIN_INDEXING_RATIO}": indexing >= _MIN_INDEXING_RATIO,
        f"indexing short articles at least {_MIN_BULK_RATIO} of embedding them": bulk_indexing >= _MIN_BULK_RATIO,
        f"embedding at least {_MIN_ARITHMETIC} of the machine's arithmetic": of_limit >= _MIN_ARITHMETIC,
        f"a question below {_MAX_ASKING_RATIO}": answering < _MAX_ASKING_RATIO,
        f"a question with the reader at most {_MAX_READING:.0f} ms": reading[0] <= _MAX_READING,
        f"the questions of {load.CLIENTS} clients at least {_MIN_CONCURRENCY}": concurrency >= _MIN_CONCURRENCY,
        f"a question over the large archive at most {_MAX_LARGE_RATIO}": answering_large <= _MAX_LARGE_RATIO,
    }
    for goal, met in goals.items():
        print(f"{'met' if met else 'missed':8}{goal}")
    if not all(goals.values()):
        sys.exit(1)


def _row(name: str, ours: float, theirs: float) -> float:
    print(f"{name:34}{ours:10.1f}{theirs:24.1f}{ours / theirs:8.2f}")
    return ours / theirs


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _in_turn(ours: Callable[[str], _Result], theirs: Callable[[str], object]) -> tuple[list[_Result], float, float]:
    """Ask every question in both ways, alternately; return our answers and the median milliseconds of both."""
    answers, spent, alone = [], [], []
    for round_ in range(_ROUNDS + 1):
        for question in load.QUESTIONS:
            text = question + "?" * round_  # the service does not embed the same text twice
            began = time.perf_counter()
            answer = ours(text)
            between = time.perf_counter()
            theirs(text)
            ended = time.perf_counter()
            if round_:  # the first round is slower and not counted
                answers.append(answer)
                spent.append(between - began)
                alone.append(ended - between)
    return answers, statistics.median(spent) * 1000, statistics.median(alone) * 1000


def _stages(took: Sequence[Mapping[str, float]]) -> str:
    medians = (f"{stage} {statistics.median(each[stage] for each in took):.1f}" for stage in took[0])
    return f"  by stage, ms: {', '.join(medians)}"


def _index(embedder: Embedder, data: Path) -> int:
    """Index seeds/ into a new archive, from files to a published generation; return the number of passages."""
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


def _ask(data: Path, embed: Callable[[str], object], reader: Mode) -> tuple[str, float, float]:
    """Return the stages and the median milliseconds of POST /ask, and the median milliseconds of `embed` alone."""
    with load.service(data, reader) as address, httpx.Client(base_url=address) as client:
        responses, spent, alone = _in_turn(
            lambda question: client.post("/ask", json={"question": question}).raise_for_status(), embed
        )
    return _stages([response.json()["took_ms"] for response in responses]), spent, alone


# --- the large archive


def _bulk(data: Path, embedder: Embedder, folder: Path) -> tuple[float, float]:
    """Return how many short articles of JSON Lines are indexed per second, and how many of them are embedded alone."""
    sentences = [sentence for text in _texts(data) for sentence in text.split(". ")]
    chance = random.Random(0)  # noqa: S311
    rows = [
        json.dumps({"title": f"Report {n}", "text": ". ".join(chance.sample(sentences, 2))}) for n in range(_BULK_SIZE)
    ]
    folder.mkdir()
    file = Path(folder, "articles.jsonl")
    file.write_text("\n".join(rows), encoding="utf-8")
    indexed, embedded = [], []
    for number in range(_BULK_ROUNDS):
        store = Path(folder, str(number))
        languages = Identifier(Settings().languages)
        indexed.append(
            _seconds(
                lambda store=store, languages=languages: update(  # type: ignore[misc]
                    [file],
                    updating(store, embedder.model, 0),
                    embedder,
                    languages,
                    prune=False,
                    progress=lambda *_: None,
                )
            )
        )
        texts = _texts(store)
        embedded.append(_seconds(lambda texts=texts: list(embedder.passages(texts))))  # type: ignore[misc]
    return _BULK_SIZE / statistics.median(indexed), _BULK_SIZE / statistics.median(embedded)


def _large(data: Path, embedder: Embedder, folder: Path) -> Path:
    """Index articles made of random sentences of an archive; return the data folder."""
    sentences: dict[str, list[str]] = defaultdict(list)
    with reader(data) as catalog:
        for article in catalog.page(10_000, 0):
            for passage in catalog.passages_of(article.id):
                sentences[passage.language] += [article.text[start:end] for start, end in passage.sentences]
    draw = random.Random(0)  # noqa: S311
    articles, length = _LARGE_SIZE
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


def _size(data: Path) -> str:
    """Return the size of an archive as text."""
    with reader(data) as catalog:
        count, vectors = catalog.counts()["passages"], 0
        for article in catalog.page(_LARGE_SIZE[0], 0):
            passages = catalog.candidates(passage.number for passage in catalog.passages_of(article.id))
            vectors += sum(tokens.codes.nbytes for _, tokens in passages.values())
    stored = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    return f"{count} passages, {stored / count:.0f} bytes each, token vectors {vectors / count:.0f} of them"


class _ByLine:
    """Embeds a text line by line, each line only once: a hundred times as fast, with realistic vectors."""

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

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        return self._embedder.surprisal(text)

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        line_lists = [text.split("\n") for text in texts]
        new = sorted({line for lines in line_lists for line in lines if line} - set(self._known))
        self._known |= zip(new, self._embedder.passages(new), strict=True)
        return map(self._joined, line_lists)

    def _joined(self, lines: Sequence[str]) -> Embedding:
        parts, start = [], 0
        for line in lines:
            if line:
                parts.append(replace(self._known[line], spans=self._known[line].spans + start))
            start += len(line) + 1
        return Embedding(
            unit(np.mean([part.vector for part in parts], axis=0, keepdims=True))[0],
            np.concatenate([part.tokens for part in parts]),
            np.concatenate([part.spans for part in parts]),
            np.concatenate([part.surprisal for part in parts]),
        )


if __name__ == "__main__":
    main()
