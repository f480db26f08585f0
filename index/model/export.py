"""Exports a sentence-transformers model as an int8 ONNX graph that gives nearly the same vectors.

`index.model.prepare` calls it for every model but the bundled one, whose graph `make graph` exports with it and stores.
"""

import contextlib
import gc
import gzip
import importlib.util
import json
import logging
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index import memory
from index.errors import ModelError
from index.model import assemble, bundled, calibrate, vocabulary
from index.model.cache import BUNDLED, Model, Progress
from index.model.embed import Embedder

if TYPE_CHECKING:
    from onnx import ModelProto
    from sentence_transformers import SentenceTransformer

MIN_COSINE = 0.99  # mean, between the exported model and the original

OPSET = 17
_TRACEABLE = "eager"  # the only attention that the exporter can trace
_FORBIDDEN = {
    ".py": "code",
    ".bin": "a pickle",
    ".pt": "a pickle",
    ".pth": "a pickle",
    ".pkl": "a pickle",
    ".ckpt": "a pickle",
}
_FETCHED = ["*.json", "*.safetensors", "*.model", "*.txt"]


def export(name: str, identity: str, folder: Path, progress: Progress) -> Model:
    """Write the files of a model into `folder`, exported and compared with the original; `files` is left empty.

    Raises:
        ModelError: the extra `models` is missing, the model cannot be loaded or exported, or its export differs too
            much from the original.
    """
    _require_libraries(name)
    steps = ("loading the model", "exporting it", "quantizing it", "comparing it with the original", "model prepared")
    progress(steps[0], 0, 4)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch, quiet():
        # One copy of the weights at a time: the original is loaded again for the comparison.
        original, float32, target = load(name, _TRACEABLE), Path(scratch, "float32.onnx"), folder / "model.onnx"
        model = _described(name, identity, original)
        original.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
        np.save(folder / "information.npy", calibrate.information(folder / "tokenizer.json"), allow_pickle=False)
        progress(steps[1], 1, 4)
        try:
            with vocabulary.shortened(original) as table:
                _to_onnx(original, float32)
                progress(steps[2], 2, 4)
                quantize(float32, target)
                memory.release()
                quantized = vocabulary.quantize(table)
            del original, table
            gc.collect()
            memory.release()
            if not vocabulary.restore(target, quantized):  # then the whole model at once, in several times the memory
                _to_onnx(load(name, _TRACEABLE), float32)
                quantize(float32, target)
            del quantized
        except Exception as error:
            raise ModelError(
                f"model {name} cannot be exported to ONNX: {str(error).strip().splitlines()[0]}"
            ) from error
        progress(steps[3], 3, 4)
        model = _compared(model, folder)
    progress(steps[4], 4, 4)
    return model


def bundled_graph(scratch: Path) -> "ModelProto":
    """Export the bundled model to the folder `target` in `scratch`, and return the graph without its weights."""
    import onnx

    source, target = scratch / "source", scratch / "target"
    source.mkdir()
    target.mkdir()
    bundled.write(source)
    model = export(str(source), f"{source}@", target, lambda *_: None)
    graph = onnx.load(target / "model.onnx")
    assemble.strip(graph, model.cosine)
    return graph


def checked_files(folder: Path) -> list[Path]:
    """Return the files of a local model, sorted.

    Raises:
        ModelError: the folder is not a model of sentence-transformers, or contains files that could run code.
    """
    if not (folder / "modules.json").is_file():
        raise ModelError(f"{folder}: not a sentence-transformers model: it has no modules.json")
    # The hub's client keeps a folder .cache inside.
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    files = [file for file in files if ".cache" not in file.relative_to(folder).parts]
    for file in files:
        if kind := _FORBIDDEN.get(file.suffix.lower()):
            raise ModelError(f"{file} is {kind}, which can run any code: save the model as safetensors, without code")
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        kinds = [str(module["type"]) for module in modules]
        foreign = [kind for kind in kinds if not kind.startswith("sentence_transformers.")]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{folder}/modules.json: not a list of modules: {error}") from error
    if foreign:
        raise ModelError(f"{folder}/modules.json: module {foreign[0]} is not one of sentence-transformers' own")
    return files


def fetch(name: str) -> Path:
    """Return the folder of a model of the Hugging Face hub; download it if needed.

    Raises:
        ModelError: the extra `models` is missing, the name is neither a folder nor a hub id, or the hub is unreachable.
    """
    _require_libraries(name)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=_FETCHED))
    except Exception as error:
        raise ModelError(
            f"model {name}: neither a folder nor a model that can be downloaded ({type(error).__name__})"
        ) from error


