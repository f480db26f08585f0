"""Embed passages through sentence-transformers on an NVIDIA GPU, in half precision."""

import importlib.util
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from index.errors import ModelError
from index.model import bundled, calibrate, export
from index.model.cache import Model
from index.model.embed import Embedder, Embedding
from index.model.prepare import identify
from index.types import Span

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

_MAX_BATCH_TOKENS = 16_384  # with padding: about 60 passages of usual length, 300 MB of a large model
_CPU_INSTEAD = "or leave out --device and NEWSQA_DEVICE to embed on the CPU"


class GpuEmbedder:
    """Embeds passages with the weights that a model was prepared from; tokens and questions are left to `Embedder`."""

    def __init__(self, embedder: Embedder, original: "SentenceTransformer") -> None:
        """Use `original`, on its device and in its precision, for the passages of the same model as `embedder`'s."""
        self._embedder = embedder
        self._original = original
        self._padding = int(original.tokenizer.pad_token_id or 0)

    @property
    def model(self) -> Model:
        """The model that computes the vectors."""
        return self._embedder.model

    @property
    def max_passage_tokens(self) -> int:
        """The maximum tokens of a passage, without the prompt and the special tokens."""
        return self._embedder.max_passage_tokens

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of the tokens of `text`."""
        return self._embedder.token_spans(text)

    def question(self, text: str) -> Embedding:
        """Embed a question on the CPU, as every command that answers does."""
        return self._embedder.question(text)

    def surprisal(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the spans of the tokens of a question, and their surprisal."""
        return self._embedder.surprisal(text)

    def passages(self, texts: Iterable[str]) -> Iterator[Embedding]:
        """Embed passages, in order; they are batched by length. Raises as `Embedder.passages`.

        Raises:
            ModelError: the memory of the GPU is full, or a vector has values that half precision cannot represent.
        """
        encodings = [self._embedder.encode_passage(text) for text in texts]
        embeddings: dict[int, Embedding] = {}
        for batch in _batches([len(encoding) for encoding in encodings]):
            embeddings |= zip(batch, self._batch([encodings[i] for i in batch]), strict=True)
        return (embeddings[i] for i in range(len(encodings)))

    def _batch(self, encodings: Sequence[Encoding]) -> list[Embedding]:
        import torch  # seconds to import

        shape = len(encodings), max(len(encoding) for encoding in encodings)
        ids, mask = np.full(shape, self._padding, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        device = self._original.device
        try:
            with torch.inference_mode():
                features = self._original(
                    {"input_ids": torch.from_numpy(ids).to(device), "attention_mask": torch.from_numpy(mask).to(device)}
                )
                tokens = features["token_embeddings"].float().cpu().numpy()
                vectors = torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1).cpu().numpy()
        except torch.OutOfMemoryError as error:
            raise ModelError(f"the memory of the GPU is full: free some of it, {_CPU_INSTEAD}") from error
        if not np.isfinite(vectors).all():
            raise ModelError(f"model {self.model.name} overflows in half precision: use another model, {_CPU_INSTEAD}")
        prompt = len(self.model.passage_prompt)
        return [
            self._embedder.embedding(encoding, prompt, tokens[row, : len(encoding)], vectors[row])
            for row, encoding in enumerate(encodings)
        ]


def check() -> None:
    """Check that torch is installed and finds a GPU.

    Raises:
        ModelError: it is not, or does not.
    """
    if any(importlib.util.find_spec(name) is None for name in ("torch", "sentence_transformers")):
        raise ModelError(
            f"device cuda: sentence-transformers is not installed: run pip install 'newsqa[models]', {_CPU_INSTEAD}"
        )
    import torch  # seconds to import

    if not torch.cuda.is_available():
        raise ModelError(
            f"device cuda: torch {torch.__version__} finds no NVIDIA GPU: install its CUDA build and the driver, "
            f"{_CPU_INSTEAD}"
        )


def load(embedder: Embedder) -> GpuEmbedder:
    """Load the weights of a prepared model on the GPU, and compare their vectors with those of the CPU.

    Raises:
        ModelError: the weights cannot be loaded, are others than those that were prepared, or give other vectors.
    """
    import torch  # seconds to import

    return load_on(embedder, "cuda", torch.float16)


def load_on(embedder: Embedder, device: str, precision: "torch.dtype") -> GpuEmbedder:
    """Do the same as `load` on another device or in another precision, such as the CPU in tests."""
    import torch

    model = embedder.model
    with tempfile.TemporaryDirectory() as scratch, export.quiet():
        identity, source = identify(model.name)
        if identity != model.identity:
            raise ModelError(f"model {model.name} has changed since it was prepared: restore it, {_CPU_INSTEAD}")
        if source is None:
            source = Path(scratch)
            bundled.write(source)
        try:
            original = export.load(str(source)).to(precision).to(device)
        except torch.OutOfMemoryError as error:
            raise ModelError(f"the memory of the GPU is full: free some of it, {_CPU_INSTEAD}") from error
    loaded = GpuEmbedder(embedder, original)
    sample = calibrate.sample(embedder)
    pairs = zip(loaded.passages(sample), embedder.passages(sample), strict=True)
    mean = float(np.mean([ours.vector @ theirs.vector for ours, theirs in pairs]))
    if not mean >= export.MIN_COSINE:  # so that NaN fails too
        raise ModelError(
            f"model {model.name}: its vectors on the GPU differ too much from those on the CPU (mean cosine "
            f"{mean:.4f}, at least {export.MIN_COSINE} is needed): use another model, {_CPU_INSTEAD}"
        )
    return loaded


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the positions of texts in batches, the longest first, with at most `_MAX_BATCH_TOKENS` after padding."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > _MAX_BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
