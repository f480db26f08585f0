"""A prepared model: an int8 ONNX graph with its tokenizer, cached under the hash of what it was made from."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock

from index import bundled
from index.errors import ModelError

BUNDLED = "bundled"
RECIPE = 1  # raise it with every change of the export: archives made with the old one then refuse the new vectors

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done and how many there are."""


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a prepared model without loading it."""

    name: str  # `bundled`, a folder or a hub id
    identity: str  # of name and content: equal identities give equal vectors
    dimension: int
    max_tokens: int  # special tokens and prompt included
    question_prompt: str
    passage_prompt: str
    cosine: float  # mean cosine between its vectors and the original's, over a multilingual sample
    files: dict[str, str]  # SHA-256 by name

    def folder(self, cache: Path) -> Path:
        """Return where the model lies in `cache`."""
        return _folder(cache, self.identity)


def prepare(name: str, cache: Path, progress: Progress) -> Model:
    """Return the model `name`, exporting it first unless the cache has it.

    `name` is `bundled`, a folder that sentence-transformers can load, or a hub id, which is fetched.

    Raises:
        ModelError: there is no such model, it may not be run, or its export strays from the original.
    """
    from index import export  # here, since it imports torch to make what the cache lacks

    if name == BUNDLED:
        identity = f"{name}@{_content_hash(bundled.files())}"
    else:
        folder = Path(name).resolve()
        if folder.is_dir():
            name = str(folder)  # found again from any working folder
        else:
            folder = export.fetch(name)
        identity = f"{name}@{_content_hash(export.checked_files(folder), folder)}"
    folder = _folder(cache, identity)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder.with_suffix(".lock"))
        lock.acquire()
    except OSError as error:
        raise ModelError(f"{cache}: not writable ({error.strerror}): set NEWSQA_CACHE to a folder that is") from error
    with lock:
        try:
            return find(identity, cache)
        except ModelError:
            return export.export(name, identity, folder, progress)


def find(identity: str, cache: Path) -> Model:
    """Return a model that has been prepared before.

    Raises:
        ModelError: the cache does not have it, or its files are not what was written.
    """
    folder = _folder(cache, identity)
    try:
        model = Model(**json.loads((folder / "model.json").read_text(encoding="utf-8")))
        damaged = [file for file, expected in model.files.items() if sha256(folder / file) != expected]
    except OSError as error:
        raise ModelError(f"model {identity} has not been prepared in {cache}: run newsqa index") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"{folder}/model.json is damaged: delete {folder} and run newsqa index") from error
    if damaged or _hash(model.identity) != _hash(identity):
        raise ModelError(f"{folder}/{(damaged or ['model.json'])[0]} is damaged: delete {folder} and run newsqa index")
    return replace(model, name=identity.rpartition("@")[0], identity=identity)  # it may lie elsewhere by now


def write(model: Model, folder: Path) -> None:
    """Write the model's description, last of all its files."""
    (folder / "model.json").write_text(json.dumps(asdict(model), indent=1, ensure_ascii=False), encoding="utf-8")


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _folder(cache: Path, identity: str) -> Path:
    return cache / "models" / _hash(identity)


def _hash(identity: str) -> str:
    return identity.rpartition("@")[2]


def _content_hash(files: Sequence[Path], root: Path | None = None) -> str:
    digest = hashlib.sha256(f"newsqa export {RECIPE}\n".encode())
    for file in files:
        digest.update(f"{file.relative_to(root) if root else file.name} {sha256(file)}\n".encode())
    return digest.hexdigest()[:16]
