"""The arithmetic of embedding is measured against the limit of the machine."""

from pathlib import Path

from eval import arithmetic
from index.model.cache import Model
from index.model.embed import Embedder


def test_embedding_uses_a_part_of_the_arithmetic(embedder: Embedder, model: Model, cache: Path) -> None:
    file = model.folder(cache) / "model.onnx"
    used, limit = arithmetic.share(embedder, file, ["Le pont rouvre lundi, et les camions attendent."] * 20)
    assert 0 < used < limit
    assert arithmetic._per_token(file) > 20_000_000
