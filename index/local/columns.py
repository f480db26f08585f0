"""The columns of passages that filters need: day, language and outlet, beside the passage numbers."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveDamaged
from index.local.catalog import Content
from index.local.dense import Mask
from index.types import Filter, Numbers

_COLUMNS, _NAMES = "columns.npy", "names.json"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of passages in the order of their numbers. Read from a file, they are mapped."""

    table: NDArray[np.int64]  # shape (4, n): number, day (0 without a date), language and outlet by position in names
    languages: tuple[str, ...]  # sorted
    outlets: tuple[str, ...]  # sorted

    @classmethod
    def of(cls, contents: Sequence[Content]) -> Self:
        """Return the columns of passages with increasing numbers.

        Raises:
            ArchiveDamaged: a number occurs twice.
        """
        numbers = np.concatenate([np.empty(0, np.int64), *(content.numbers for content in contents)])
        if not np.all(np.diff(numbers) > 0):
            raise ArchiveDamaged("two passages have the same number: delete the data folder and index again")
        days = np.concatenate([np.empty(0, np.int64), *(content.days for content in contents)])
        languages, language = _positions(name for content in contents for name in content.languages)
        outlets, outlet = _positions(name for content in contents for name in content.outlets)
        return cls(np.stack([numbers, days, language, outlet]), languages, outlets)

    def write(self, folder: Path) -> None:
        """Write the columns to a folder.

        Raises:
            OSError: the folder cannot be written.
        """
        np.save(folder / _COLUMNS, self.table)
        names = {"languages": self.languages, "outlets": self.outlets}
        (folder / _NAMES).write_text(json.dumps(names), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open the columns of a folder.

        Raises:
            ArchiveDamaged: the folder has no columns.
        """
        try:
            table = np.load(folder / _COLUMNS, mmap_mode="r", allow_pickle=False)
            names = json.loads((folder / _NAMES).read_text(encoding="utf-8"))
            return cls(np.asarray(table), tuple(names["languages"]), tuple(names["outlets"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ArchiveDamaged(f"{folder}: columns are damaged") from error

    def __len__(self) -> int:
        return len(self.table[0])

    @property
    def numbers(self) -> Numbers:
        """The passage numbers, increasing."""
        numbers: Numbers = self.table[0]
        return numbers

    def positions(self, numbers: Numbers) -> NDArray[np.int64]:
        """Return the positions of numbers, -1 for those that are not there."""
        if not len(self):
            return np.full(len(numbers), -1, np.int64)
        places = np.minimum(np.searchsorted(self.numbers, numbers), len(self) - 1)
        found: NDArray[np.int64] = np.where(self.numbers[places] == numbers, places, -1)
        return found

    def mask(self, filters: Filter) -> Mask:
        """Return which passages a filter admits."""
        _, days, languages, outlets = self.table
        mask = np.ones(len(self), np.bool_)
        if filters.published_from or filters.published_to or filters.as_of:
            mask &= days > 0
        for day in (filters.published_to, filters.as_of):
            if day:
                mask &= days <= day.toordinal()
        if filters.published_from:
            mask &= days >= filters.published_from.toordinal()
        if filters.languages:
            mask &= _is_any(languages, self.languages, filters.languages)
        if filters.sources:
            mask &= _is_any(outlets, self.outlets, filters.sources)
        return mask


@dataclass(frozen=True, slots=True)
class Selection:
    """The passages of several columns that a filter admits."""

    filters: Filter
    columns: tuple[Columns, ...]
    masks: tuple[Mask, ...]
    count: int

    @classmethod
    def of(cls, columns: Iterable[Columns], filters: Filter) -> Self:
        """Apply a filter."""
        columns = tuple(columns)
        masks = tuple(each.mask(filters) for each in columns)
        return cls(filters, columns, masks, sum(int(np.count_nonzero(mask)) for mask in masks))

    def admits(self, numbers: Numbers) -> Mask:
        """Return which passages are admitted, by number."""
        result = np.zeros(len(numbers), np.bool_)
        for columns, mask in zip(self.columns, self.masks, strict=True):
            positions = columns.positions(numbers)
            result |= (positions >= 0) & mask[positions] if len(columns) else False
        return result


def _positions(names: Iterable[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the distinct names, sorted, and the position of each name in them."""
    names = [*names]
    distinct = tuple(sorted(set(names)))
    position = {name: i for i, name in enumerate(distinct)}
    return distinct, np.array([position[name] for name in names], dtype=np.int64)


def _is_any(column: NDArray[np.int64], names: Sequence[str], wanted: Iterable[str]) -> Mask:
    mask = np.zeros(len(column), np.bool_)
    for name in wanted:
        if name in names:
            mask |= column == names.index(name)
    return mask
