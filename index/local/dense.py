"""Nearest neighbors of unit vectors, stored in eight bits per component; the only module that imports faiss.

Each component has a scale of its own: the step between two of its levels. A question is multiplied by the scales
instead of the stored vectors, which gives the same products.
Questions scan all vectors in eight bits. Over many vectors they first scan product-quantized ones (Jégou, Douze and
Schmid 2011; André, Kermarrec and Le Scouarnec 2015 for the fast scan), of a quarter of the size. Both give more
vectors than asked for, and the cosines of these are computed from the eight bits. Files are mapped, not read.
"""

from pathlib import Path
from typing import Self

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import ArchiveDamaged
from index.types import Vectors

MIN_COARSE = 50_000
"""Vectors from which on a coarse index is built: over fewer it saves no time."""

_LENGTH_TOLERANCE = 1e-3  # accepted difference of a length from 1
_LEVELS = 127
_ZERO = 128  # the code of 0
_EXACT_FACTOR = 4  # vectors to compare for each one asked for, after a scan in eight bits
_COARSE_FACTOR = 20  # the same, after a coarse scan
_MIN_COARSE_SHARE = 0.05  # of vectors admitted by a filter: for fewer, the scan of only these is faster
_ROUNDING = 0.51  # of a step: the greatest difference of a stored component from the original
_BITS = 4  # of a pair of components in the coarse index
_MAX_SAMPLE = 20_000  # vectors to fit the scale and the coarse index to
_CLIPPED = 5e-5  # of the values of a component: rare large ones are clipped, so that the others have finer steps
_CODES, _COARSE, _SCALE = "codes.faiss", "coarse.faiss", "scale.npy"

Mask = NDArray[np.bool_]
"""Which vectors a filter admits, shape (n,)."""


