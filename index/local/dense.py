"""Nearest neighbours over unit vectors; the only module that imports faiss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveDamaged
from index.types import Vectors

Numbers = NDArray[np.int64]
"""Passage numbers, shape (n,)."""

_UNIT = 1e-3  # how far a length may be from 1


class VectorIndex:
    """An exact index. It is never changed once built, so threads may share it."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self.last = int(self.numbers.max(initial=0))

    @classmethod
    def build(cls, numbers: Numbers, vectors: Vectors) -> Self:
        """Index `vectors` under `numbers`.

        Raises:
            ArchiveDamaged: a vector is not of unit length, or a number occurs twice.
        """
        if len(np.unique(numbers)) != len(numbers):
            raise ArchiveDamaged("two passages have the same number: delete the data folder and index again")
        # NaN fails this too; faiss would take both without a word.
        if not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1) < _UNIT):
            raise ArchiveDamaged("a vector is not of unit length: delete the data folder and index again")
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), numbers)
        return cls(index)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read an index; the file must have been checked, since reading a hostile one is dangerous.

        Raises:
            ArchiveDamaged: it is not an index.
        """
        try:
            return cls(faiss.read_index(str(file)))
        except RuntimeError as error:
            raise ArchiveDamaged(f"{file}: not an index of vectors") from error

    def write(self, file: Path) -> None:
        """Write the index; equal indexes give equal bytes."""
        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def numbers(self) -> Numbers:
        """What its vectors are known by."""
        numbers: Numbers = faiss.vector_to_array(self._index.id_map)  # type: ignore[attr-defined]
        return numbers

    @property
    def dimension(self) -> int:
        """The width of the vectors."""
        return int(self._index.d)

    def vectors(self, numbers: Numbers | Sequence[int]) -> Vectors:
        """Return the vectors of some numbers, which are all there."""
        _use_one_thread()
        vectors: Vectors = self._index.reconstruct_batch(np.array(numbers, dtype=np.int64))
        return vectors

    def search(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the `k` nearest vectors, best first; fewer if there are fewer."""
        k = min(k, len(self) if among is None else len(among))
        if k == 0:
            return []
        parameters = None if among is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))  # type: ignore[call-arg]
        _use_one_thread()
        scores, numbers = self._index.search(vector[None].astype(np.float32), k, params=parameters)
        found = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        # Equal scores in the order of their numbers, so that answers do not depend on how faiss keeps its heap.
        return sorted(((number, score) for number, score in found if number >= 0), key=lambda hit: (-hit[1], hit[0]))


def _use_one_thread() -> None:
    """Keep FAISS on the calling thread.

    OpenMP keeps the number of threads for each thread, so it is set before each call; setting it takes a tenth of a
    microsecond. A second thread gains nothing for one question and costs time where cores are busy: a search of 100,000
    vectors took 40 ms instead of 6.
    """
    faiss.omp_set_num_threads(1)
