"""Leave the table of word embeddings out while a model is exported, and put it into the quantized graph afterwards.

It is most of the weights of a multilingual model, and the exporter and the quantizer each hold them several times.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from index.model.assemble import per_tensor
from index.model.bundled import Weight
from index.types import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_ROWS = 61  # of the table that is exported; more than the exporter's example needs, and no usual size


@contextmanager
def shortened(original: "SentenceTransformer") -> Iterator[Vectors]:
    """Let a model have only the first rows of its largest table until the end of the block; yield the whole table.

    Raises:
        ValueError: the model has no table.
    """
    import torch  # seconds to import

    tables = [module for module in original.modules() if isinstance(module, torch.nn.Embedding)]
    if not tables:
        raise ValueError("it has no table of word embeddings")
    whole = max((table.weight for table in tables), key=len)
    short = torch.nn.Parameter(whole.detach()[:_ROWS].clone(), requires_grad=False)
    sharing = [table for table in tables if table.weight is whole]
    for table in sharing:
        table.weight = short
    try:
        yield whole.detach().float().numpy()
    finally:
        for table in sharing:
            table.weight = whole


@dataclass(frozen=True, slots=True)
class QuantizedTable:
    """A table in 8 bits."""

    shape: tuple[int, int]
    scale: list[float]
    zero: list[int]
    codes: NDArray[np.uint8]  # flat


def quantize(table: Vectors) -> QuantizedTable:
    """Quantize a table as `quantize_dynamic` of ONNX Runtime does it."""
    rows, width = table.shape
    return QuantizedTable((rows, width), *per_tensor(Weight((rows, width), table.reshape(-1))))


def restore(file: Path, table: QuantizedTable) -> bool:
    """Put the whole table into a quantized graph, in place of the short one.

    Returns False, and leaves the file as it is, if the graph does not have the short table in 8 bits exactly once.
    """
    import onnx  # only preparing needs it

    graph = onnx.load(file)
    tensors = {tensor.name: tensor for tensor in graph.graph.initializer}
    rows, width = table.shape
    shape = [min(_ROWS, rows), width]
    names = [name for name, tensor in tensors.items() if list(tensor.dims) == shape]
    if len(names) != 1 or not names[0].endswith("_quantized"):
        return False
    quantized, base = tensors[names[0]], names[0].removesuffix("_quantized")
    quantized.dims[0], quantized.raw_data = rows, table.codes.tobytes()
    tensors[f"{base}_scale"].float_data[:] = table.scale
    tensors[f"{base}_zero_point"].int32_data[:] = table.zero
    file.write_bytes(graph.SerializeToString())
    return True