class VectorIndex:
    """An immutable index; vectors have positions from 0. Thread-safe."""

    def __init__(self, codes: faiss.Index, coarse: faiss.Index | None, scale: NDArray[np.float32]) -> None:
        """Wrap opened indexes; `read` is the public constructor."""
        self._codes, self._coarse, self._scale = codes, coarse, scale
        size = int(codes.ntotal) * int(codes.d)
        content = faiss.rev_swig_ptr(codes.codes.data(), size) if size else np.empty(0, np.uint8)  # type: ignore[attr-defined]
        self._rows: NDArray[np.uint8] = content.reshape(-1, int(codes.d))

    @staticmethod
    def write(folder: Path, vectors: Vectors, *, min_coarse: int = MIN_COARSE) -> None:
        """Write an index of `vectors` to a folder; equal vectors give equal files.

        Raises:
            ArchiveDamaged: a vector does not have unit length.
            OSError: the folder cannot be written.
        """
        # NaN fails this check too; faiss would silently accept it.
        if not np.all(np.abs(np.linalg.norm(vectors, axis=1) - 1) < _LENGTH_TOLERANCE):
            raise ArchiveDamaged("a vector does not have unit length: delete the data folder and index again")
        _use_one_thread()
        dimension = vectors.shape[1]
        scale = _scale(vectors)
        codes = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
        )
        codes.is_trained = True  # this type has nothing to fit
        coarse = None
        if len(vectors) >= min_coarse:
            coarse = faiss.IndexPQFastScan(dimension, dimension // 2, _BITS, faiss.METRIC_INNER_PRODUCT)
            coarse.train(_sample(vectors))
        for batch in np.array_split(vectors, max(1, len(vectors) // _MAX_SAMPLE)):
            codes.add(np.clip(np.rint(batch / scale), -_LEVELS, _LEVELS))
            if coarse is not None:
                coarse.add(np.ascontiguousarray(batch))
        try:
            np.save(folder / _SCALE, scale)
            faiss.write_index(codes, str(folder / _CODES))
            if coarse is not None:
                faiss.write_index(coarse, str(folder / _COARSE))
        except RuntimeError as error:  # of faiss
            raise OSError(f"{folder}: {error}") from error

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open an index; the caller has verified the files, since reading untrusted files is dangerous.

        Raises:
            ArchiveDamaged: the folder has no index.
        """
        try:
            coarse = _open(folder / _COARSE) if (folder / _COARSE).exists() else None
            return cls(_open(folder / _CODES), coarse, np.load(folder / _SCALE))
        except (RuntimeError, OSError, ValueError, AttributeError) as error:
            raise ArchiveDamaged(f"{folder}: not a vector index") from error

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def dimension(self) -> int:
        """The number of components of a vector."""
        return int(self._codes.d)

    def holds(self, positions: NDArray[np.int64], vectors: Vectors) -> Mask:
        """Return which of `vectors` are those stored at `positions`, up to rounding and clipping."""
        largest = self._scale * _LEVELS
        differences = np.abs(self.vectors(positions) - vectors.clip(-largest, largest))
        same: Mask = (differences <= self._scale * _ROUNDING).all(axis=1)
        return same

    def vectors(self, positions: NDArray[np.int64]) -> Vectors:
        """Return the stored vectors at positions, shape (positions, dimension)."""
        rows = self._rows[positions].astype(np.float32)
        rows -= _ZERO
        rows *= self._scale
        return rows

    def cosines(self, vector: Vectors, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the cosines of a vector to those at positions."""
        # Not by BLAS, which sums in an order that depends on the number of rows: equal vectors have equal cosines.
        cosines: NDArray[np.float32] = np.einsum("pd,d->p", self.vectors(positions), vector.astype(np.float32))
        return cosines

    def search(
        self, vector: Vectors, k: int, mask: Mask | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the positions and cosines of the `k` nearest vectors that `mask` admits, unordered; or of all."""
        total = len(self)
        admitted = total if mask is None else int(np.count_nonzero(mask))
        if not admitted or k < 1:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        _use_one_thread()
        if self._coarse is not None and admitted > _MIN_COARSE_SHARE * total:
            limit = min(total, -(-_COARSE_FACTOR * k * total // admitted))
            _, found = self._coarse.search(vector[None].astype(np.float32), limit)
            positions = found[0] if mask is None else found[0][mask[found[0]]][: _COARSE_FACTOR * k]
        else:
            parameters = None
            if mask is not None:
                selector = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]
                parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            scaled = vector * self._scale
            rounded = np.rint(scaled * (_LEVELS / max(float(np.abs(scaled).max()), 1e-12)))
            _, found = self._codes.search(
                rounded[None].astype(np.float32), min(admitted, _EXACT_FACTOR * k), params=parameters
            )
            positions = found[0]
        positions = positions[positions >= 0]
        cosines = self.cosines(vector, positions)
        if len(positions) > k:
            # Ties are ordered by position, so that answers do not depend on the heap of faiss.
            best = np.lexsort((positions, -cosines))[:k]
            positions, cosines = positions[best], cosines[best]
        return positions, cosines


def _scale(vectors: Vectors) -> NDArray[np.float32]:
    """Return the step between two levels of each component, shape (dimension,)."""
    sizes = np.abs(_sample(vectors))
    largest = np.quantile(sizes, 1 - _CLIPPED, axis=0) if len(sizes) else np.ones(vectors.shape[1])
    return (largest.clip(1e-6) / _LEVELS).astype(np.float32)


def _sample(vectors: Vectors) -> Vectors:
    return np.ascontiguousarray(vectors[:: max(1, len(vectors) // _MAX_SAMPLE)])


def _open(file: Path) -> faiss.Index:
    return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)


def _use_one_thread() -> None:
    """Keep FAISS on the calling thread.

    OpenMP keeps a number of threads per calling thread, so it is set before each call, which takes 0.1 microseconds. A
    second thread does not speed up one question and costs time where cores are busy: 40 ms instead of 6 over 100,000
    vectors.
    """
    faiss.omp_set_num_threads(1)
