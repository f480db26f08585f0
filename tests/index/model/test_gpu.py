"""The embedder of a GPU, tried on the CPU with torch in float32 and bfloat16."""

import copy
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sentence_transformers")
import torch

from index.errors import ModelError
from index.model import export, gpu
from index.model.embed import Embedder
from index.model.gpu import GpuEmbedder
from index.model.prepare import prepare
from index.process import ArticleProcessor
from index.types import unit
from qa import archive
from qa.settings import Settings
from tests.fakes import identifier, index_paths, no_progress, write_files
from tests.index.model.test_cache import write_tiny

_TEXTS = [
    "Fin des travaux\nLe pont de la Garonne rouvre lundi, après deux ans de travaux.",
    "The engineer left in March because the budget for her tunnel had been cut by half, the paper says.",
    "港口星期一重新开放，渡轮将在清晨六点恢复运营。",
    "يعاد فتح الجسر يوم الاثنين بعد عامين من الأشغال.",
    "Bravo 🎉👩‍👩‍👧 !",
    "Der Stadtrat von Lindau hat am Dienstag beschlossen, die Fähre auch im Winter fahren zu lassen. " * 3,
    "x",
]


@pytest.fixture(scope="module")
def exact(embedder: Embedder) -> GpuEmbedder:
    """The bundled model on torch in float32."""
    return gpu.load_on(embedder, "cpu", torch.float32)


def test_vectors_agree_with_those_of_the_cpu(exact: GpuEmbedder, embedder: Embedder) -> None:
    for ours, theirs in zip(exact.passages(_TEXTS), embedder.passages(_TEXTS), strict=True):
        assert float(ours.vector @ theirs.vector) > 0.99
        assert float(np.linalg.norm(ours.vector)) == pytest.approx(1, abs=1e-5)
        assert ours.tokens.dtype == ours.vector.dtype == np.float32
        assert ours.tokens.shape == theirs.tokens.shape
        assert np.array_equal(ours.spans, theirs.spans)
        assert np.array_equal(ours.surprisal, theirs.surprisal)
        assert float((unit(ours.tokens) * unit(theirs.tokens)).sum(axis=1).mean()) > 0.98


def test_half_precision_hardly_changes_a_vector(exact: GpuEmbedder, embedder: Embedder) -> None:
    half = GpuEmbedder(embedder, copy.deepcopy(exact._original).to(torch.bfloat16))
    for ours, theirs in zip(half.passages(_TEXTS[:3]), exact.passages(_TEXTS[:3]), strict=True):
        assert float(ours.vector @ theirs.vector) > 0.999


def test_a_text_has_nearly_the_same_vector_next_to_any_others(exact: GpuEmbedder) -> None:
    together = [embedding.vector for embedding in exact.passages(_TEXTS)]
    for text, vector in zip(_TEXTS, together, strict=True):
        (alone,) = exact.passages([text])
        assert float(alone.vector @ vector) > 0.99999


def test_questions_and_tokens_are_those_of_the_cpu(exact: GpuEmbedder, embedder: Embedder) -> None:
    assert exact.question(_TEXTS[0]).vector.tobytes() == embedder.question(_TEXTS[0]).vector.tobytes()
    assert exact.token_spans(_TEXTS[0]) == embedder.token_spans(_TEXTS[0])
    assert (exact.model, exact.max_passage_tokens) == (embedder.model, embedder.max_passage_tokens)


def test_no_passages_have_no_vectors_and_a_longer_one_is_refused(exact: GpuEmbedder) -> None:
    assert list(exact.passages([])) == []
    with pytest.raises(ValueError, match="more than the limit of bundled"):
        exact.passages(["a " * 600])


def test_the_doctor_accepts_passages_that_a_gpu_embedded(
    exact: GpuEmbedder, embedder: Embedder, tmp_path: Path
) -> None:
    from index.local.doctor import examine

    articles = write_files(tmp_path / "articles", {f"{n}.md": text for n, text in enumerate(_TEXTS)})
    index_paths(articles, data=tmp_path / "data", embedder=exact)
    report = examine(tmp_path / "data", ArticleProcessor(embedder, identifier()))
    assert report.problems == []
    assert report.checked["passages embedded again"] >= len(_TEXTS) - 1


def test_long_texts_are_embedded_first_in_batches_of_a_limited_size() -> None:
    lengths = [10, 4000, 30, 9000, 8000, 20]
    batches = list(gpu._batches(lengths))
    assert batches == [[3], [4, 1], [2, 5, 0]]
    assert list(gpu._batches([])) == []
    assert list(gpu._batches([99_999])) == [[0]]


# --- what is refused


def test_a_model_that_has_changed_is_refused(tmp_path: Path) -> None:
    with export.quiet():
        folder = write_tiny(tmp_path / "tiny", seed=1)
    model = prepare(str(folder), tmp_path / "cache", no_progress)
    with Embedder(model, model.folder(tmp_path / "cache")) as embedder:
        loaded = gpu.load_on(embedder, "cpu", torch.float32)
        assert len(list(loaded.passages(["The bridge reopens.", "It is open."]))) == 2
        with export.quiet():
            write_tiny(folder, seed=2)
        with pytest.raises(ModelError, match=r"tiny has changed since it was prepared: .*leave out --device"):
            gpu.load_on(embedder, "cpu", torch.float32)


def test_vectors_that_are_not_finite_are_refused(exact: GpuEmbedder, embedder: Embedder) -> None:
    class Overflowing:
        device = torch.device("cpu")
        tokenizer = exact._original.tokenizer

        def __call__(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            rows, length = features["input_ids"].shape
            tokens = torch.zeros(rows, length, 384)
            return {"token_embeddings": tokens, "sentence_embedding": torch.full((rows, 384), torch.inf)}

    with pytest.raises(ModelError, match="overflows in half precision"):
        GpuEmbedder(embedder, Overflowing()).passages(["x"])  # type: ignore[arg-type]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_nothing_is_prepared_or_created(tmp_path: Path) -> None:
    write_files(tmp_path, {"news/pool.md": "The municipal pool closes in June.\n"})
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache", device="cuda")
    with pytest.raises(ModelError, match=r"^device cuda: torch .* finds no NVIDIA GPU: install .* leave out --device"):
        archive.update([tmp_path / "news"], settings, prune=False, progress=no_progress)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["news"]


@pytest.mark.parametrize("name", ["torch", "sentence_transformers"])
def test_without_torch_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModelError, match=r"run pip install 'newsqa\[models\]', or leave out --device"):
        gpu.check()
