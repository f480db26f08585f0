"""A fake embedder and a fake reader in place of the real models, and archives and services built with them."""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray

from index.build import update
from index.language import DEFAULT, Identifier
from index.local.archive import LocalArchive, updating
from index.local.publisher import Publisher
from index.local.writer import CatalogWriter
from index.model.cache import Model
from index.model.embed import Embedding, TextEmbedder
from index.model.quantize import MIN_SURPRISAL, packed
from index.types import Span, Summary, Vectors
from qa.ask import Asker
from qa.reader import Hurry, TextReader, Window, no_hurry
from qa.service.admission import Worker
from qa.service.app import create_app
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from qa.types import Reading

SHARED = Path(__file__).parents[2] / "shared"
"""Articles and cases beside the repository; tests that read them are skipped if the folder does not exist."""

TESTED = Settings(hosts=("testserver",))
"""The default settings with the host name of the test client."""

_TOKEN = re.compile(r"\w+|[^\w\s]")


def fake_model(identity: str = "fake@0", *, dimension: int = 32, max_tokens: int = 512) -> Model:
    """Return the description of a model that does not exist."""
    return Model(
        name=identity.rpartition("@")[0],
        identity=identity,
        dimension=dimension,
        max_tokens=max_tokens,
        question_prompt="",
        passage_prompt="",
        cosine=1.0,
        files={},
        projection=packed(np.eye(dimension, dtype=np.float32)),
        component_means=[0.0] * dimension,
        level_step=dimension**-0.5,
    )


class HashEmbedder:
    """Embeds by hashing words: the same words have the same vector on every machine.

    A token is a word or any other character except white space. `embedded` lists the embedded passages in order.
    """

    def __init__(self, model: Model | None = None) -> None:
        self._model = model or fake_model()
        self.embedded: list[str] = []

    @property
    def model(self) -> Model:
        """The model passed to the constructor, or `fake_model()`."""
        return self._model

    @property
    def max_passage_tokens(self) -> int:
        """The model's maximum: there are no prompt and no special tokens."""
        return self._model.max_tokens

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of words and other characters in `text`."""
        return [match.span() for match in _TOKEN.finditer(text)]

    def question(self, text: str) -> Embedding:
        """Embed a question, truncated to the model's maximum of tokens."""
        return self._embed(text, self.token_spans(text)[: self._model.max_tokens])

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the spans of the tokens of a question, and their surprisal."""
        embedding = self._embed(text, self.token_spans(text))
        return embedding.spans, embedding.surprisal

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages, in order.

        Raises:
            ValueError: a passage has too many tokens.
        """
        for text in texts:
            spans = self.token_spans(text)
            if len(spans) > self.max_passage_tokens:
                raise ValueError(f"{len(spans)} tokens do not fit {self.max_passage_tokens}")
            self.embedded.append(text)
            yield self._embed(text, spans)

    def _embed(self, text: str, spans: list[Span]) -> Embedding:
        rows = [_word_vector(text[start:end].casefold(), self._model.dimension) for start, end in spans]
        tokens = np.array(rows, dtype=np.float32).reshape(-1, self._model.dimension)
        total = tokens.sum(axis=0) if rows else _word_vector("", self._model.dimension)
        vector: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
        surprisal = np.full(len(spans), MIN_SURPRISAL, dtype=np.float32)
        return Embedding(vector, tokens, np.array(spans, dtype=np.int32).reshape(-1, 2), surprisal)


class PhraseReader:
    """Answers with the phrases it is given: a window that contains one answers, and it marks the phrase.

    In other sentences it marks everything. It takes `seconds` for each window; `windows` lists those it has read.
    """

    def __init__(self, *phrases: str, seconds: float = 0) -> None:
        self._phrases = phrases
        self._seconds = seconds
        self.windows: list[str] = []

    def read(self, question: str, windows: Sequence[Window], hurry: Hurry = no_hurry) -> list[Reading]:
        """Read windows one by one."""
        readings: list[Reading] = []
        while len(readings) < len(windows) and not hurry():
            readings.append(self._read(windows[len(readings)]))
        return readings

    def _read(self, window: Window) -> Reading:
        time.sleep(self._seconds)
        self.windows.append(window.text)
        answers: list[Span] = []
        logs: list[float] = []
        for start, end in window.sentences:
            places = [(window.text.find(phrase, start, end), phrase) for phrase in self._phrases]
            marked = [(place, place + len(phrase)) for place, phrase in places if place >= 0]
            answers.append(marked[0] if marked else (start, end))
            logs.append(-0.1 if marked else -15.0)
        logit = 3.0 if max(logs) == -0.1 else -3.0
        return Reading(logit, logit, np.array(logs, dtype=np.float32), tuple(answers))


@cache
def _word_vector(word: str, dimension: int) -> Vectors:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
    values = np.random.default_rng(seed).standard_normal(dimension)
    unit: Vectors = (values / np.linalg.norm(values)).astype(np.float32)
    return unit


@cache
def identifier() -> Identifier:
    """Return the identifier of the default languages."""
    return Identifier(DEFAULT)


def no_progress(_step: str, _done: int, _total: int) -> None:
    """Ignore progress."""


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write `files`, content by relative name, below `folder`; return the folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8", newline="")
    return folder


def index_paths(
    *paths: Path, data: Path, embedder: TextEmbedder | None = None, prune: bool = False, wait: float = 2
) -> Summary:
    """Update the archive in `data` from `paths`, by default with a `HashEmbedder`."""
    embedder = embedder or HashEmbedder()
    archive = updating(data, embedder.model, wait)
    return update(paths, archive, embedder, identifier(), prune=prune, progress=no_progress, data=data)


def writer_of(data: Path, embedder: TextEmbedder | None = None) -> Callable[[], CatalogWriter]:
    """Return a function that opens the archive in `data` for writing, with the model of a `HashEmbedder` by default."""
    model = (embedder or HashEmbedder()).model
    return lambda: CatalogWriter.open(data, model)


def build_archive(folder: Path, files: Mapping[str, str], embedder: TextEmbedder | None = None) -> Path:
    """Write `files`, content by name, to `folder/articles` and index them; return the data folder."""
    data = folder / "data"
    index_paths(write_files(folder / "articles", files), data=data, embedder=embedder)
    return data


def app_of(
    archive: LocalArchive,
    settings: Settings = TESTED,
    worker: Worker | None = None,
    publisher: Publisher | None = None,
    reader: TextReader | None = None,
) -> FastAPI:
    """Return the service of an archive built with a `HashEmbedder`."""
    asker = Asker(archive, HashEmbedder(), identifier(), reader=reader)
    return create_app(asker, settings, worker or Worker(8, 10), publisher)


@contextmanager
def service_of(data: Path, reader: TextReader | None = None, **settings: Any) -> Iterator[str]:
    """Serve an archive built with a `HashEmbedder` over real HTTP; yield the address."""
    with (
        LocalArchive(data) as archive,
        serve_in_thread(Asker(archive, HashEmbedder(), identifier(), reader=reader), Settings(**settings)) as address,
    ):
        yield address
