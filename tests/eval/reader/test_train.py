"""A reader of random weights learns a few items by heart, continues after an interruption, and is exported."""

from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from eval.reader import export, model
from eval.reader.batches import Encoded
from eval.reader.checkpoint import Point, Progress
from eval.reader.items import Item
from eval.reader.mixture import Mixture
from eval.reader.scores import Reading, readings, score
from eval.reader.train import Plan, gain, train
from tests.eval.reader.fakes import SIZES, corpus, encoder, table

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

_LAYERS = 2
_ENCODER = encoder()
_PLAN = Plan(minutes=inf, items=48, seed=3, rate=1e-3, warmup=2, tokens=256, chunk=8, evaluate=inf, save=inf)


class _Few(Mixture):
    """Eight items, again and again."""

    def item(self, index: int) -> Item:
        return super().item(index % 8)


_MIXTURE = _Few(corpus(), {"piaf_dev": 1.0}, 1)


def _eight() -> list[Encoded]:
    return [each for index in range(8) if (each := _ENCODER.encode(_MIXTURE.item(index)))]


def _trained(
    folder: Path, plan: Plan, development: list[Encoded] | None = None
) -> tuple["torch.nn.ModuleDict", Progress, list[str]]:
    torch.set_num_threads(1)  # of so small a network more threads would only wait for each other
    torch.manual_seed(plan.seed)
    reader, lines = model.build(SIZES, None, _LAYERS), list[str]()
    progress = train(
        reader,
        torch.from_numpy(table().rows(np.arange(200))),
        _MIXTURE,
        _ENCODER,
        plan,
        development=development or [],
        checkpoint=folder / "checkpoint.pt",
        corpus="few",
        report=lines.append,
    )
    return reader, progress, lines


def test_it_learns_eight_items_by_heart_and_its_export_reads_the_same(tmp_path: Path) -> None:
    eight = _eight()
    reader, progress, lines = _trained(tmp_path, replace(_PLAN, items=1600, tokens=1024), eight)
    assert progress.points[-1].accuracy == 1
    assert progress.points[-1].sentence == 1
    assert "answerable accuracy 1.000" in "\n".join(lines)
    rows = torch.from_numpy(table().rows(np.arange(200)))
    original = readings(reader, rows, eight, 256)
    export.export(reader, SIZES, _LAYERS, tmp_path / "reader.onnx")
    exported = export.read(tmp_path / "reader.onnx", table(), eight)
    difference = export.compare(eight, original, exported)
    assert (difference.same_answerable, difference.same_sentence) == (1, 1)
    assert difference.max_logit < 1
    assert [path.name for path in tmp_path.iterdir()].count("reader.onnx") == 1


def test_an_interrupted_training_continues_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole, through, _ = _trained(tmp_path / "whole", _PLAN)
    stopped = _interrupted(tmp_path / "legs")
    assert 0 < stopped.seen < through.seen
    reader, progress, lines = _trained(tmp_path / "legs", _PLAN)
    assert lines[0].startswith(f"continued after {stopped.seen} items")
    assert (progress.chunk, progress.batch, progress.seen) == (through.chunk, through.batch, through.seen)
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, reader.state_dict()[name]), name


def _interrupted(folder: Path) -> Progress:
    """Train with a checkpoint after every step, and stop after the third."""

    class Stop(Exception):
        pass

    lines = 0

    def stop(_line: str) -> None:
        nonlocal lines
        lines += 1
        if lines == 3:
            raise Stop

    torch.manual_seed(_PLAN.seed)
    reader = model.build(SIZES, None, _LAYERS)
    rows = torch.from_numpy(table().rows(np.arange(200)))
    file = folder / "checkpoint.pt"
    with pytest.raises(Stop):
        train(
            reader,
            rows,
            _MIXTURE,
            _ENCODER,
            replace(_PLAN, save=0),
            development=[],
            checkpoint=file,
            corpus="few",
            report=stop,
        )
    content = torch.load(file, weights_only=True)
    return Progress(**content["progress"])


def test_a_checkpoint_of_another_training_is_not_continued(tmp_path: Path) -> None:
    _trained(tmp_path, _PLAN)
    _, progress, lines = _trained(tmp_path, replace(_PLAN, seed=4))
    assert not any(line.startswith("continued") for line in lines)
    assert progress.seen >= 48


def test_a_reader_is_built_from_the_lowest_layers() -> None:
    reader = model.build(SIZES, None, 1)
    assert len(reader["body"].encoder.layer) == 1  # type: ignore[union-attr, arg-type]


def test_a_loss_counts_all_golds() -> None:
    starts = torch.tensor([[0.0, 0.0, 0.0, 0.0]])
    allowed = torch.tensor([[True, True, True, True]])
    gold = torch.tensor([[False, True, True, False]])
    span, answerable = model.loss((starts, starts, torch.tensor([0.0])), allowed, gold, gold, torch.tensor([1.0]))
    assert span.item() == pytest.approx(np.log(2))
    assert answerable.item() == pytest.approx(np.log(2))


def test_scores_by_hand() -> None:
    eight = _eight()
    silent = [Reading(np.zeros(len(each.ids), np.float32), np.zeros(len(each.ids), np.float32), -1.0) for each in eight]
    scores = score(eight, silent)
    share = sum(each.item.answerable for each in eight) / len(eight)
    assert scores.accuracy == pytest.approx(1 - share)
    assert scores.auroc == 0.5


def test_what_more_items_would_gain() -> None:
    points = [
        Point(seen, 1, 1, 1, accuracy, accuracy, accuracy) for seen, accuracy in ((1000, 0.6), (2000, 0.7), (4000, 0.8))
    ]
    assert gain(points) == (
        "twice the items would gain about +0.100 accuracy, +0.100 AUROC, +0.100 sentence, "
        "if the trend of the last 3 evaluations holds"
    )
    assert gain(points[:1]).startswith("too few evaluations")
