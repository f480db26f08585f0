"""Keeps the embeddings of recent questions, which front ends and evaluations repeat, and embeds waiting ones."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index.model.cache import Model
from index.model.embed import Embedding, TextEmbedder
from index.types import Span

_MAX_QUESTIONS = 256
_MAX_LENGTH = 160  # code points of a question that is kept: at most 63 MB for all, 5 MB for usual ones


class QuestionCache:
    """An embedder that embeds a question again only after 256 others: a `TextEmbedder`. Thread-safe."""

    def __init__(self, embedder: TextEmbedder) -> None:
        """Keep embeddings of `embedder`, by the exact text."""
        self._embedder = embedder
        self._recent = lru_cache(_MAX_QUESTIONS)(lambda text: _Once(partial(self._embed, text)))

    @property
    def model(self) -> Model:
        """The model that computes the vectors."""
        return self._embedder.model

    @property
    def max_passage_tokens(self) -> int:
        """The maximum tokens of a passage, without the prompt and the special tokens."""
        return self._embedder.max_passage_tokens

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of the tokens of `text`."""
        return self._embedder.token_spans(text)

    def question(self, text: str) -> Embedding:
        """Embed a question, or return its embedding of before, whose arrays are read-only."""
        return self._recent(text)() if len(text) <= _MAX_LENGTH else self._embedder.question(text)

    def prepare(self, text: str) -> None:
        """Embed a question that will be asked, in another thread than the one that asks it; long ones are left out."""
        if len(text) <= _MAX_LENGTH:
            self._recent(text)()

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the spans of the tokens of a question, and their surprisal."""
        return self._embedder.surprisal(text)

    def _embed(self, text: str) -> Embedding:
        embedding = self._embedder.question(text)
        for array in (embedding.vector, embedding.tokens, embedding.spans, embedding.surprisal):
            array.flags.writeable = False  # several answers share it
        return embedding

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages, in order; they are not kept."""
        return self._embedder.passages(texts)


class _Once:
    """A value that is computed once, although several threads ask for it; again if that failed."""

    def __init__(self, compute: Callable[[], Embedding]) -> None:
        self._compute = compute
        self._lock = Lock()
        self._value: Embedding | None = None

    def __call__(self) -> Embedding:
        with self._lock:
            if self._value is None:
                self._value = self._compute()
            return self._value
