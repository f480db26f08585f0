from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from index.model import bundled
from index.model.cache import Model
from index.model.words import WordEmbeddings, read


def test_rows_are_codes_less_the_zero_point_times_the_scale() -> None:
    table = WordEmbeddings(np.array([[0, 128], [255, 130]], dtype=np.uint8), 0.5, 128)
    assert table.rows(np.array([[1, 0]])).tolist() == [[[63.5, 1.0], [-64.0, 0.0]]]


def test_the_table_is_that_of_the_retriever(model: Model, cache: Path) -> None:
    table = read(model.folder(cache) / "model.onnx")
    sizes, tensors = bundled.read_weights(bundled.files()[0])
    assert table.codes.shape == (sizes["vocab_size"], sizes["hidden_size"])
    part = next(tensors["embeddings.word_embeddings.weight"].parts())
    rows = table.rows(np.arange(-(-len(part) // table.codes.shape[1]), dtype=np.int64))
    assert np.abs(rows.ravel()[: len(part)] - part).max() <= 0.501 * table.scale


def test_a_model_without_a_table_is_refused(tmp_path: Path) -> None:
    import onnx

    graph = onnx.helper.make_graph([], "empty", [], [])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="no 8-bit table"):
        read(tmp_path / "model.onnx")
