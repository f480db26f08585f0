"""Measure a reader on development items."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval import measures
from eval.reader.batches import Encoded

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of one item."""

    starts: NDArray[np.float32]  # logits, shape (tokens,)
    ends: NDArray[np.float32]  # logits, shape (tokens,)
    answerable: float  # logit


@dataclass(frozen=True, slots=True)
class Scores:
    """The quality of a reader; shares are from 0 to 1."""

    accuracy: float  # share of items that are judged answerable or not as they are
    auroc: float  # of answerable items against all others; NaN without one of them
    by_kind: dict[str, float]  # AUROC of answerable items against the others of one kind
    sentence: float  # share of answerable items of more than one sentence whose best sentence is right; NaN without one
    by_language: dict[str, float]  # the same by language


def score(encoded: Sequence[Encoded], readings: Sequence[Reading]) -> Scores:
    """Compare readings with their items."""
    answerable, others = [], defaultdict(list)
    right: dict[str, list[bool]] = defaultdict(list)
    correct = []
    for each, reading in zip(encoded, readings, strict=True):
        correct.append((reading.answerable > 0) == each.item.answerable)
        if each.item.answerable:
            answerable.append(reading.answerable)
            if len(each.item.window.sentences) > 1:
                right[each.item.language].append(best_sentence(each, reading) in _gold_sentences(each))
        else:
            others[each.item.kind].append(reading.answerable)
    everything = [value for values in others.values() for value in values]
    return Scores(
        accuracy=float(np.mean(correct)),
        auroc=_auroc(answerable, everything),
        by_kind={kind: _auroc(answerable, values) for kind, values in sorted(others.items())},
        sentence=float(np.mean([each for values in right.values() for each in values])) if right else float("nan"),
        by_language={language: float(np.mean(values)) for language, values in sorted(right.items())},
    )


def _auroc(answerable: Sequence[float], others: Sequence[float]) -> float:
    area = measures.auroc(answerable, others)
    return float("nan") if area is None else area


def best_sentence(encoded: Encoded, reading: Reading) -> int:
    """Return the index of the sentence in which the answer most probably starts."""
    logits = reading.starts[encoded.body : encoded.body + len(encoded.offsets)].astype(np.float64)
    weights = np.exp(logits - logits.max())
    firsts = encoded.offsets[:, 1]
    mass = [
        float(weights[(firsts > start) & (encoded.offsets[:, 0] < end)].sum())
        for start, end in encoded.item.window.sentences
    ]
    return int(np.argmax(mass))


def _gold_sentences(encoded: Encoded) -> set[int]:
    window = encoded.item.window
    return {
        index
        for index, (start, end) in enumerate(window.sentences)
        if any(start < last and first < end for first, last in window.answers)
    }


def readings(
    reader: "torch.nn.ModuleDict", table: "torch.Tensor", encoded: Sequence[Encoded], tokens: int
) -> list[Reading]:
    """Run a reader; `table` has the word embeddings, batches have at most `tokens` tokens."""
    import torch

    from eval.reader.run import outputs

    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index].ids))
    result: dict[int, Reading] = {}
    reader.eval()
    with torch.no_grad():
        while order:
            longest = len(encoded[order[0]].ids)
            count = 1
            while count < len(order):
                longest = max(longest, len(encoded[order[count]].ids))
                if (count + 1) * longest > tokens:
                    break
                count += 1
            now, order = order[:count], order[count:]
            starts, ends, answerable = (
                each.float().cpu().numpy() for each in outputs(reader, table, [encoded[index] for index in now])
            )
            for row, index in enumerate(now):
                length = len(encoded[index].ids)
                result[index] = Reading(starts[row, :length], ends[row, :length], float(answerable[row]))
    reader.train()
    return [result[index] for index in range(len(encoded))]
