"""How much of the machine's arithmetic in eight bits embedding uses: multiplications of the model against the limit."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import TensorProto, helper

from index.model.embed import Embedder, cores
from index.model.runtime import session

_SHAPE = (512, 384, 1536)  # rows, inner and columns: the largest product of the model, of a long passage
_SECONDS = 0.5  # of the measurement


def share(embedder: Embedder, model: Path, texts: Sequence[str]) -> tuple[float, float]:
    """Return multiplications in 10^9 a second: those of embedding `texts`, and the most that the machine does."""
    tokens = sum(len(embedder.encode_passage(text)) for text in texts)
    began = time.perf_counter()
    list(embedder.passages(texts))
    used = tokens * _per_token(model) / (time.perf_counter() - began)
    return used / 1e9, _limit() / 1e9


def _per_token(file: Path) -> int:
    """Return the multiplications in eight bits for a token: one for each weight of a matrix."""
    graph = onnx.load(file).graph
    sizes = {each.name: int(np.prod(each.dims)) for each in graph.initializer if len(each.dims) == 2}
    products = [node for node in graph.node if node.op_type == "MatMulInteger"]
    return sum(sizes.get(name, 0) for node in products for name in node.input)


def _limit() -> float:
    """Return the multiplications per second of products of large matrices, on all cores."""
    rows, inner, columns = _SHAPE
    rng = np.random.default_rng(0)
    left = rng.integers(0, 255, (rows, inner), dtype=np.uint8)
    weights = rng.integers(-127, 127, inner * columns, np.int8)
    right = helper.make_tensor("right", TensorProto.INT8, (inner, columns), weights.tobytes(), raw=True)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right"], ["product"])],
        "limit",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, (rows, inner))],
        [helper.make_tensor_value_info("product", TensorProto.INT32, (rows, columns))],
        [right],
    )
    with TemporaryDirectory() as folder:
        file = Path(folder, "limit.onnx")
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), file)
        loaded = session(file)

    def multiply(_: int) -> int:
        done = 0
        while time.perf_counter() < end:
            loaded.run(None, {"left": left})
            done += 1
        return done

    began = time.perf_counter()
    end = began + _SECONDS
    with ThreadPoolExecutor(cores()) as pool:
        done = sum(pool.map(multiply, range(cores())))
    return done * rows * inner * columns / (time.perf_counter() - began)
