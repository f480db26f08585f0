"""Vectors that wait for their passages: a few in memory, the many of an import in a temporary file."""

from collections.abc import Iterable, Mapping
from tempfile import TemporaryFile
from typing import IO

import numpy as np

from index.types import PassageVectors, TokenCodes

_MAX_IN_MEMORY = 2000  # about 20 MB

_Place = tuple[int, tuple[int, int, int]]  # the start in the file, and the bytes of vector, counts and codes


class WaitingVectors:
    """Vectors by key, until they are forgotten."""

    def __init__(self) -> None:
        """Start without vectors and without a file."""
        self._memory: dict[bytes, PassageVectors] = {}
        self._places: dict[bytes, _Place] = {}
        self._file: IO[bytes] | None = None

    def add(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Add vectors.

        Raises:
            OSError: the temporary file cannot be written.
        """
        self._memory |= vectors
        if len(self._memory) > _MAX_IN_MEMORY:
            self._file = self._file or TemporaryFile()  # noqa: SIM115 - closed by `clear`
            start = self._file.seek(0, 2)
            for key, each in self._memory.items():
                parts = each.vector.tobytes(), each.tokens.counts.tobytes(), each.tokens.codes.tobytes()
                self._file.write(b"".join(parts))
                self._places[key] = start, (len(parts[0]), len(parts[1]), len(parts[2]))
                start += sum(map(len, parts))
            self._memory = {}

    def known(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of `keys` that wait."""
        return {key for key in keys if key in self._memory or key in self._places}

    def get(self, keys: Iterable[bytes]) -> dict[bytes, PassageVectors]:
        """Return the vectors of those of `keys` that wait."""
        return {key: self._memory[key] if key in self._memory else self._read(key) for key in self.known(keys)}

    def _read(self, key: bytes) -> PassageVectors:
        if self._file is None:
            raise KeyError(key)
        start, sizes = self._places[key]
        self._file.seek(start)
        vector, counts, codes = (self._file.read(size) for size in sizes)
        numbers = np.frombuffer(counts, np.uint16)
        rows = np.frombuffer(codes, np.uint8).reshape(sum(numbers.tolist()), -1)
        return PassageVectors(np.frombuffer(vector, np.float32), TokenCodes(numbers, rows))

    def forget(self, keys: Iterable[bytes]) -> None:
        """Forget the vectors of `keys`."""
        for key in keys:
            self._memory.pop(key, None)
            self._places.pop(key, None)

    def clear(self) -> None:
        """Forget all vectors, and delete the file."""
        self._memory, self._places = {}, {}
        if self._file:
            self._file.close()
            self._file = None
