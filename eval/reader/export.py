"""Export a reader as int8 ONNX without the table of word embeddings, and compare it with the original."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.errors import EvaluationError
from eval.reader import model
from eval.reader.batches import Encoded
from eval.reader.scores import Reading, best_sentence
from index.model.export import OPSET, quantize, quiet
from index.model.runtime import session
from index.model.words import WordEmbeddings

if TYPE_CHECKING:
    import torch

MAX_BYTES = 25_000_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How an exported reader differs from the original."""

    items: int
    max_logit: float  # largest difference of a logit at a token where an answer may start or end, or of answerability
    same_answerable: float  # share of items with the same decision
    same_sentence: float  # share of items with the same best sentence


def export(reader: "torch.nn.ModuleDict", sizes: Mapping[str, float], layers: int, file: Path) -> None:
    """Write a reader to `file`.

    The inputs are `rows`, float32 of shape (1, tokens, width), and `types`, int64 of shape (1, tokens); the outputs are
    `starts` and `ends`, shape (tokens,), and `answerable`, shape (1,).

    Raises:
        EvaluationError: the file is larger than `MAX_BYTES`.
    """
    import torch

    traced = model.build(sizes, None, layers, exported=True)
    traced.load_state_dict(reader.state_dict())
    traced.to("cpu").eval()

    class OneItem(torch.nn.Module):
        """A reader of one item: no padding, so no mask."""

        def __init__(self) -> None:
            super().__init__()
            self.reader = traced

        def forward(self, rows: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            starts, ends, answerable = model.logits(traced, rows, types, torch.ones_like(types))
            return starts[0], ends[0], answerable

    example = torch.zeros(1, 16, int(sizes["hidden_size"])), torch.tensor([[0] * 6 + [1] * 10])
    with tempfile.TemporaryDirectory(dir=file.parent) as scratch, quiet(), torch.no_grad():
        torch.onnx.export(
            OneItem(),
            example,
            str(Path(scratch, "float32.onnx")),
            dynamo=False,
            opset_version=OPSET,
            input_names=["rows", "types"],
            output_names=["starts", "ends", "answerable"],
            dynamic_axes={
                name: {axis: "tokens"} for name, axis in (("rows", 1), ("types", 1), ("starts", 0), ("ends", 0))
            },
        )
        quantize(Path(scratch, "float32.onnx"), Path(scratch, "int8.onnx"))
        Path(scratch, "int8.onnx").replace(file)
    if file.stat().st_size > MAX_BYTES:
        raise EvaluationError(f"{file}: {file.stat().st_size} bytes, more than {MAX_BYTES}: use fewer layers")


def read(file: Path, table: WordEmbeddings, encoded: Sequence[Encoded]) -> list[Reading]:
    """Run an exported reader."""
    loaded = session(file)
    result = []
    for each in encoded:
        types = (np.arange(len(each.ids)) >= each.passage).astype(np.int64)
        starts, ends, answerable = loaded.run(
            ["starts", "ends", "answerable"], {"rows": table.rows(each.ids)[None], "types": types[None]}
        )
        result.append(Reading(starts, ends, float(answerable[0])))
    return result


def compare(encoded: Sequence[Encoded], original: Sequence[Reading], exported: Sequence[Reading]) -> Difference:
    """Compare what two readers say of the same items."""
    differences, same_answerable, same_sentence = [0.0], [], []
    for each, left, right in zip(encoded, original, exported, strict=True):
        allowed = [0, *range(each.body, len(each.ids) - 1)]
        differences.append(abs(left.answerable - right.answerable))
        for first, second in ((left.starts, right.starts), (left.ends, right.ends)):
            differences.append(float(np.abs(first[allowed] - second[allowed]).max()))
        same_answerable.append((left.answerable > 0) == (right.answerable > 0))
        same_sentence.append(best_sentence(each, left) == best_sentence(each, right))
    return Difference(len(encoded), max(differences), float(np.mean(same_answerable)), float(np.mean(same_sentence)))
