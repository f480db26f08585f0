"""Generations: published segments and words in immutable folders, verified by checksums before use.

The number of a generation is the revision of the catalog that it was built from. A generation shares the files that
have not changed with its predecessor, as hard links. A lost generation is rebuilt from the catalog without embedding.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from index.errors import ArchiveDamaged
from index.files import sha256
from index.local.catalog import Catalog, State
from index.local.lexical import LexicalIndex
from index.local.segments import Segment, Segments
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.types import Numbers

FORMAT = 4
GENERATIONS = "generations"  # the folder of generations in a data folder
SEGMENTS, WORDS, DEAD, MANIFEST = "segments", "words", "dead.npy", "manifest.json"
"""What a generation consists of: two folders and two files."""

_METRIC = "cosine"
_MAX_DELTA = 1000  # passages


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a generation; all fields but the counts and `files` must match the expected values."""

    format: int
    archive: str
    content: str  # token of the catalog's state
    revision: int
    model: str  # identity
    centre: str  # identity of the language means
    metric: str
    dimension: int
    passages: int  # in segments, including deleted ones
    words: int  # passages in the index of words
    files: dict[str, str]  # SHA-256 by name

    @classmethod
    def of(
        cls, state: State, model: Model, means: LanguageMeans, *, passages: int, words: int, files: dict[str, str]
    ) -> Self:
        """Return the manifest of a new generation."""
        return cls(**_expected(state, model, means), passages=passages, words=words, files=files)

    def write(self, folder: Path) -> None:
        """Write the manifest to the folder of a generation."""
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Generation:
    """The segments and words of an archive in one state."""

    place: Path  # its folder, which may be deleted since
    files: dict[str, str]  # SHA-256 by name
    state: State
    segments: Segments
    lexical: LexicalIndex
    dead: Numbers  # passages of the segments that were deleted since these were written; increasing

    @property
    def revision(self) -> int:
        """The revision, which answers show as `generation`."""
        return self.state.revision

    @property
    def last(self) -> int:
        """The greatest passage number; later passages have greater numbers."""
        return self.segments.last

    @property
    def numbers(self) -> Numbers:
        """The numbers of the passages in this state, increasing."""
        numbers: Numbers = np.setdiff1d(self.segments.numbers, self.dead, assume_unique=True)
        return numbers

    @classmethod
    def read(
        cls, folder: Path, revision: int, model: Model, means: LanguageMeans, verified: "Generation | None" = None
    ) -> Self:
        """Open a generation after verifying that it is complete and was built with `model` and `means`.

        Files that it shares with the `verified` generation are not verified again. The caller compares its archive
        and state.

        Raises:
            ArchiveDamaged: the generation is missing, incomplete, damaged, or was built with another model or means.
        """
        place = folder / str(revision)
        try:
            manifest = Manifest(**json.loads((place / MANIFEST).read_text(encoding="utf-8")))
            changed = [
                name
                for name, expected in manifest.files.items()
                if expected
                != (verified.files[name] if verified and verified.shares(place / name, name) else sha256(place / name))
            ]
            state = State(manifest.archive, manifest.content, manifest.revision)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ArchiveDamaged(f"{place}: incomplete: {error}") from error
        expected = _expected(state, model, means)
        same = all(getattr(manifest, name) == value for name, value in expected.items())
        complete = set(manifest.files) == set(files(place)) - {MANIFEST} and DEAD in manifest.files
        if changed or not complete or manifest.revision != revision or not same:
            raise ArchiveDamaged(f"{place}: damaged, or built with another model or version")
        generation = cls.open(place, state, manifest.files)
        dimensions = {part.vectors.dimension for part in generation.segments.parts}
        counts = len(generation.segments), len(generation.lexical)
        if counts != (manifest.passages, manifest.words) or dimensions - {manifest.dimension}:
            raise ArchiveDamaged(f"{place}: damaged: its indexes do not match its manifest")
        return generation

    @classmethod
    def open(cls, place: Path, state: State, checksums: dict[str, str]) -> Self:
        """Open a generation without verifying it.

        Raises:
            ArchiveDamaged: the folder is not a generation.
        """
        parts = tuple(Segment.read(segment) for segment in _segment_folders(place))
        lexical = LexicalIndex.read(place / WORDS)
        try:
            dead: Numbers = np.load(place / DEAD, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise ArchiveDamaged(f"{place}: incomplete: {error}") from error
        return cls(place, checksums, state, Segments(parts), lexical, dead)

    def shares(self, file: Path, name: str) -> bool:
        """Return whether a file is this generation's file of that name, on the disk.

        Raises:
            OSError: `file` cannot be read.
        """
        try:
            return name in self.files and (self.place / name).samefile(file)
        except FileNotFoundError:
            return False


def segment_folder(place: Path, segment: Segment) -> Path:
    """Return the folder of a segment, named by its greatest passage number."""
    return place / SEGMENTS / str(segment.last)


def _segment_folders(place: Path) -> list[Path]:
    try:
        return sorted((place / SEGMENTS).iterdir(), key=lambda folder: int(folder.name))
    except (OSError, ValueError) as error:
        raise ArchiveDamaged(f"{place}: incomplete: {error}") from error


def files(place: Path) -> Iterator[str]:
    """Yield the names of all files of a generation, relative to its folder."""
    for path in sorted(place.rglob("*")):
        if path.is_file():
            yield path.relative_to(place).as_posix()


def published(folder: Path) -> list[int]:
    """Return the revisions of the generations on disk, newest first, without verifying them."""
    try:
        return sorted((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), reverse=True)
    except OSError:
        return []


def newest_valid(
    catalog: Catalog, data: Path, means: LanguageMeans, verified: Generation | None = None
) -> Generation | None:
    """Return the newest valid generation of a present or past state of the catalog.

    With a `verified` generation, only later ones count, and files that it shares are not verified again.
    """
    model = catalog.model
    after = -1 if verified is None else verified.revision
    for revision in published(data / GENERATIONS):
        if after < revision <= catalog.revision:
            with suppress(ArchiveDamaged):
                generation = Generation.read(data / GENERATIONS, revision, model, means, verified)
                if catalog.was_in(generation.state):
                    return generation
    return None


def is_behind(generation: Generation, catalog: Catalog) -> bool:
    """Return whether so many passages were written after a generation that a new one is due."""
    return len(catalog.numbers_after(generation.last)) > _MAX_DELTA


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
