"""A prepared model: an int8 ONNX graph with its tokenizer, cached under the hash of its source files."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from index.errors import ModelError
from index.files import sha256

BUNDLED = "bundled"

_FORMAT = 2  # of `model.json`, and of what `make means` learns; other versions of newsqa may share the cache

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
    projection: str  # of token vectors to principal components: a float16 matrix in base64, see `index.model.quantize`
    component_means: list[float]  # of projected token vectors
    level_step: float  # between the four levels of a component of a projected token vector

    def folder(self, cache: Path) -> Path:
        """Return the folder of the model in `cache`."""
        return folder(self.identity, cache)

    def same_vectors(self, other: "Model") -> bool:
        """Return whether two models give and encode the same vectors, whatever their names."""
        return self.same_content(other) and self == self.with_tokens_of(other)

    def same_content(self, other: "Model") -> bool:
        """Return whether two models have the same content, whatever their names and the encoding of token vectors."""
        return _hash(self.identity) == _hash(other.identity)

    def with_tokens_of(self, other: "Model") -> "Model":
        """Return the model with the encoding of token vectors of `other`, if that has the same content.

        Machines round differently when they compute them, and an archive must not mix codes of two projections.
        """
        return replace(self, **other.tokens) if self.same_content(other) else self

    @property
    def tokens(self) -> dict[str, Any]:
        """The fields that determine the codes of token vectors."""
        return {name: getattr(self, name) for name in ("projection", "component_means", "level_step")}


def default_folder() -> Path:
    """Return the folder of prepared models unless `NEWSQA_CACHE` names another one."""
    return user_cache_path("newsqa", appauthor=False)


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


_HASH = re.compile(r"\w{1,64}")


def folder(identity: str, cache: Path) -> Path:
    """Return the folder of a model in `cache`, whether it exists or not.

    Raises:
        ModelError: the identity, which archives from elsewhere state, names no folder there.
    """
    if not _HASH.fullmatch(_hash(identity)):
        raise ModelError(f"'{identity[:80]}' is not the identity of a model: take the archive from another source")
    return cache / "models" / f"{_hash(identity)}-{_FORMAT}"


def _hash(identity: str) -> str:
    return identity.rpartition("@")[2]
