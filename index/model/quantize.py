"""Quantize token vectors to four bits per component, and compute their cosines to token vectors of a question.

Late interaction (ColBERT, Khattab and Zaharia 2020) needs a vector for every token of a passage. Each component is
stored as one of sixteen steps of the grid of the model, which covers the usual range of the component, with no
measurable loss against float32. Frequent tokens, such as articles and commas, are omitted: a third, also without loss.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.model.cache import Model
from index.model.embed import Embedding
from index.model.runtime import session
from index.types import Span, TokenCodes, Vectors, unit

MIN_SURPRISAL = 8.0  # nats (-log p): tokens of a passage with a lower value are not stored

_LEVELS = 16
_GRID_RADIUS = 3.5  # standard deviations around its mean that the steps of a component cover
_MIDDLE = (_LEVELS - 1) / 2
_MAX_INT8 = 127
_INT8_DOT = Path(__file__).with_name("int8_dot.onnx")  # first @ low + second @ high; see test_quantize.py


class TokenQuantizer:
    """Encodes and compares token vectors with the grid of one model."""

    def __init__(self, model: Model) -> None:
        """Use the grid of `model`: the lowest step and the step size of each component."""
        low, step = np.array(model.grid, dtype=np.float32)
        self._low, self._step = low, step
        self._integer = session(_INT8_DOT)

    @property
    def width(self) -> int:
        """The number of components of a token vector."""
        return len(self._low)

    def encode(self, embedding: Embedding, heading: int, sentences: Sequence[Span]) -> TokenCodes:
        """Return the codes of an embedded passage; the offsets of `sentences` start after `heading` code points."""
        kept = embedding.surprisal >= MIN_SURPRISAL
        parts = [np.flatnonzero((embedding.spans[:, 0] < heading) & kept)]
        for start, end in sentences:
            inside = (embedding.spans[:, 1] > heading + start) & (embedding.spans[:, 0] < heading + end)
            selected = np.flatnonzero(inside & kept)
            parts.append(selected if len(selected) else np.flatnonzero(inside))
        vectors = unit(embedding.tokens)
        overall = unit(vectors.mean(axis=0, keepdims=True))  # replaces a sentence without tokens
        rows = [vectors[part] if len(part) or not number else overall for number, part in enumerate(parts)]
        counts = np.array([len(part) for part in rows], dtype=np.uint16)
        return TokenCodes(counts, self._encoded(np.concatenate(rows)))

    def _encoded(self, vectors: Vectors) -> NDArray[np.uint8]:
        steps = np.clip(np.rint((vectors - self._low) / self._step), 0, _LEVELS - 1).astype(np.uint8)
        half = self.width // 2
        codes: NDArray[np.uint8] = steps[:, :half] | steps[:, half:] << 4
        return codes

    def cosines(
        self, codes: NDArray[np.uint8], question: Vectors, means: Vectors, mean_rows: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Return the cosines of quantized vectors to unit vectors, shape (codes, tokens of the question).

        `mean_rows` gives for each code the row of `means` to subtract from it.
        """
        products = self._dot_products(codes, np.vstack([question, means]))
        cosines, to_mean = products[:, : len(question)], products[np.arange(len(codes)), len(question) + mean_rows]
        # The vectors had unit length before the subtraction of the mean.
        lengths = np.sqrt(np.maximum(1 - 2 * to_mean + (means**2).sum(axis=1)[mean_rows], 1e-6))
        cosines -= (means @ question.T)[mean_rows]
        cosines /= lengths[:, None]
        return cosines

    def _dot_products(self, codes: NDArray[np.uint8], others: Vectors) -> NDArray[np.float32]:
        """Return the dot products of quantized vectors with `others`, which are rounded to int8.

        Integer products take half the time of float products of decoded vectors. Codes count from the middle of the
        grid, which removes the part of the rounding error that is common to all codes.
        """
        half = self.width // 2
        weights = others * self._step
        scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12) / _MAX_INT8
        rounded = np.rint(weights / scale).astype(np.int8)
        low, high = np.ascontiguousarray(rounded[:, :half].T), np.ascontiguousarray(rounded[:, half:].T)
        inputs = {"first": codes & (_LEVELS - 1), "second": codes >> 4, "low": low, "high": high}
        (sums,) = self._integer.run(None, inputs)
        middle = others @ self._low + _MIDDLE * (weights.sum(axis=1) - scale[:, 0] * rounded.sum(axis=1))
        products: NDArray[np.float32] = sums.astype(np.float32)
        products *= scale[:, 0]
        products += middle
        return products


def fit_grid(tokens: Vectors) -> list[list[float]]:
    """Return the lowest step and the step size of each component, fitted to a sample of token vectors."""
    sample = unit(tokens)
    mean, deviation = sample.mean(axis=0), np.maximum(sample.std(axis=0), 1e-6)
    low = mean - _GRID_RADIUS * deviation
    step = 2 * _GRID_RADIUS * deviation / (_LEVELS - 1)
    return [[round(float(value), 7) for value in row] for row in (low, step)]
