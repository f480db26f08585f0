"""Quantize token vectors to two bits per component, and compute their cosines to token vectors of a question.

Late interaction (ColBERT, Khattab and Zaharia 2020) needs a vector for every token of a passage. It is projected to the
principal components of the model's token vectors and scaled to unit length again, without which the projection loses
quality; each component is stored as one of four levels. Frequent tokens, such as articles and commas, are omitted: a
third, without loss. docs/decisions.md has the measurements.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.model.cache import Model
from index.model.embed import Embedding
from index.model.runtime import session
from index.types import Span, TokenCodes, Vectors, unit

MIN_SURPRISAL = 8.0  # nats (-log p): tokens of a passage with a lower value are not stored
COMPONENTS = 192
"""Of a projected token vector, if the model has as many."""

_LEVELS = 4
_PER_BYTE = 4  # components
_MIDDLE = (_LEVELS - 1) / 2
_LOW_BITS = np.full(8, 0b01010101, np.uint8)  # of each component; in `codes ^ codes >> 1` set for the two inner levels
_ONE_CODE = np.full(8, _LEVELS - 1, np.uint8)  # the bits of the first component of each byte
_MAX_INT8 = 127
_INT8_DOT = Path(__file__).with_name("int8_dot.onnx")  # the sum of four products; see test_quantize.py


class TokenQuantizer:
    """Projects, encodes and compares token vectors with the constants of one model."""

    def __init__(self, model: Model) -> None:
        """Use the projection of `model`, the mean of each component, and the step between its levels."""
        self._mean, self._step = np.array(model.component_means, dtype=np.float32), np.float32(model.level_step)
        self._projection = unpacked(model.projection, self.width)
        self._integer = session(_INT8_DOT)

    @property
    def width(self) -> int:
        """The number of components of a projected token vector, a multiple of four."""
        return len(self._mean)

    @property
    def code_size(self) -> int:
        """The bytes of a code."""
        return self.width // _PER_BYTE

    @property
    def token_width(self) -> int:
        """The number of components of a token vector before the projection."""
        return len(self._projection)

    def project(self, vectors: Vectors) -> Vectors:
        """Return the projections of vectors, with `width` components; those of token vectors are to be made `unit`."""
        projected: Vectors = vectors @ self._projection
        return projected

    def encode(self, embedding: Embedding, heading: int, sentences: Sequence[Span]) -> TokenCodes:
        """Return the codes of an embedded passage; the offsets of `sentences` start after `heading` code points."""
        kept = embedding.surprisal >= MIN_SURPRISAL
        parts = [np.flatnonzero((embedding.spans[:, 0] < heading) & kept)]
        for start, end in sentences:
            inside = (embedding.spans[:, 1] > heading + start) & (embedding.spans[:, 0] < heading + end)
            selected = np.flatnonzero(inside & kept)
            parts.append(selected if len(selected) else np.flatnonzero(inside))
        vectors = unit(self.project(embedding.tokens))
        overall = unit(vectors.mean(axis=0, keepdims=True))  # replaces a sentence without tokens
        rows = [vectors[part] if len(part) or not number else overall for number, part in enumerate(parts)]
        counts = np.array([len(part) for part in rows], dtype=np.uint16)
        return TokenCodes(counts, self.quantize(np.concatenate(rows)))

    def quantize(self, vectors: Vectors) -> NDArray[np.uint8]:
        """Return the codes of projected unit vectors, shape (vectors, code_size)."""
        levels = np.clip(np.rint((vectors - self._mean) / self._step + _MIDDLE), 0, _LEVELS - 1).astype(np.uint8)
        first, second, third, fourth = np.split(levels, _PER_BYTE, axis=1)
        codes: NDArray[np.uint8] = first | second << 2 | third << 4 | fourth << 6
        return codes

    def cosines(
        self, codes: NDArray[np.uint8], question: Vectors, means: Vectors, mean_rows: NDArray[np.intp]
    ) -> NDArray[np.float32]:
        """Return the cosines of quantized vectors to unit vectors, shape (codes, tokens of the question).

        `mean_rows` gives for each code the row of `means` to subtract from it. All vectors are projected.
        """
        products = self._dot_products(codes, np.vstack([question, means, self._mean]))
        cosines, to_mean = products[:, : len(question)], products[np.arange(len(codes)), len(question) + mean_rows]
        squares = self._squares(codes, products[:, -1]) - 2 * to_mean + (means**2).sum(axis=1)[mean_rows]
        # Of the decoded vectors: with the lengths before quantization, vectors near the mean would get too much weight.
        lengths = np.sqrt(np.maximum(squares, 1e-6))
        cosines -= (means @ question.T)[mean_rows]
        cosines /= lengths[:, None]
        return cosines

    def _squares(self, codes: NDArray[np.uint8], to_mean: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the squared lengths of decoded vectors, which have the dot products `to_mean` with the mean."""
        words = _words(codes)
        inner = np.bitwise_count((words ^ words >> 1) & _LOW_BITS.view(words.dtype)[0]).sum(axis=1, dtype=np.float32)
        outer_square, inner_square = _MIDDLE**2, (_MIDDLE - 1) ** 2  # of the distance to the mean, in steps
        spread = outer_square * self.width - (outer_square - inner_square) * inner
        squares: NDArray[np.float32] = self._step**2 * spread + 2 * to_mean - self._mean @ self._mean
        return squares

    def _dot_products(self, codes: NDArray[np.uint8], others: Vectors) -> NDArray[np.float32]:
        """Return the dot products of quantized vectors with `others`, which are rounded to int8.

        Integer products take half the time of float products of decoded vectors. Levels count from the mean, which
        removes the part of the rounding error that is common to all codes.
        """
        scale = np.maximum(np.abs(others).max(axis=1, keepdims=True), 1e-12) / _MAX_INT8
        rounded = np.rint(others / scale).astype(np.int8)
        words = _words(codes)
        first = _ONE_CODE.view(words.dtype)[0]
        inputs = {f"codes{i}": (words >> 2 * i & first).view(np.uint8) for i in range(_PER_BYTE)}
        inputs |= {
            f"others{i}": np.ascontiguousarray(part.T) for i, part in enumerate(np.split(rounded, _PER_BYTE, axis=1))
        }
        (sums,) = self._integer.run(None, inputs)
        scale = scale[:, 0] * self._step
        products: NDArray[np.float32] = sums.astype(np.float32)
        products *= scale
        products += others @ self._mean - _MIDDLE * scale * rounded.sum(axis=1)
        return products


