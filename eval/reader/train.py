"""Train a reader for a number of minutes or items, from where the last run stopped."""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eval.reader.batches import Encoded, Encoder, cut
from eval.reader.checkpoint import Point, Progress, load, save
from eval.reader.mixture import Mixture
from eval.reader.run import losses
from eval.reader.scores import Scores, readings, score

if TYPE_CHECKING:
    import torch

_HEAD_FACTOR = 5  # of the learning rate of the new layers
_DECAY = 0.4  # share of the training in which the learning rate falls to 0
_CLIP = 1.0  # norm of the gradient
_WEIGHT_DECAY = 0.01
_BETAS = (0.9, 0.98)
_CURVE = 4  # last evaluations that the closing line looks at


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. A training ends after `minutes` or `items`, whichever is reached first.

    With a limit of items only, two trainings on one machine are equal as far as torch is deterministic there; with one
    of minutes the learning rate depends on the speed of the machine.
    """

    minutes: float = 150.0
    items: int | None = None
    seed: int = 1
    rate: float = 1.2e-4  # learning rate of the body
    warmup: int = 100  # steps
    tokens: int = 3072  # of a batch with padding
    chunk: int = 1024  # items that are sorted by length into batches
    evaluate: float = 12.0  # minutes between evaluations
    save: float = 4.0  # minutes between checkpoints

    def identity(self, corpus: str) -> str:
        """Return what must be equal for a training to be continued."""
        return f"{corpus} seed {self.seed} rate {self.rate} warmup {self.warmup} batches {self.tokens}/{self.chunk}"


def train(
    reader: "torch.nn.ModuleDict",
    table: "torch.Tensor",
    mixture: Mixture,
    encoder: Encoder,
    plan: Plan,
    *,
    development: Sequence[Encoded],
    checkpoint: Path,
    corpus: str,
    report: Callable[[str], None],
) -> Progress:
    """Train `reader`, which is on the device of the word embeddings `table`, and evaluate it on `development`.

    `corpus` identifies the texts and the network; a checkpoint of others is not continued but replaced.
    """
    import torch

    optimizer = _optimizer(reader, plan.rate)
    identity = plan.identity(corpus)
    torch.manual_seed(plan.seed)
    progress = load(checkpoint, identity, reader, optimizer) or Progress()
    if progress.steps:
        report(f"continued after {progress.seen} items and {progress.seconds / 60:.0f} minutes")
    before = progress.seconds
    started = saved = time.monotonic()
    recent: list[tuple[float, float]] = []  # losses since the last evaluation
    shown: list[tuple[float, float]] = []  # losses since the last checkpoint
    reader.train()
    batches: list[list[Encoded]] = []
    while (share := _share(progress, plan)) < 1:
        if not batches:
            batches = _batches(mixture, encoder, progress.chunk, plan)
        now = batches[progress.batch]
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * _factor(progress.steps, share, plan.warmup)
        optimizer.zero_grad(set_to_none=True)
        span, answerable = losses(reader, table, now)
        (span + answerable).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([each for each in reader.parameters() if each.requires_grad], _CLIP)
        optimizer.step()
        recent.append((span.item(), answerable.item()))
        shown.append(recent[-1])
        last = progress.batch == len(batches) - 1
        clock = time.monotonic()
        progress = replace(
            progress,
            chunk=progress.chunk + last,
            batch=0 if last else progress.batch + 1,
            steps=progress.steps + 1,
            seen=progress.seen + len(now),
            seconds=before + clock - started,
        )
        batches = [] if last else batches
        done = _share(progress, plan) >= 1
        evaluated = progress.points[-1].minutes if progress.points else 0.0
        if development and (done or progress.seconds / 60 - evaluated >= plan.evaluate):
            scores = score(development, readings(reader, table, development, plan.tokens))
            progress = replace(progress, points=(*progress.points, _point(progress, recent, scores)))
            recent = []
            report(_line(progress, scores))
        if done or clock - saved >= 60 * plan.save:
            save(checkpoint, identity, progress, reader, optimizer)
            saved = time.monotonic()
            report(_speed(progress, shown))
            shown = []
    report(gain(progress.points))
    return progress


def _optimizer(reader: "torch.nn.ModuleDict", rate: float) -> "torch.optim.Optimizer":
    import torch

    trained = [(name, each) for name, each in reader.named_parameters() if each.requires_grad]
    heads = [each for name, each in trained if not name.startswith("body.")]
    matrices = [each for name, each in trained if name.startswith("body.") and each.ndim > 1]
    vectors = [each for name, each in trained if name.startswith("body.") and each.ndim == 1]
    return torch.optim.AdamW(
        [
            {"params": heads, "base": _HEAD_FACTOR * rate, "weight_decay": _WEIGHT_DECAY},
            {"params": matrices, "base": rate, "weight_decay": _WEIGHT_DECAY},
            {"params": vectors, "base": rate, "weight_decay": 0.0},  # biases and norms
        ],
        lr=rate,
        betas=_BETAS,
    )


def _share(progress: Progress, plan: Plan) -> float:
    """Return how much of the training is done, from 0 to 1."""
    of_time = progress.seconds / 60 / plan.minutes if plan.minutes != math.inf else 0.0
    return max(of_time, progress.seen / plan.items if plan.items else 0.0)


def _factor(steps: int, share: float, warmup: int) -> float:
    """Return the factor of the learning rate: it rises, stays and falls."""
    return min(1.0, (steps + 1) / warmup, max(0.0, 1 - share) / _DECAY)


def _batches(mixture: Mixture, encoder: Encoder, chunk: int, plan: Plan) -> list[list[Encoded]]:
    items = (mixture.item(index) for index in range(chunk * plan.chunk, (chunk + 1) * plan.chunk))
    encoded = [each for item in items if (each := encoder.encode(item)) is not None]
    return cut(encoded, plan.tokens, random.Random(f"{plan.seed}:{chunk}"))


def _point(progress: Progress, recent: Sequence[tuple[float, float]], scores: Scores) -> Point:
    span, answerable = np.mean(recent, axis=0).tolist() if recent else (math.nan, math.nan)
    return Point(progress.seen, progress.seconds / 60, span, answerable, scores.accuracy, scores.auroc, scores.sentence)


def _line(progress: Progress, scores: Scores) -> str:
    point = progress.points[-1]
    kinds = ", ".join(f"{kind} {area:.2f}" for kind, area in scores.by_kind.items())
    languages = ", ".join(f"{language} {share:.2f}" for language, share in scores.by_language.items())
    return (
        f"{point.seen} items, {point.minutes:.0f} minutes: loss {point.span:.3f} + {point.answerable:.3f}; "
        f"development: answerable accuracy {point.accuracy:.3f}, AUROC {point.auroc:.3f} ({kinds}); "
        f"right sentence {point.sentence:.3f} ({languages})"
    )


def _speed(progress: Progress, recent: Sequence[tuple[float, float]]) -> str:
    rate = progress.seen / max(progress.seconds, 1e-9)
    return (
        f"{progress.seen} items in {progress.seconds / 60:.1f} minutes, {rate:.1f} a second, "
        f"loss {_losses(recent)}; saved"
    )


def _losses(recent: Sequence[tuple[float, float]]) -> str:
    """Return the mean losses of the span and of answerability."""
    return " + ".join(f"{value:.3f}" for value in np.mean(recent, axis=0).tolist())


def gain(points: Sequence[Point]) -> str:
    """Return a line about what twice the items would gain, by a straight line over the logarithm of the items."""
    last = [point for point in points if point.seen > 0][-_CURVE:]
    if len({point.seen for point in last}) < 2:
        return "too few evaluations to say what more time would gain"
    doublings = np.log2([point.seen for point in last])
    slopes = {
        name: float(np.polyfit(doublings, [getattr(point, name) for point in last], 1)[0])
        for name in ("accuracy", "auroc", "sentence")
    }
    return (
        "twice the items would gain about "
        + ", ".join(f"{slope:+.3f} {'AUROC' if name == 'auroc' else name}" for name, slope in slopes.items())
        + f", if the trend of the last {len(last)} evaluations holds"
    )
