"""Reads a question and a passage together: does the passage answer, in which sentence, and with which words?

The network is the body of the bundled model with a head for the start and end of the answer and one for answerability
(Devlin et al. 2019, for SQuAD 2). `make reader` trains it, and docs/reader.md describes it.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import ModelError
from index.model import words
from index.model.bundled import PASSAGE_PROMPT, QUESTION_PROMPT
from index.model.cache import Model
from index.model.embed import Embedder, cores
from index.model.runtime import session
from index.types import Span
from qa.types import Reading

FILE = Path(__file__).with_suffix(".onnx")
DESCRIPTION = Path(__file__).with_suffix(".json")

MAX_TOKENS = 384  # of question and window together, as in training
_MAX_QUESTION_TOKENS = 64
_MAX_ANSWER_TOKENS = 60
_REMEDY = "reinstall newsqa, or set NEWSQA_READER=off"

Hurry = Callable[[], bool]
"""Returns whether to stop reading. It is called before each window is read, from any thread."""


def no_hurry() -> bool:
    """Return False: read everything."""
    return False


@dataclass(frozen=True, slots=True)
class Input:
    """Question and window as tokens: `<s> query: QUESTION </s> passage: TITLE TEXT </s>`."""

    ids: NDArray[np.int64]  # shape (tokens,)
    passage: int  # index of the first token after the first </s>, where the token type changes from 0 to 1
    body: int  # index of the first token of the window's text, after its title
    offsets: NDArray[np.int32]  # spans in the window of the tokens from `body` to the last but one, shape (n, 2)


class Encoder:
    """Encodes questions and windows with a tokenizer that has the special tokens of XLM-R. Thread-safe."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Use `tokenizer`, which must neither pad nor truncate."""
        self._tokenizer = tokenizer
        self._first, self._separator = (tokenizer.token_to_id(token) for token in ("<s>", "</s>"))

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of the tokens of `text`."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def encode(self, question: str, window: str, body: int) -> Input:
        """Return the tokens of a question and a window whose text starts at `body`; long windows are truncated."""
        question_ids = self._tokenizer.encode(QUESTION_PROMPT + question, add_special_tokens=False).ids
        question_ids = question_ids[:_MAX_QUESTION_TOKENS]
        room = MAX_TOKENS - len(question_ids) - 3
        encoding = self._tokenizer.encode(PASSAGE_PROMPT + window, add_special_tokens=False)
        ids = [self._first, *question_ids, self._separator, *encoding.ids[:room], self._separator]
        passage = len(question_ids) + 2
        shift = len(PASSAGE_PROMPT)
        spans = [(start - shift, end - shift) for start, end in encoding.offsets[:room]]
        # A token of the title, or of the prompt, ends before the text starts.
        before = sum(end <= body or end <= 0 for _, end in spans)
        offsets = np.array(spans[before:], dtype=np.int32).reshape(-1, 2).clip(min=0)
        return Input(np.array(ids, dtype=np.int64), passage, passage + before, offsets)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of an article for the reader: a title line above consecutive sentences."""

    text: str
    body: int  # where the sentences start, after the title
    sentences: tuple[Span, ...]  # into the text


class TextReader(Protocol):
    """Reads windows of articles."""

    def read(self, question: str, windows: Sequence[Window], hurry: Hurry = no_hurry) -> list[Reading]:
        """Return a reading of each window, in order; fewer if `hurry` returned True, those of the first windows."""
        ...


class Reader:
    """A loaded reader: a `TextReader`. Thread-safe. Close it, or use it as a context manager."""

    def __init__(self, embedder: Embedder, folder: Path, file: Path = FILE) -> None:
        """Load a reader and run it once, with the tokenizer of `embedder` and the embeddings of its model in `folder`.

        Raises:
            ModelError: a file cannot be loaded, or is not that of a reader.
        """
        try:
            self._session = session(file)
            self._encoder = Encoder(embedder.tokenizer)
            self._table = words.read(folder / "model.onnx")
            self._read("", Window("", 0, ()))  # so that another model fails here, not at the first question
        except Exception as error:
            raise ModelError(f"{file}: the reader cannot be loaded ({error}): {_REMEDY}") from error
        self._pool = ThreadPoolExecutor(cores(), thread_name_prefix="read")

    def read(self, question: str, windows: Sequence[Window], hurry: Hurry = no_hurry) -> list[Reading]:
        """Read windows on all cores, as `TextReader.read`."""
        readings: list[Reading] = []
        for reading in self._pool.map(lambda window: None if hurry() else self._read(question, window), windows):
            if reading is None:
                break
            readings.append(reading)
        return readings

    def _read(self, question: str, window: Window) -> Reading:
        tokens = self._encoder.encode(question, window.text, window.body)
        types = (np.arange(len(tokens.ids)) >= tokens.passage).astype(np.int64)
        starts, ends, answerable = self._session.run(
            ["starts", "ends", "answerable"], {"rows": self._table.rows(tokens.ids)[None], "types": types[None]}
        )
        return interpret(starts, ends, float(answerable[0]), tokens, window.sentences)

    def close(self) -> None:
        """Stop the worker threads."""
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> "Reader":
        """Return the reader."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the worker threads."""
        self.close()


def interpret(
    starts: NDArray[np.float32],
    ends: NDArray[np.float32],
    answerable: float,
    tokens: Input,
    sentences: Sequence[Span],
) -> Reading:
    """Return what the logits of tokens, shape (tokens,), mean for the sentences of the window.

    The logits of no answer are those of the first token.
    """
    body = slice(tokens.body, tokens.body + len(tokens.offsets))
    starts, ends, none = starts[body], ends[body], float(starts[0] + ends[0])
    total = np.logaddexp.reduce(starts.astype(np.float64)) if len(starts) else 0.0
    logs = np.full(len(sentences), -np.inf, dtype=np.float32)
    answers: list[Span | None] = [None] * len(sentences)
    best = -np.inf
    for index, (start, end) in enumerate(sentences):
        inside = np.flatnonzero((tokens.offsets[:, 1] > start) & (tokens.offsets[:, 0] < end))
        if not len(inside):
            continue
        first, last = int(inside[0]), int(inside[-1]) + 1
        logs[index] = np.logaddexp.reduce(starts[first:last].astype(np.float64)) - total
        length = np.arange(last - first)[None] - np.arange(last - first)[:, None]
        allowed = (length >= 0) & (length < _MAX_ANSWER_TOKENS)
        scores = np.where(allowed, starts[first:last, None] + ends[None, first:last], -np.inf)
        begin, stop = np.unravel_index(int(scores.argmax()), scores.shape)
        offsets = tokens.offsets[first:last]
        answers[index] = (max(int(offsets[begin, 0]), start), min(int(offsets[stop, 1]), end))
        best = max(best, float(scores[begin, stop]))
    return Reading(answerable, best - none, logs, tuple(answers))


def available(model: Model, description: Path = DESCRIPTION) -> bool:
    """Return whether the installed reader is for the embedding model; False if none is installed.

    Raises:
        ModelError: the description of the reader cannot be read.
    """
    try:
        identity: object = json.loads(description.read_text(encoding="utf-8"))["model"]
    except FileNotFoundError:
        return False
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"{description}: not the description of a reader ({error}): {_REMEDY}") from error
    return identity == model.identity
