"""Token vectors in four bits a component, and their cosines to a question's.

Late interaction (ColBERT, Khattab and Zaharia 2020) needs a vector for every token of a passage. A component is kept as
one of sixteen steps of the model's grid, which covers what that component usually is; that cost nothing measurable
against float32. Tokens that say little, such as articles and commas, are left out: a third of them, at no cost either.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.model.cache import Model
from index.model.embed import Embedding
from index.model.runtime import session
from index.types import Span, TokenCodes, Vectors, unit

MIN_SURPRISAL = 8.0  # nats (-log p): tokens of a passage below it are not stored

_LEVELS = 16
_REACH = 3.5  # standard deviations to either side of its mean that a component's steps cover
_MIDDLE = (_LEVELS - 1) / 2
_FINEST = 127  # of what eight bits with a sign hold
_INT8_DOT = Path(__file__).with_name("int8_dot.onnx")  # first @ low + second @ high; the tests have it as text


class TokenQuantizer:
    """The grid of one model."""

    def __init__(self, model: Model) -> None:
        """Take the grid of `model`: the lowest step of each component and the distance of steps."""
        low, step = np.array(model.grid, dtype=np.float32)
        self._low, self._step = low, step
        self._integer = session(_INT8_DOT)

    @property
    def width(self) -> int:
        """Components of a token's vector."""
        return len(self._low)

    def encode(self, embedding: Embedding, heading: int, sentences: Sequence[Span]) -> TokenCodes:
        """Return the codes of an embedded passage, whose sentences' offsets begin after `heading` characters."""
        kept = embedding.surprisal >= MIN_SURPRISAL
        parts = [np.flatnonzero((embedding.spans[:, 0] < heading) & kept)]
        for start, end in sentences:
            inside = (embedding.spans[:, 1] > heading + start) & (embedding.spans[:, 0] < heading + end)
            telling = np.flatnonzero(inside & kept)
            parts.append(telling if len(telling) else np.flatnonzero(inside))
        vectors = unit(embedding.tokens)
        overall = unit(vectors.mean(axis=0, keepdims=True))  # of a sentence without a token of its own
        rows = [vectors[part] if len(part) or not number else overall for number, part in enumerate(parts)]
        counts = np.array([len(part) for part in rows], dtype=np.uint16)
        return TokenCodes(counts, self._encoded(np.concatenate(rows)))

    def _encoded(self, vectors: Vectors) -> NDArray[np.uint8]:
        steps = np.clip(np.rint((vectors - self._low) / self._step), 0, _LEVELS - 1).astype(np.uint8)
        half = self.width // 2
        codes: NDArray[np.uint8] = steps[:, :half] | steps[:, half:] << 4
        return codes

    def cosines(
        self, codes: NDArray[np.uint8], question: Vectors, means: Vectors, of: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Return the cosines of coded vectors to unit vectors, shape (codes, question's tokens).

        Each code is taken without the mean that `of` says, a row of `means`.
        """
        products = self._dot_products(codes, np.vstack([question, means]))
        towards, own = products[:, : len(question)], products[np.arange(len(codes)), len(question) + of]
        # The vectors were of unit length before the mean was taken out.
        lengths = np.sqrt(np.maximum(1 - 2 * own + (means**2).sum(axis=1)[of], 1e-6))
        towards -= (means @ question.T)[of]
        towards /= lengths[:, None]
        return towards

    def _dot_products(self, codes: NDArray[np.uint8], asked: Vectors) -> NDArray[np.float32]:
        """Return the dot products of coded vectors with others, which are rounded to eight bits for it.

        Whole numbers take half the time of decoded ones. The codes are taken from the middle of the grid, so that what
        rounding adds to all of them alike is not in the sum.
        """
        half = self.width // 2
        weights = asked * self._step
        scale = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12) / _FINEST
        rounded = np.rint(weights / scale).astype(np.int8)
        low, high = np.ascontiguousarray(rounded[:, :half].T), np.ascontiguousarray(rounded[:, half:].T)
        given = {"first": codes & (_LEVELS - 1), "second": codes >> 4, "low": low, "high": high}
        (sums,) = self._integer.run(None, given)
        middle = asked @ self._low + _MIDDLE * (weights.sum(axis=1) - scale[:, 0] * rounded.sum(axis=1))
        products: NDArray[np.float32] = sums.astype(np.float32)
        products *= scale[:, 0]
        products += middle
        return products


def fit_grid(tokens: Vectors) -> list[list[float]]:
    """Return the lowest step of each component, and the distance of steps, for a sample of token vectors."""
    sample = unit(tokens)
    mean, deviation = sample.mean(axis=0), np.maximum(sample.std(axis=0), 1e-6)
    low = mean - _REACH * deviation
    step = 2 * _REACH * deviation / (_LEVELS - 1)
    return [[round(float(value), 7) for value in row] for row in (low, step)]
