"""A model becomes ready to run: found in the cache, or made there."""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock

from index.errors import ModelError
from index.files import sha256
from index.model import assemble, bundled, export
from index.model.cache import BUNDLED, Model, Progress, find, folder, write

RECIPE = 2  # raise it with every change of the export: archives made with the old one then refuse the new vectors


def prepare(name: str, cache: Path, progress: Progress) -> Model:
    """Return the model `name`, made first unless the cache has it.

    `name` is `bundled`, a folder that sentence-transformers can load, or a hub id, which is fetched.

    Raises:
        ModelError: there is no such model, it may not be run, or its export differs too much from the original.
    """
    name = full_name(name)
    if name == BUNDLED:
        identity = f"{name}@{_content_hash(bundled.files())}"
    else:
        source = Path(name) if Path(name).is_dir() else export.fetch(name)
        identity = f"{name}@{_content_hash(export.checked_files(source), source)}"
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
            return _make(name, identity, place, progress)


def _make(name: str, identity: str, place: Path, progress: Progress) -> Model:
    """Make the model's files aside and publish them as `place`."""
    prefix = f".preparing-{place.name}-"
    for left in place.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)  # of a preparation that was killed; ours alone hold the lock
    with tempfile.TemporaryDirectory(prefix=prefix, dir=place.parent) as scratch:
        made = Path(scratch, "made")
        made.mkdir()
        make = assemble.assemble if name == BUNDLED else export.export
        model = make(name, identity, made, progress)
        model = replace(model, files={file.name: sha256(file) for file in sorted(made.iterdir())})
        write(model, made)
        shutil.rmtree(place, ignore_errors=True)  # what was there is damaged, or we would not be here
        made.rename(place)
    return model


def full_name(name: str) -> str:
    """Return the name of a model as archives keep it: folders are found again from any working folder."""
    return str(Path(name).resolve()) if name != BUNDLED and Path(name).is_dir() else name


def _content_hash(files: Sequence[Path], root: Path | None = None) -> str:
    digest = hashlib.sha256(f"newsqa export {RECIPE}\n".encode())
    for file in files:
        digest.update(f"{file.relative_to(root) if root else file.name} {sha256(file)}\n".encode())
    return digest.hexdigest()[:16]
