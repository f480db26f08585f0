"""Published indexes of vectors: immutable folders, listed with their hashes, checked before they are read.

A generation bears the number of the catalog's revision that it was made from. It can be lost: it is made again from the
catalog without embedding anything.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from index.centre import Centre
from index.durable import sync
from index.errors import ArchiveDamaged, ArchiveError
from index.model import Model, sha256
from index.types import Vectors
from index.vectors import Numbers, VectorIndex

FORMAT = 1

_VECTORS = "vectors.faiss"
_MANIFEST = "manifest.json"
_METRIC = "cosine"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    format: int
    revision: int
    model: str  # identity
    metric: str
    dimension: int
    count: int
    files: dict[str, str]  # SHA-256 by name


@dataclass(frozen=True, slots=True)
class Generation:
    """The vectors of an archive at one revision."""

    revision: int
    vectors: VectorIndex

    @classmethod
    def build(cls, revision: int, numbers: Numbers, languages: Sequence[str], vectors: Vectors, centre: Centre) -> Self:
        """Index the vectors of all passages, centred by language, in memory."""
        return cls(revision, VectorIndex.build(numbers, centre.centred(vectors, languages)))

    def publish(self, folder: Path, model: Model) -> None:
        """Write the generation below `folder`, and delete those before the last.

        After a crash at any moment it is there whole or not at all.

        Raises:
            ArchiveError: it cannot be written.
        """
        target = folder / str(self.revision)
        aside = folder / f".{self.revision}-{os.getpid()}"
        try:
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir(parents=True)
            self.vectors.write(aside / _VECTORS)
            manifest = Manifest(
                FORMAT, self.revision, model.identity, _METRIC, self.vectors.dimension, len(self.vectors),
                {_VECTORS: sha256(aside / _VECTORS)},
            )  # fmt: skip
            (aside / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
            for path in (*aside.iterdir(), aside):
                sync(path)
            if target.exists():
                shutil.rmtree(target)  # it is damaged, or it would have been used
            aside.rename(target)
            sync(folder)
        except (OSError, RuntimeError) as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise ArchiveError(
                f"{folder}: the index cannot be written ({error}): make room or check permissions"
            ) from error
        for old in sorted(_published(folder))[:-2]:  # one older stays for readers that are opening it
            shutil.rmtree(folder / str(old), ignore_errors=True)
        for left in folder.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)  # of a publication cut short


def latest(folder: Path) -> int | None:
    """Return the revision of the newest generation, which need not be sound."""
    return max(_published(folder), default=None)


def read(folder: Path, revision: int, model: Model) -> Generation:
    """Read a generation after checking that it is whole and made with `model`.

    Raises:
        ArchiveDamaged: it is missing, incomplete, changed, or another model's.
    """
    place = folder / str(revision)
    try:
        manifest = Manifest(**json.loads((place / _MANIFEST).read_text(encoding="utf-8")))
        changed = [name for name, expected in manifest.files.items() if sha256(place / name) != expected]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ArchiveDamaged(f"{place}: incomplete: {error}") from error
    expected = (FORMAT, revision, model.identity, _METRIC, model.dimension)
    found = (manifest.format, manifest.revision, manifest.model, manifest.metric, manifest.dimension)
    if changed or set(manifest.files) != {_VECTORS} or found != expected:
        raise ArchiveDamaged(f"{place}: not what was written")
    vectors = VectorIndex.read(place / _VECTORS)
    if (len(vectors), vectors.dimension) != (manifest.count, manifest.dimension):
        raise ArchiveDamaged(f"{place}: not what was written")
    return Generation(revision, vectors)


def _published(folder: Path) -> list[int]:
    try:
        return [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    except OSError:
        return []
