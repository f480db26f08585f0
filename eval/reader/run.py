"""Run a reader on a batch, on the device of its table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.reader import model
from eval.reader.batches import Batch, Encoded, collate

if TYPE_CHECKING:
    import torch


def outputs(reader: "torch.nn.ModuleDict", table: "torch.Tensor", encoded: Sequence[Encoded]) -> model.Logits:
    """Return the logits of items; on a GPU in bfloat16."""
    return _logits(reader, table, collate(encoded))


def losses(
    reader: "torch.nn.ModuleDict", table: "torch.Tensor", encoded: Sequence[Encoded]
) -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the loss of the span and that of answerability."""
    import torch

    batch = collate(encoded)
    targets = [torch.from_numpy(array).to(table.device) for array in (batch.allowed, batch.starts, batch.ends)]
    answerable = torch.from_numpy(batch.answerable).to(table.device)
    return model.loss(_logits(reader, table, batch), targets[0], targets[1], targets[2], answerable)


def _logits(reader: "torch.nn.ModuleDict", table: "torch.Tensor", batch: Batch) -> model.Logits:
    import torch

    device = table.device
    ids, types, mask = (torch.from_numpy(array).to(device) for array in (batch.ids, batch.types, batch.mask))
    # On a CPU bfloat16 is slower than float32, unless it has AMX.
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
        return model.logits(reader, table[ids], types, mask)