def _require_libraries(name: str) -> None:
    if importlib.util.find_spec("sentence_transformers") is None:
        raise ModelError(
            f"model {name}: sentence-transformers is not installed, which all models but `{BUNDLED}` need: "
            "run pip install 'newsqa[models]'"
        )


def load(name: str, attention: str | None = None) -> "SentenceTransformer":
    """Load an original model on the CPU; `attention` is an implementation of transformers, by default the fastest.

    Raises:
        ModelError: it cannot be loaded.
    """
    from sentence_transformers import SentenceTransformer  # seconds to import

    source = Path(name).resolve() if Path(name).is_dir() else fetch(name)
    try:
        return SentenceTransformer(
            str(source), device="cpu", local_files_only=True, model_kwargs={"attn_implementation": attention}
        ).eval()
    except Exception as error:
        raise ModelError(f"model {name} cannot be loaded: {str(error).strip().splitlines()[0]}") from error


def _to_onnx(original: "SentenceTransformer", file: Path) -> None:
    import torch

    class OneText(torch.nn.Module):
        """All modules in sequence, for one text at a time: no padding, so no mask."""

        def __init__(self) -> None:
            super().__init__()
            self.modules_in_a_row = original

        def forward(self, input_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.modules_in_a_row({"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)})
            return features["token_embeddings"][0], torch.nn.functional.normalize(
                features["sentence_embedding"][0], dim=0
            )

    example = torch.arange(5, 21)[None]
    with torch.no_grad():
        torch.onnx.export(
            OneText(),
            (example,),
            str(file),
            dynamo=False,
            opset_version=OPSET,
            input_names=["input_ids"],
            output_names=["tokens", "vector"],
            dynamic_axes={"input_ids": {1: "length"}, "tokens": {0: "length"}},
        )


def quantize(source: Path, target: Path) -> None:
    """Quantize the weights of an ONNX file to int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # Weights have 7 bits: without VNNI instructions 8 bits would overflow, and machines would give different vectors.
    quantize_dynamic(source, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


def _described(name: str, identity: str, original: "SentenceTransformer") -> Model:
    prompts: dict[str, Any] = original.prompts or {}
    passage = next((prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), "")
    limit = original.max_seq_length
    if not isinstance(limit, int):
        raise ModelError(f"model {name} has no token limit: set max_seq_length")
    return Model(
        name=name,
        identity=identity,
        dimension=original.get_embedding_dimension() or 0,
        max_tokens=limit,
        question_prompt=prompts.get("query") or "",
        passage_prompt=passage,
        cosine=0.0,
        files={},
        projection="",
        component_means=[],
        level_step=0.0,
    )


def _compared(model: Model, folder: Path) -> Model:
    with Embedder(model, folder) as embedder:
        sample, model = calibrate.sample(embedder), calibrate.with_tokens(model, embedder)
        questions, passages = [embedder.question(text) for text in sample], list(embedder.passages(sample))
    ours = [embedding.vector for embedding in questions + passages]
    del embedder
    gc.collect()
    memory.release()
    original = load(model.name)
    theirs = [*original.encode_query(sample, batch_size=1, show_progress_bar=False)]
    theirs += [*original.encode_document(sample, batch_size=1, show_progress_bar=False)]
    unit = np.stack(theirs) / np.linalg.norm(np.stack(theirs), axis=1, keepdims=True)
    cosines = (np.stack(ours) * unit).sum(axis=1)
    mean = float(cosines.mean())
    if not mean >= MIN_COSINE:  # so that NaN fails too
        worst = (sample * 2)[int(np.argmin(cosines))]
        raise ModelError(
            f"model {model.name}: its int8 export differs too much from the original (mean cosine {mean:.4f}, "
            f"at least {MIN_COSINE} is needed; worst on {worst!r}): use another model"
        )
    return replace(model, cosine=round(mean, 5))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence the libraries while exporting: their messages are about internals, not about the model."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def main() -> None:
    """Write the stored graph of the bundled model."""
    with tempfile.TemporaryDirectory() as scratch:
        graph = bundled_graph(Path(scratch))
    assemble.GRAPH.write_bytes(gzip.compress(graph.SerializeToString(), mtime=0))


if __name__ == "__main__":
    main()
