"""Published indexes of vectors and words: immutable folders, listed with their hashes, checked before they are read.

A generation bears the number of the catalog's revision that it was made from. It can be lost: it is made again from the
catalog without embedding anything.
"""

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from index.errors import ArchiveDamaged, ArchiveError
from index.files import sha256, sync
from index.local.catalog import Catalog, Content, State
from index.local.dense import VectorIndex
from index.local.lexical import LexicalIndex
from index.local.lock import publish_lock
from index.model.cache import Model
from index.model.centering import LanguageMeans

FORMAT = 3
GENERATIONS = "generations"  # the folder of generations in a data folder

_VECTORS = "vectors.faiss"
_WORDS = "words"
_MANIFEST = "manifest.json"
_METRIC = "cosine"
_PUBLISH_WAIT = 60.0  # seconds; another process may be writing a large generation
_FEW = 256  # passages that may be searched beside a generation, or a twentieth of what it has if that is more


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
    words: LexicalIndex

    @property
    def revision(self) -> int:
        """The number that answers show."""
        return self.state.revision

    @property
    def last(self) -> int:
        """The greatest of its passages' numbers; those that were written later have greater ones."""
        return self.vectors.last

    @classmethod
    def build(cls, content: Content, means: LanguageMeans) -> Self:
        """Index the vectors of all passages, centred by language, and their words, in memory."""
        vectors = VectorIndex.build(content.numbers, means.center(content.vectors, content.languages))
        words = LexicalIndex.build(zip(content.numbers.tolist(), content.texts, strict=True))
        return cls(content.state, vectors, words)

    def publish(self, folder: Path, model: Model, means: LanguageMeans) -> None:
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
                **_expected(self.state, model, means),
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


def read(folder: Path, revision: int, model: Model, means: LanguageMeans) -> Generation:
    """Read a generation after checking that it is whole and made with `model` and `means`.

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
    expected = _expected(state, model, means)
    same = all(getattr(manifest, name) == value for name, value in expected.items())
    complete = set(manifest.files) == set(_files(place)) - {_MANIFEST} and _VECTORS in manifest.files
    if changed or not complete or manifest.revision != revision or not same:
        raise ArchiveDamaged(f"{place}: not what was written")
    vectors, words = VectorIndex.read(place / _VECTORS), LexicalIndex.read(place / _WORDS)
    if (len(vectors), len(words), vectors.dimension) != (manifest.count, manifest.count, manifest.dimension):
        raise ArchiveDamaged(f"{place}: not what was written")
    return Generation(state, vectors, words)


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


def lags(generation: Generation, catalog: Catalog) -> bool:
    """Tell whether so much has been written since a generation that another one is worth making."""
    return len(catalog.numbers_after(generation.last)) > max(_FEW, len(generation.vectors) // 20)


def publish(catalog: Catalog, data: Path) -> Generation:
    """Publish a generation of the catalog's state, unless there is one; return it.

    Raises:
        ArchiveError: it cannot be written.
    """
    means = LanguageMeans.of(catalog.model)
    found = usable(catalog, data, means)
    if found is not None and found.state == catalog.state:
        return found
    made = Generation.build(catalog.content(), means)
    publish_made(made, catalog, data, means, _PUBLISH_WAIT)
    return made


def publish_made(made: Generation, catalog: Catalog, data: Path, means: LanguageMeans, wait: float) -> None:
    """Publish a generation, unless another process has published that state. Waits for the lock, and raises, as it."""
    with publish_lock(data, wait):
        if usable(catalog, data, means, after=made.revision - 1) is None:  # nobody was faster
            made.publish(data / GENERATIONS, catalog.model, means)


def usable(catalog: Catalog, data: Path, means: LanguageMeans, after: int = -1) -> Generation | None:
    """Return the newest sound generation of a state that the catalog has been in, of a revision `after` one."""
    model = catalog.model
    for revision in published(data / GENERATIONS):
        if after < revision <= catalog.revision:
            with suppress(ArchiveDamaged):
                found = read(data / GENERATIONS, revision, model, means)
                if catalog.has_been(found.state):
                    return found
    return None
