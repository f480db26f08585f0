"""Exact nearest neighbors of unit vectors; the only module that imports faiss."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import faiss
import numpy as np

from index.errors import ArchiveDamaged
from index.types import Numbers, Vectors

_LENGTH_TOLERANCE = 1e-3  # accepted difference of a length from 1


class VectorIndex:
    """An immutable, exact index. Thread-safe."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self.last = int(self.numbers.max(initial=0))

    @classmethod
    def build(cls, numbers: Numbers, vectors: Vectors) -> Self:
        """Build an index of `vectors` with `numbers`.

        Raises:
            ArchiveDamaged: a vector does not have unit length, or a number occurs twice.
        """
        if len(np.unique(numbers)) != len(numbers):
            raise ArchiveDamaged("two passages have the same number: delete the data folder and index again")
        # NaN fails this check too; faiss would silently accept both.
        if not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1) < _LENGTH_TOLERANCE):
            raise ArchiveDamaged("a vector does not have unit length: delete the data folder and index again")
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), numbers)
        return cls(index)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read an index; the caller has verified the file, since reading an untrusted file is dangerous.

        Raises:
            ArchiveDamaged: the file is not an index.
        """
        try:
            return cls(faiss.read_index(str(file)))
        except RuntimeError as error:
            raise ArchiveDamaged(f"{file}: not a vector index") from error

    def write(self, file: Path) -> None:
        """Write the index; equal indexes give equal bytes."""
        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def numbers(self) -> Numbers:
        """The passage numbers of the vectors."""
        numbers: Numbers = faiss.vector_to_array(self._index.id_map)  # type: ignore[attr-defined]
        return numbers

    @property
    def dimension(self) -> int:
        """The number of components of a vector."""
        return int(self._index.d)

    def vectors(self, numbers: Numbers | Sequence[int]) -> Vectors:
        """Return the vectors of numbers, all of which must exist."""
        _use_one_thread()
        vectors: Vectors = self._index.reconstruct_batch(np.array(numbers, dtype=np.int64))
        return vectors

    def search(self, vector: Vectors, k: int, allowed: Numbers | None = None) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the `k` nearest vectors, best first; fewer if there are fewer."""
        k = min(k, len(self) if allowed is None else len(allowed))
        if k == 0:
            return []
        parameters = None if allowed is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        _use_one_thread()
        scores, numbers = self._index.search(vector[None].astype(np.float32), k, params=parameters)
        hits = zip(numbers[0].tolist(), scores[0].tolist(), strict=True)
        # Ties are ordered by number, so that answers do not depend on the heap of faiss.
        return sorted(((number, score) for number, score in hits if number >= 0), key=lambda hit: (-hit[1], hit[0]))


def _use_one_thread() -> None:
    """Keep FAISS on the calling thread.

    OpenMP keeps a number of threads per calling thread, so it is set before each call, which takes 0.1 microseconds. A
    second thread does not speed up one question and costs time where cores are busy: 40 ms instead of 6 over 100,000
    vectors.
    """
    faiss.omp_set_num_threads(1)
