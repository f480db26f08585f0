"""A model is exported without its table of word embeddings, which is then put back."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("sentence_transformers")
import torch

from index.model import export, vocabulary
from tests.index.model.test_cache import write_tiny

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> "SentenceTransformer":
    with export.quiet():
        return export.load(str(write_tiny(tmp_path_factory.mktemp("tiny"), seed=1)), "eager")


def _quantized(original: "SentenceTransformer", folder: Path, name: str) -> Path:
    with export.quiet():
        export._to_onnx(original, folder / "float32.onnx")
        export.quantize(folder / "float32.onnx", folder / name)
    return folder / name


def test_a_restored_graph_equals_the_whole_one_byte_for_byte(original: "SentenceTransformer", tmp_path: Path) -> None:
    whole = _quantized(original, tmp_path, "whole.onnx")
    with vocabulary.shortened(original) as table:
        short = _quantized(original, tmp_path, "short.onnx")
    assert short.stat().st_size < whole.stat().st_size
    assert vocabulary.restore(short, vocabulary.quantize(table))
    assert short.read_bytes() == whole.read_bytes()


def test_a_model_has_its_whole_table_again_also_after_an_error(original: "SentenceTransformer") -> None:
    def rows() -> int:
        return max(len(module.weight) for module in original.modules() if isinstance(module, torch.nn.Embedding))

    def fail() -> None:
        with vocabulary.shortened(original) as table:
            assert len(table) == before > rows()
            raise RuntimeError

    before = rows()
    with pytest.raises(RuntimeError):
        fail()
    assert rows() == before


def test_a_graph_without_the_short_table_is_left_as_it_is(original: "SentenceTransformer", tmp_path: Path) -> None:
    whole = _quantized(original, tmp_path, "whole.onnx")
    with vocabulary.shortened(original) as table:
        quantized = vocabulary.quantize(table)
    before = whole.read_bytes()
    assert not vocabulary.restore(whole, quantized)
    assert whole.read_bytes() == before


def test_a_model_without_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table of word embeddings"), vocabulary.shortened(torch.nn.Sequential()):  # type: ignore[arg-type]
        pass
