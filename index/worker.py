"""The other end of an engine: a process on a host that embeds shards."""

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from index.errors import EngineError
from index.model import gpu
from index.model.cache import Model, default_folder
from index.model.embed import Embedder, TextEmbedder
from index.model.prepare import prepare_as
from index.model.quantize import TokenQuantizer

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Job:
    """What the shards of a run have in common."""

    model: str  # a `Model` as JSON
    version: str  # of newsqa
    device: Device


@lru_cache(maxsize=1)  # a worker loads its model once
def load(job: Job) -> tuple[TextEmbedder, TokenQuantizer]:
    """Return what embeds the shards of a job on one core or GPU; the model is prepared here if it was not before.

    Raises:
        EngineError: this host has another version of newsqa.
        NewsqaError: the model cannot be prepared here, or the device cannot be used.
    """
    if version("newsqa") != job.version:
        raise EngineError(
            f"it has newsqa {version('newsqa')}, the machine that indexes has {job.version}: install the same version"
        )
    if job.device == "cuda":
        gpu.check()
    cache = Path(os.environ.get("NEWSQA_CACHE") or default_folder()).expanduser()
    wanted = Model(**json.loads(job.model))
    model = prepare_as(wanted, cache, lambda *_: None).with_tokens_of(wanted)
    embedder = Embedder(model, model.folder(cache), workers=1)
    return (gpu.load(embedder) if job.device == "cuda" else embedder), TokenQuantizer(model)
