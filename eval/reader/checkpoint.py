"""Save and load everything that a training continues from."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.errors import EvaluationError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Point:
    """One evaluation during training."""

    seen: int  # items
    minutes: float
    span: float  # mean loss since the point before
    answerable: float  # mean loss since the point before
    accuracy: float
    auroc: float
    sentence: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is. The next batch is `batch` of the chunk of items `chunk`."""

    chunk: int = 0
    batch: int = 0
    steps: int = 0
    seen: int = 0  # items
    seconds: float = 0.0  # of training
    points: tuple[Point, ...] = ()


def save(
    path: Path, identity: str, progress: Progress, reader: "torch.nn.ModuleDict", optimizer: "torch.optim.Optimizer"
) -> None:
    """Replace the file at `path`; `identity` says what training it is of."""
    import torch

    content = {
        "identity": identity,
        "progress": {name: getattr(progress, name) for name in ("chunk", "batch", "steps", "seen", "seconds")},
        "points": [[getattr(point, name) for name in Point.__slots__] for point in progress.points],
        "reader": reader.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making")
    with making.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)


def load(
    path: Path, identity: str, reader: "torch.nn.ModuleDict", optimizer: "torch.optim.Optimizer"
) -> Progress | None:
    """Restore a training and return its progress; None if the file does not exist or is of another training."""
    import torch

    if not path.is_file():
        return None
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    if content["identity"] != identity:
        return None
    reader.load_state_dict(content["reader"])
    optimizer.load_state_dict(content["optimizer"])
    torch.set_rng_state(content["random"])
    if content["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(content["cuda"])
    return Progress(**content["progress"], points=tuple(Point(*values) for values in content["points"]))


def load_weights(path: Path, reader: "torch.nn.ModuleDict") -> None:
    """Load only the weights of a checkpoint, of whatever training.

    Raises:
        EvaluationError: the file is no checkpoint of such a network.
    """
    import torch

    try:
        reader.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["reader"])
    except Exception as error:
        raise EvaluationError(f"{path}: no checkpoint of this network: {error}") from error
