"""Prepares a model: finds it in the cache, or builds it there."""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from index.errors import ModelError, OtherModel
from index.files import sha256
from index.model import assemble, bundled, export
from index.model.cache import BUNDLED, Model, Progress, find, folder, write

RECIPE = 2  # increase it with every change of the export, so that existing archives refuse the new vectors


def prepare(name: str, cache: Path, progress: Progress) -> Model:
    """Return the model `name`, from the cache or built into it.

    `name` is `bundled`, a folder that sentence-transformers can load, or a hub id, which is downloaded.

    Raises:
        ModelError: the model does not exist, contains code, or its export differs too much from the original.
    """
    name = full_name(name)
    identity, _ = identify(name)
    place = folder(identity, cache)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place.with_suffix(".lock")).acquire()
    except OSError as error:
        raise ModelError(f"{cache}: not writable ({error.strerror}): set NEWSQA_CACHE to a folder that is") from error
    with lock:
        try:
            return find(identity, cache)
        except ModelError:
            return _build(name, identity, place, progress)


def prepare_as(model: Model, cache: Path, progress: Progress) -> Model:
    """Return a model that was prepared elsewhere as this machine has it, from the cache or built into it.

    Raises:
        OtherModel: what is built here gives other vectors.
        ModelError: as `prepare`.
    """
    try:
        prepared = find(model.identity, cache)
    except ModelError:
        prepared = prepare(model.name, cache, progress)
    if not prepared.same_content(model):
        raise OtherModel(f"made with the model {model.identity}, and {model.name} is now {prepared.identity}")
    return prepared


def identify(name: str) -> tuple[str, Path | None]:
    """Return the identity of a model as it is now, and its folder, None for the bundled one. Raises as `prepare`."""
    if name == BUNDLED:
        return f"{name}@{_content_hash(bundled.files())}", None
    source = Path(name) if Path(name).is_dir() else export.fetch(name)
    return f"{name}@{_content_hash(export.checked_files(source), source)}", source


def _build(name: str, identity: str, place: Path, progress: Progress) -> Model:
    """Build the files of a model in a temporary folder and rename it to `place`."""
    prefix = f".preparing-{place.name}-"
    for stale in place.parent.glob(f"{prefix}*"):
        shutil.rmtree(stale, ignore_errors=True)  # left by a killed process; this process holds the lock
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place.parent) as scratch:
        built = Path(scratch, "built")
        built.mkdir()
        build = assemble.assemble if name == BUNDLED else export.export
        model = build(name, identity, built, progress)
        model = replace(model, files={file.name: sha256(file) for file in sorted(built.iterdir())})
        write(model, built)
        shutil.rmtree(place, ignore_errors=True)  # damaged, since `find` refused it
        built.rename(place)
    return model


def full_name(name: str) -> str:
    """Return the name of a model as archives store it: the absolute path of a folder, any other name as it is."""
    return str(Path(name).resolve()) if name != BUNDLED and Path(name).is_dir() else name


def _content_hash(files: Sequence[Path], root: Path | None = None) -> str:
    digest = hashlib.sha256(f"newsqa export {RECIPE}\n".encode())
    for file in files:
        digest.update(f"{file.relative_to(root) if root else file.name} {sha256(file)}\n".encode())
    return digest.hexdigest()[:16]
