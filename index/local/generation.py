"""Generations: published vector and lexical indexes in immutable folders, verified by checksums before use.

The number of a generation is the revision of the catalog that it was built from. A lost generation is rebuilt from the
catalog without embedding.
"""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from index.errors import ArchiveDamaged, ArchiveError
from index.files import make_folder, make_private, sha256, sync
from index.local.catalog import Catalog, Content, State
from index.local.dense import VectorIndex
from index.local.lexical import LexicalIndex
from index.local.lock import publish_lock
from index.model.cache import Model
from index.model.centering import LanguageMeans

FORMAT = 3
GENERATIONS = "generations"  # the folder of generations in a data folder

_VECTORS = "vectors.faiss"
_WORDS = "words"  # the folder of the lexical index
_MANIFEST = "manifest.json"
_METRIC = "cosine"
_LOCK_TIMEOUT = 60.0  # seconds; another process may be publishing a large generation
_MAX_DELTA = 256  # passages; or 1/20 of the passages of the generation, if that is more


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a generation; all fields but `count` and `files` must match the expected values."""

    format: int
    archive: str
    content: str  # token of the catalog's state
    revision: int
    model: str  # identity
    centre: str  # identity of the language means
    metric: str
    dimension: int
    count: int
    files: dict[str, str]  # SHA-256 by name


@dataclass(frozen=True, slots=True)
class Generation:
    """The vector and lexical indexes of an archive in one state."""

    state: State
    vectors: VectorIndex
    lexical: LexicalIndex

    @property
    def revision(self) -> int:
        """The revision, which answers show as `generation`."""
        return self.state.revision

    @property
    def last(self) -> int:
        """The greatest passage number; later passages have greater numbers."""
        return self.vectors.last

    @classmethod
    def build(cls, content: Content, means: LanguageMeans) -> Self:
        """Build the indexes of all passages in memory; vectors are centered by language."""
        vectors = VectorIndex.build(content.numbers, means.center(content.vectors, content.languages))
        lexical = LexicalIndex.build(zip(content.numbers.tolist(), content.texts, strict=True))
        return cls(content.state, vectors, lexical)

    @classmethod
    def read(cls, folder: Path, revision: int, model: Model, means: LanguageMeans) -> Self:
        """Read a generation after verifying that it is complete and was built with `model` and `means`.

        The caller compares its archive and state.

        Raises:
            ArchiveDamaged: the generation is missing, incomplete, damaged, or was built with another model or means.
        """
        place = folder / str(revision)
        try:
            manifest = Manifest(**json.loads((place / _MANIFEST).read_text(encoding="utf-8")))
            changed = [name for name, expected in manifest.files.items() if sha256(place / name) != expected]
            state = State(manifest.archive, manifest.content, manifest.revision)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ArchiveDamaged(f"{place}: incomplete: {error}") from error
        expected = _expected(state, model, means)
        same = all(getattr(manifest, name) == value for name, value in expected.items())
        complete = set(manifest.files) == set(_files(place)) - {_MANIFEST} and _VECTORS in manifest.files
        if changed or not complete or manifest.revision != revision or not same:
            raise ArchiveDamaged(f"{place}: damaged, or built with another model or version")
        vectors, lexical = VectorIndex.read(place / _VECTORS), LexicalIndex.read(place / _WORDS)
        if (len(vectors), len(lexical), vectors.dimension) != (manifest.count, manifest.count, manifest.dimension):
            raise ArchiveDamaged(f"{place}: damaged: its indexes do not match its manifest")
        return cls(state, vectors, lexical)

    def publish(self, folder: Path, model: Model, means: LanguageMeans) -> None:
        """Write the generation below `folder`, atomically, and delete all but it and its predecessor.

        The caller holds the publishing lock.

        Raises:
            ArchiveError: the generation cannot be written.
        """
        target = folder / str(self.revision)
        temporary = folder / f".{self.revision}-{os.getpid()}"
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            make_folder(temporary)
            self.vectors.write(temporary / _VECTORS)
            self.lexical.write(temporary / _WORDS)
            manifest = Manifest(
                **_expected(self.state, model, means),
                count=len(self.vectors),
                files={name: sha256(temporary / name) for name in _files(temporary)},
            )
            (temporary / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
            make_private(temporary)
            for path in (*temporary.rglob("*"), temporary):
                sync(path)
            if target.exists():
                shutil.rmtree(target)  # of another state, or damaged
            temporary.rename(target)
            sync(folder)
        except (OSError, RuntimeError) as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise ArchiveError(
                f"{folder}: the index cannot be written ({error}): free space or check permissions, then index again"
            ) from error
        # The predecessor is kept for processes that are opening it, and in case this generation gets damaged. Later
        # generations belong to a catalog that was since replaced by an older copy.
        predecessor = max((old for old in published(folder) if old < self.revision), default=None)
        for old in set(published(folder)) - {self.revision, predecessor}:
            shutil.rmtree(folder / str(old), ignore_errors=True)
        for leftover in folder.glob(".*"):
            shutil.rmtree(leftover, ignore_errors=True)  # of an interrupted publication


def published(folder: Path) -> list[int]:
    """Return the revisions of the generations on disk, newest first, without verifying them."""
    try:
        return sorted((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), reverse=True)
    except OSError:
        return []


def _files(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def _expected(state: State, model: Model, means: LanguageMeans) -> dict[str, Any]:
    return {
        "archive": state.archive,
        "content": state.token,
        "revision": state.revision,
        "format": FORMAT,
        "model": model.identity,
        "centre": means.identity,
        "metric": _METRIC,
        "dimension": model.dimension,
    }


def needs_rebuild(generation: Generation, catalog: Catalog) -> bool:
    """Return whether enough passages were written after a generation to justify a new one."""
    return len(catalog.numbers_after(generation.last)) > max(_MAX_DELTA, len(generation.vectors) // 20)


def publish(catalog: Catalog, data: Path) -> Generation:
    """Publish a generation of the current state of the catalog if there is none; return it.

    Raises:
        ArchiveError: the generation cannot be written.
    """
    means = LanguageMeans.of(catalog.model)
    newest = newest_valid(catalog, data, means)
    if newest is not None and newest.state == catalog.state:
        return newest
    built = Generation.build(catalog.content(), means)
    publish_built(built, catalog, data, means, _LOCK_TIMEOUT)
    return built


def publish_built(built: Generation, catalog: Catalog, data: Path, means: LanguageMeans, wait: float) -> None:
    """Publish a generation unless another process has published its state. Waits and raises as `publish_lock`."""
    with publish_lock(data, wait):
        if newest_valid(catalog, data, means, after=built.revision - 1) is None:
            built.publish(data / GENERATIONS, catalog.model, means)


def delete_predecessors(data: Path) -> None:
    """Delete all generations but the newest; they have the words of articles that were deleted since.

    Raises:
        ArchiveError: as `publish_lock`.
    """
    with publish_lock(data, _LOCK_TIMEOUT):
        for old in published(data / GENERATIONS)[1:]:
            shutil.rmtree(data / GENERATIONS / str(old), ignore_errors=True)


def newest_valid(catalog: Catalog, data: Path, means: LanguageMeans, after: int = -1) -> Generation | None:
    """Return the newest valid generation of a present or past state of the catalog, of a revision above `after`."""
    model = catalog.model
    for revision in published(data / GENERATIONS):
        if after < revision <= catalog.revision:
            with suppress(ArchiveDamaged):
                generation = Generation.read(data / GENERATIONS, revision, model, means)
                if catalog.was_in(generation.state):
                    return generation
    return None
