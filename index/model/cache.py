"""A prepared model: an int8 ONNX graph with its tokenizer, cached under the hash of its source files."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.errors import ModelError
from index.files import sha256

BUNDLED = "bundled"

Progress = Callable[[str, int, int], None]
"""Reports progress: what is being done, how many steps are done, and how many there are, 0 if that is not known."""


@dataclass(frozen=True, slots=True)
class Model:
    """The description of a prepared model."""

    name: str  # `bundled`, a folder or a hub id
    identity: str  # of name and content: equal identities give equal vectors
    dimension: int
    max_tokens: int  # special tokens and prompt included
    question_prompt: str
    passage_prompt: str
    cosine: float  # mean cosine between its vectors and the original's, over a multilingual sample
    files: dict[str, str]  # SHA-256 by name
    grid: list[list[float]]  # lowest step, and step size, of each component of the token vectors

    def folder(self, cache: Path) -> Path:
        """Return the folder of the model in `cache`."""
        return folder(self.identity, cache)

    def same_vectors(self, other: "Model") -> bool:
        """Return whether two models have the same content, whatever their names."""
        return _hash(self.identity) == _hash(other.identity)


def find(identity: str, cache: Path) -> Model:
    """Return a model from the cache.

    Raises:
        ModelError: the cache does not have it, or a file fails its checksum.
    """
    path = folder(identity, cache)
    try:
        model = Model(**json.loads((path / "model.json").read_text(encoding="utf-8")))
        damaged = [file for file, expected in model.files.items() if sha256(path / file) != expected]
    except OSError as error:
        raise ModelError(f"model {identity} has not been prepared in {cache}: run newsqa index") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}/model.json is damaged: delete {path} and run newsqa index") from error
    if damaged or _hash(model.identity) != _hash(identity):
        raise ModelError(f"{path}/{(damaged or ['model.json'])[0]} is damaged: delete {path} and run newsqa index")
    return replace(model, name=identity.rpartition("@")[0], identity=identity)  # its folder may have moved


def write(model: Model, folder: Path) -> None:
    """Write the description of a model, as the last of its files."""
    (folder / "model.json").write_text(json.dumps(asdict(model), indent=1, ensure_ascii=False), encoding="utf-8")


def folder(identity: str, cache: Path) -> Path:
    """Return the folder of a model in `cache`, whether it exists or not."""
    return cache / "models" / _hash(identity)


def _hash(identity: str) -> str:
    return identity.rpartition("@")[2]
