"""Published indexes of vectors and words: immutable folders, listed with their hashes, checked before they are read.

A generation bears the number of the catalog's revision that it was made from. It can be lost: it is made again from the
catalog without embedding anything.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from index.catalog import Content, State
from index.centre import Centre
from index.durable import sync
from index.errors import ArchiveDamaged, ArchiveError
from index.model import Model, sha256
from index.vectors import VectorIndex
from index.words import WordIndex

FORMAT = 3

_VECTORS = "vectors.faiss"
_WORDS = "words"
_MANIFEST = "manifest.json"
_METRIC = "cosine"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself: all but `count` and `files` decide whether it is the one wanted."""

    format: int
    archive: str
    content: str  # the catalog's state
    revision: int
    model: str  # identity
    centre: str  # identity
    metric: str
    dimension: int
    count: int
    files: dict[str, str]  # SHA-256 by name


@dataclass(frozen=True, slots=True)
class Generation:
    """The vectors and words of an archive in one state."""

    state: State
    vectors: VectorIndex
    words: WordIndex

    @property
    def revision(self) -> int:
        """The number that answers show."""
        return self.state.revision

    @property
    def last(self) -> int:
        """The greatest of its passages' numbers; those that were written later have greater ones."""
        return self.vectors.last

    @classmethod
    def build(cls, content: Content, centre: Centre) -> Self:
        """Index the vectors of all passages, centred by language, and their words, in memory."""
        vectors = VectorIndex.build(content.numbers, centre.centred(content.vectors, content.languages))
        words = WordIndex.build(zip(content.numbers.tolist(), content.texts, strict=True))
        return cls(content.state, vectors, words)

    def publish(self, folder: Path, model: Model, centre: Centre) -> None:
        """Write the generation below `folder`, and delete all but it and the one before; the lock is held.

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
            self.words.write(aside / _WORDS)
            manifest = Manifest(
                **_expected(self.state, model, centre),
                count=len(self.vectors),
                files={name: sha256(aside / name) for name in _files(aside)},
            )
            (aside / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
            for path in (*aside.rglob("*"), aside):
                sync(path)
            if target.exists():
                shutil.rmtree(target)  # of another state: the one wanted would have been read
            aside.rename(target)
            sync(folder)
        except (OSError, RuntimeError) as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise ArchiveError(
                f"{folder}: the index cannot be written ({error}): make room or check permissions, then index again"
            ) from error
        # The one before stays for who is opening it, and in case this one is damaged; a later one is of a catalog that
        # an older copy has been put in the place of.
        before = max((old for old in published(folder) if old < self.revision), default=None)
        for old in set(published(folder)) - {self.revision, before}:
            shutil.rmtree(folder / str(old), ignore_errors=True)
        for left in folder.glob(".*"):
            shutil.rmtree(left, ignore_errors=True)  # of a publication cut short


def published(folder: Path) -> list[int]:
    """Return the revisions of the generations that are there, newest first; they need not be sound."""
    try:
        return sorted((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), reverse=True)
    except OSError:
        return []


def read(folder: Path, revision: int, model: Model, centre: Centre) -> Generation:
    """Read a generation after checking that it is whole and made with `model` and `centre`.

    Whose it is, and of which state, the caller must compare.

    Raises:
        ArchiveDamaged: it is missing, incomplete, changed, or made with something else.
    """
    place = folder / str(revision)
    try:
        manifest = Manifest(**json.loads((place / _MANIFEST).read_text(encoding="utf-8")))
        changed = [name for name, expected in manifest.files.items() if sha256(place / name) != expected]
        state = State(manifest.archive, manifest.content, manifest.revision)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ArchiveDamaged(f"{place}: incomplete: {error}") from error
    expected = _expected(state, model, centre)
    same = all(getattr(manifest, name) == value for name, value in expected.items())
    complete = set(manifest.files) == set(_files(place)) - {_MANIFEST} and _VECTORS in manifest.files
    if changed or not complete or manifest.revision != revision or not same:
        raise ArchiveDamaged(f"{place}: not what was written")
    vectors, words = VectorIndex.read(place / _VECTORS), WordIndex.read(place / _WORDS)
    if (len(vectors), len(words), vectors.dimension) != (manifest.count, manifest.count, manifest.dimension):
        raise ArchiveDamaged(f"{place}: not what was written")
    return Generation(state, vectors, words)


def _files(place: Path) -> list[str]:
    return sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file())


def _expected(state: State, model: Model, centre: Centre) -> dict[str, Any]:
    return {
        **asdict(state),
        "format": FORMAT,
        "model": model.identity,
        "centre": centre.identity,
        "metric": _METRIC,
        "dimension": model.dimension,
    }
