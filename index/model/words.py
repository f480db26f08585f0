"""Word embeddings of a prepared model, read in place from its ONNX file; the reader shares them with the retriever."""

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

_TABLE = b"word_embeddings.weight_quantized"
_SCALE, _ZERO_POINT = b"word_embeddings.weight_scale", b"word_embeddings.weight_zero_point"
# Numbers of fields in onnx.proto: of a model, of a graph and of a tensor.
_GRAPH, _INITIALIZER = 7, 5
_DIMS, _FLOAT_DATA, _INT32_DATA, _NAME, _RAW_DATA = 1, 4, 5, 8, 9


@dataclass(frozen=True, slots=True)
class WordEmbeddings:
    """A table of word embeddings in 8 bits, as `index.model.assemble` quantizes them."""

    codes: NDArray[np.uint8]  # shape (vocabulary, width)
    scale: float
    zero: int

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embeddings of tokens, shape (*ids.shape, width)."""
        return (self.codes[ids].astype(np.float32) - np.float32(self.zero)) * np.float32(self.scale)


def read(model: Path) -> WordEmbeddings:
    """Return the table in the ONNX file of a prepared model. The file is mapped: only rows that are used take memory.

    Raises:
        ModelError: the file has no table in 8 bits.
    """
    with model.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    found: dict[bytes, dict[int, tuple[int, int]]] = {}
    for graph in (place for number, place in _fields(data, 0, len(data)) if number == _GRAPH):
        for number, place in _fields(data, *graph):
            if number == _INITIALIZER:
                tensor = dict(_fields(data, *place))
                name = data[slice(*tensor[_NAME])]
                found |= {ending: tensor for ending in (_TABLE, _SCALE, _ZERO_POINT) if name.endswith(ending)}
    if len(found) < len((_TABLE, _SCALE, _ZERO_POINT)):
        raise ModelError(f"{model}: no 8-bit table of word embeddings: the reader needs the bundled model")
    start, end = found[_TABLE][_RAW_DATA]
    width = found[_TABLE][_DIMS]  # the last of the dimensions
    codes = np.frombuffer(data, np.uint8, end - start, start).reshape(-1, _varint(data, width[0])[0])
    (scale,) = struct.unpack_from("<f", data, found[_SCALE][_FLOAT_DATA][0])
    zero, _ = _varint(data, found[_ZERO_POINT][_INT32_DATA][0])
    return WordEmbeddings(codes, scale, zero)


def _fields(data: mmap.mmap, position: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Return the number and the place of the content of each field of a message; contents are not read."""
    while position < end:
        key, position = _varint(data, position)
        match key & 7:
            case 0:
                _, stop = _varint(data, position)
            case 1:
                stop = position + 8
            case 5:
                stop = position + 4
            case _:
                length, position = _varint(data, position)
                stop = position + length
        yield key >> 3, (position, stop)
        position = stop


def _varint(data: mmap.mmap, position: int) -> tuple[int, int]:
    """Return the number that is stored in groups of 7 bits at `position`, and the position after it."""
    number = shift = 0
    while True:
        byte = data[position]
        number |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return number, position