def _words(codes: NDArray[np.uint8]) -> NDArray[np.unsignedinteger]:
    """Return the same codes as integers of up to eight bytes, shape (codes, integers): numpy handles fewer faster."""
    words: NDArray[np.unsignedinteger] = np.ascontiguousarray(codes).view(f"u{gcd(codes.shape[1], len(_LOW_BITS))}")
    return words


def fit(tokens: Vectors, components: int = COMPONENTS) -> tuple[str, list[float], float]:
    """Return `projection`, `component_means` and `level_step` of a `Model` for a sample of its token vectors.

    The projection is to the first principal components about zero, rotated at random, so that all have about the same
    variance: otherwise the levels would be too few for the components in which the vectors differ most.
    """
    sample = unit(tokens)
    width = min(components, sample.shape[1]) // _PER_BYTE * _PER_BYTE
    _, axes = np.linalg.eigh(sample.T @ sample)  # in ascending order of their share
    rotation, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((width, width)))
    projection = packed(axes[:, ::-1][:, :width] @ rotation)
    projected = unit(sample @ unpacked(projection, width))
    means = [round(float(value), 7) for value in projected.mean(axis=0)]
    deviation = float(np.sqrt(projected.var(axis=0).mean()))
    return projection, means, round(max(deviation, 1e-6), 7)


def packed(matrix: NDArray[np.float32]) -> str:
    """Return a matrix of a projection as `Model` has it."""
    return b64encode(matrix.astype("<f2").tobytes()).decode()


def unpacked(projection: str, width: int) -> NDArray[np.float32]:
    """Return the matrix of a projection to `width` components, shape (width of token vectors, width)."""
    return np.frombuffer(b64decode(projection), "<f2").astype(np.float32).reshape(-1, width)
