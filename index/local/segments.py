"""Segments: the vectors and filter columns of consecutive passages, in immutable files.

New passages become a new segment, which takes in smaller ones before it, as in the logarithmic method (Bentley and
Saxe 1980) and in Lucene: a passage is written again a number of times that grows with the logarithm of the archive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveDamaged
from index.local.catalog import Content
from index.local.columns import Columns, Selection
from index.local.dense import VectorIndex
from index.model.centering import LanguageMeans
from index.types import Filter, Numbers, Vectors

MAX_SIZE = 250_000
"""Passages of a segment: they are written at once, which takes 2.5 kB of memory for each."""

_GROWTH = 4  # a new segment takes in those before it that are less than this many times larger


@dataclass(frozen=True, slots=True)
class Segment:
    """The vectors and columns of consecutive passages."""

    vectors: VectorIndex
    columns: Columns

    @staticmethod
    def write(folder: Path, contents: list[Content], means: LanguageMeans) -> None:
        """Write passages with increasing numbers to a new folder; vectors are centered by language.

        Empties `contents`, to need little memory.

        Raises:
            ArchiveDamaged: a vector does not have unit length, or a number occurs twice.
            OSError: the folder cannot be written.
        """
        folder.mkdir(parents=True)
        columns = Columns.of(contents)
        columns.write(folder)
        vectors = np.empty((len(columns), contents[0].vectors.shape[1]), np.float32)
        end = len(columns)
        while contents:
            content = contents.pop()
            start = end - len(content.numbers)
            vectors[start:end] = means.center(content.vectors, content.languages)
            end = start
        VectorIndex.write(folder, vectors)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open a segment; the caller has verified its files.

        Raises:
            ArchiveDamaged: the folder is not a segment.
        """
        segment = cls(VectorIndex.read(folder), Columns.read(folder))
        if len(segment.vectors) != len(segment.columns):
            raise ArchiveDamaged(f"{folder}: vectors and columns differ in number")
        return segment

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def last(self) -> int:
        """The greatest passage number."""
        return int(self.columns.numbers[-1])


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a generation, in the order of their passage numbers. Thread-safe."""

    parts: tuple[Segment, ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    @property
    def last(self) -> int:
        """The greatest passage number, 0 without passages."""
        return self.parts[-1].last if self.parts else 0

    @property
    def numbers(self) -> Numbers:
        """The passage numbers, increasing."""
        return np.concatenate([np.empty(0, np.int64), *(part.columns.numbers for part in self.parts)])

    def kept(self, added: int) -> tuple[Segment, ...]:
        """Return the segments that stay as they are when `added` passages are published; the others are rewritten."""
        kept, size = [*self.parts], added
        while added and kept and len(kept[-1]) < _GROWTH * size and len(kept[-1]) + size <= MAX_SIZE:
            size += len(kept.pop())
        return tuple(kept)

    def select(self, filters: Filter) -> Selection:
        """Apply a filter."""
        return Selection.of((part.columns for part in self.parts), filters)

    def search(self, vector: Vectors, k: int, selection: Selection | None = None) -> list[tuple[int, float]]:
        """Return numbers and cosines of the `k` nearest passages, best first; fewer if there are fewer."""
        hits: list[tuple[int, float]] = []
        for i, part in enumerate(self.parts):
            positions, cosines = part.vectors.search(vector, k, None if selection is None else selection.masks[i])
            hits += zip(part.columns.numbers[positions].tolist(), cosines.tolist(), strict=True)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Return the cosines of passages by number; numbers that are not there are omitted."""
        wanted = np.array(numbers, dtype=np.int64)
        cosines: dict[int, float] = {}
        for part, positions in self._found(wanted):
            found = positions >= 0
            values = part.vectors.cosines(vector, positions[found])
            cosines |= zip(wanted[found].tolist(), values.tolist(), strict=True)
        return cosines

    def differing(self, numbers: Numbers, vectors: Vectors) -> Numbers:
        """Return those of `numbers` whose stored vectors are not `vectors`, up to rounding, or are missing."""
        same = np.zeros(len(numbers), np.bool_)
        for part, positions in self._found(numbers):
            found = positions >= 0
            same[found] = part.vectors.holds(positions[found], vectors[found])
        differing: Numbers = numbers[~same]
        return differing

    def _found(self, numbers: Numbers) -> list[tuple[Segment, NDArray[np.int64]]]:
        return [(part, part.columns.positions(numbers)) for part in self.parts]
