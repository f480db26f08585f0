"""Embed texts with a prepared model, on ONNX Runtime and tokenizers.

Texts are embedded one at a time: with dynamic int8 a batch would change the vectors, and it is not faster here.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.errors import ModelError
from index.model.cache import Model
from index.model.runtime import session
from index.types import Span, Vectors


@dataclass(frozen=True, slots=True)
class Embedding:
    """One embedded text; prompt and special tokens are in `vector` but not among the tokens."""

    vector: Vectors  # shape (dimension,)
    tokens: NDArray[np.float32]  # one row per token, shape (tokens, width), not unit-length
    spans: NDArray[np.int32]  # start and end of each token in the text, shape (tokens, 2)
    surprisal: NDArray[np.float32]  # self-information of each token, -log p in nats, shape (tokens,)


class TextEmbedder(Protocol):
    """The interface of embedders to indexing and asking."""

    @property
    def model(self) -> Model:
        """The model that computes the vectors."""
        ...

    @property
    def max_passage_tokens(self) -> int:
        """The maximum tokens of a passage, without the prompt and the special tokens."""
        ...

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of the tokens of `text`."""
        ...

    def question(self, text: str) -> Embedding:
        """Embed a question of any length."""
        ...

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the spans of the tokens of a question, shape (tokens, 2), and their surprisal; embeds nothing."""
        ...

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages on all cores, in order; each has at most `max_passage_tokens` tokens."""
        ...


class Embedder:
    """A loaded model. Thread-safe. Close it, or use it as a context manager."""

    def __init__(self, model: Model, folder: Path, workers: int | None = None) -> None:
        """Load `model` from `folder`; `workers` is the number of cores to use, by default all.

        Raises:
            ModelError: the files cannot be loaded.
        """
        try:
            with ThreadPoolExecutor(1) as thread:  # both take a second of a command
                loading = thread.submit(session, folder / "model.onnx")
                self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                self._surprisal = np.load(folder / "information.npy", allow_pickle=False)
                self._session = loading.result()
        except Exception as error:
            raise ModelError(f"{folder}: the model cannot be loaded: {error}") from error
        # A cycle, which only the garbage collector frees: freeing the tokenizer takes 0.3 s at the end of a command.
        self._cycle = self
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._model = model
        self._special = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        self._max_passage_tokens = model.max_tokens - self._special - len(self.token_spans(model.passage_prompt))
        self._pool = ThreadPoolExecutor(workers or cores(), thread_name_prefix="embed")

    @property
    def model(self) -> Model:
        """The model that computes the vectors."""
        return self._model

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, which neither pads nor truncates. Thread-safe."""
        return self._tokenizer

    @property
    def max_passage_tokens(self) -> int:
        """The maximum tokens of a passage, without the prompt and the special tokens."""
        return self._max_passage_tokens

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of the tokens of `text`."""
        return list(self._encoded(text).offsets)

    def question(self, text: str) -> Embedding:
        """Embed a question; the vector of a question longer than the model allows is the mean over its parts."""
        prompt = self._model.question_prompt
        max_tokens = self._model.max_tokens - self._special - len(self.token_spans(prompt))
        starts = [start for start, _ in self.token_spans(text)[::max_tokens]] or [0]
        cuts = [0, *starts[1:], len(text)]
        parts = [self._part(prompt, text, *cut) for cut in pairwise(cuts)]
        mean = np.mean([part.vector for part in parts], axis=0)
        return Embedding(
            (mean / np.linalg.norm(mean)).astype(np.float32) if len(parts) > 1 else parts[0].vector,
            np.concatenate([part.tokens for part in parts]),
            np.concatenate([part.spans for part in parts]),
            np.concatenate([part.surprisal for part in parts]),
        )

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the spans of the tokens of a question, shape (tokens, 2), and their surprisal; embeds nothing."""
        prompt = self._model.question_prompt
        encoding = self._encoded(prompt + text)
        spans = _spans(encoding, len(prompt))
        is_text = spans[:, 1] > 0
        return spans[is_text].clip(min=0), self._surprisal[np.array(encoding.ids)[is_text]].astype(np.float32)

    def _part(self, prompt: str, text: str, start: int, end: int) -> Embedding:
        encoding = self._encoded(prompt + text[start:end])
        encoding.truncate(self._model.max_tokens - self._special)  # a part alone can have one more token
        part = self._embed(self._tokenizer.post_process(encoding), len(prompt))
        return replace(part, spans=part.spans + start)

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages on all cores, in order; each has at most `max_passage_tokens` tokens."""
        return self._pool.map(self._passage, texts)

    def _passage(self, text: str) -> Embedding:
        return self._embed(self.encode_passage(text), len(self._model.passage_prompt))

    def encode_passage(self, text: str) -> Encoding:
        """Return the tokens of a passage, with its prompt and the special tokens.

        Raises:
            ValueError: the passage has too many tokens.
        """
        encoding = self._encoded(self._model.passage_prompt + text)
        if len(encoding) > self._model.max_tokens - self._special:
            raise ValueError(
                f"a passage has {len(encoding)} tokens with its prompt, more than the limit of {self._model.name}"
            )
        return self._tokenizer.post_process(encoding)

    def _encoded(self, text: str) -> Encoding:
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _embed(self, encoding: Encoding, prompt: int) -> Embedding:
        tokens, vector = self._session.run(
            ["tokens", "vector"], {"input_ids": np.array([encoding.ids], dtype=np.int64)}
        )
        return self.embedding(encoding, prompt, tokens, vector)

    def embedding(self, encoding: Encoding, prompt: int, tokens: NDArray[np.float32], vector: Vectors) -> Embedding:
        """Return an embedded text from its rows `tokens`; `encoding` begins with `prompt` code points of a prompt."""
        spans = _spans(encoding, prompt)
        is_text = (np.array(encoding.special_tokens_mask) == 0) & (spans[:, 1] > 0)
        surprisal = self._surprisal[np.array(encoding.ids)[is_text]].astype(np.float32)
        return Embedding(vector, tokens[is_text], spans[is_text].clip(min=0), surprisal)

    def close(self) -> None:
        """Stop the worker threads."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        """Return the embedder."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the worker threads."""
        self.close()


def _spans(encoding: Encoding, prompt: int) -> NDArray[np.int32]:
    """Return the spans of tokens after a prompt of `prompt` code points, shape (tokens, 2)."""
    return np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2) - prompt


def cores() -> int:
    """Return the number of cores available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
