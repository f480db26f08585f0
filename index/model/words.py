"""The retriever's table of word embeddings, which the reader shares."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError

_NAME = "word_embeddings.weight_quantized"


@dataclass(frozen=True, slots=True)
class Table:
    """Word embeddings in 8 bits, as `index.model.assemble` quantizes them."""

    codes: NDArray[np.uint8]  # shape (vocabulary, width)
    scale: float
    zero: int

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the embeddings of tokens, shape (*ids.shape, width)."""
        return (self.codes[ids].astype(np.float32) - np.float32(self.zero)) * np.float32(self.scale)


def read(model: Path) -> Table:
    """Return the table in the ONNX file of a prepared model.

    Raises:
        ModelError: the model has no such table.
    """
    import onnx  # only preparing and training need it

    tensors = {tensor.name: tensor for tensor in onnx.load(model).graph.initializer}
    name = next((name for name in tensors if name.endswith(_NAME)), None)
    if name is None:
        raise ModelError(f"{model}: no 8-bit table of word embeddings: the reader needs the bundled model")
    stem = name.removesuffix("_quantized")
    scale, zero = (onnx.numpy_helper.to_array(tensors[f"{stem}_{part}"]) for part in ("scale", "zero_point"))
    return Table(onnx.numpy_helper.to_array(tensors[name]), float(scale.reshape(-1)[0]), int(zero.reshape(-1)[0]))
