"""Nearest neighbors of unit vectors."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArchiveDamaged
from index.local.dense import VectorIndex
from index.types import Numbers, Vectors

_DIMENSION = 24
_ROOT = Path(__file__).parents[3]


def unit(count: int, seed: int = 0) -> Vectors:
    """Return random unit vectors."""
    rows = np.random.default_rng(seed).standard_normal((count, _DIMENSION)).astype(np.float32)
    vectors: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def brute_force(
    numbers: Numbers, vectors: Vectors, question: Vectors, k: int, among: Numbers | None = None
) -> list[tuple[int, float]]:
    """Search by comparing with every vector."""
    hits = [
        (int(number), float(vector @ question))
        for number, vector in zip(numbers, vectors, strict=True)
        if among is None or number in among
    ]
    return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]


def numbers_of(count: int, seed: int = 1) -> Numbers:
    """Return passage numbers with holes, in no order."""
    numbers: Numbers = np.random.default_rng(seed).permutation(count * 3)[:count].astype(np.int64)
    return numbers


@pytest.mark.parametrize("count", [1, 2, 50, 1000])
@pytest.mark.parametrize("k", [1, 7, 100])
def test_search_finds_what_brute_force_finds(count: int, k: int) -> None:
    numbers, vectors = numbers_of(count), unit(count)
    index = VectorIndex.build(numbers, vectors)
    for question in unit(10, seed=2):
        found, expected = index.search(question, k), brute_force(numbers, vectors, question, k)
        assert [number for number, _ in found] == [number for number, _ in expected]
        assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
def test_search_among_some_finds_what_brute_force_finds(share: float) -> None:
    numbers, vectors = numbers_of(500), unit(500)
    index = VectorIndex.build(numbers, vectors)
    among = np.sort(numbers)[: int(share * 500)]
    for question in unit(10, seed=3):
        found, expected = index.search(question, 9, among), brute_force(numbers, vectors, question, 9, among)
        assert [number for number, _ in found] == [number for number, _ in expected]


def test_numbers_that_are_not_indexed_are_not_found() -> None:
    index = VectorIndex.build(np.array([3, 5], dtype=np.int64), unit(2))
    assert [number for number, _ in index.search(unit(1)[0], 9, np.array([5, 7, 9], dtype=np.int64))] == [5]


@pytest.mark.parametrize("k", [3, 4, 10**6])
def test_asking_for_more_than_there_are_gives_all(k: int) -> None:
    index = VectorIndex.build(numbers_of(3), unit(3))
    assert len(index.search(unit(1)[0], k)) == 3


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex.build(np.empty(0, dtype=np.int64), np.empty((0, _DIMENSION), dtype=np.float32))
    assert (len(index), index.dimension) == (0, _DIMENSION)
    assert index.search(unit(1)[0], 5) == []


def test_equal_vectors_come_in_the_order_of_their_numbers() -> None:
    vectors = np.repeat(unit(1), 6, axis=0)
    index = VectorIndex.build(np.array([9, 4, 7, 1, 8, 2], dtype=np.int64), vectors)
    assert [number for number, _ in index.search(vectors[0], 6)] == [1, 2, 4, 7, 8, 9]


def test_of_equal_vectors_those_indexed_first_are_found() -> None:
    vectors = np.repeat(unit(1), 6, axis=0)
    index = VectorIndex.build(np.array([1, 2, 4, 7, 8, 9], dtype=np.int64), vectors)
    assert [number for number, _ in index.search(vectors[0], 3)] == [1, 2, 4]


def test_a_number_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ArchiveDamaged, match="same number"):
        VectorIndex.build(np.array([1, 2, 1], dtype=np.int64), unit(3))


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 0.9, 1.1])
def test_a_vector_that_is_not_of_unit_length_is_refused(value: float) -> None:
    vectors = unit(3)
    vectors[1] *= value
    with pytest.raises(ArchiveDamaged, match="unit length"):
        VectorIndex.build(numbers_of(3), vectors)


def test_equal_indexes_are_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        VectorIndex.build(numbers_of(100), unit(100)).write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_index_that_was_written_searches_as_before(tmp_path: Path) -> None:
    index = VectorIndex.build(numbers_of(100), unit(100))
    index.write(tmp_path / "a")
    reread = VectorIndex.read(tmp_path / "a")
    assert (len(reread), reread.dimension) == (100, _DIMENSION)
    assert [reread.search(question, 5) for question in unit(5, seed=4)] == [
        index.search(question, 5) for question in unit(5, seed=4)
    ]


@pytest.mark.parametrize("content", [b"", b"not an index", bytes(1000)])
def test_a_file_that_is_no_index_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ArchiveDamaged, match="not a vector index"):
        VectorIndex.read(tmp_path / "a")


def test_indexing_does_not_change_what_it_was_given() -> None:
    numbers, vectors = numbers_of(10), unit(10)
    index = VectorIndex.build(numbers, vectors)
    before = index.search(vectors[0], 10)
    vectors[:] = 0
    numbers[:] = 0
    assert index.search(unit(10)[0], 10) == before


_THREADS = """
import os, threading, time
import numpy as np
from index.local.dense import VectorIndex

def threads():
    return len(os.listdir("/proc/self/task"))

def work():
    vectors = np.eye(50, dtype=np.float32).repeat(1000, axis=0)
    counts = [threads()]
    index = VectorIndex.build(np.arange(len(vectors)), vectors)
    counts.append(threads())
    index.search(vectors[0], 50)
    counts.append(threads())
    index.vectors(np.arange(len(vectors)))
    counts.append(threads())
    print(*counts)

for _ in range(2):
    while threads() > 1:  # a joined thread is listed for a moment longer
        time.sleep(0.001)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the threads of a process cannot be counted here")
def test_no_thread_that_builds_or_searches_starts_others() -> None:
    environment = os.environ | {"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", _THREADS], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout == "2 2 2 2\n2 2 2 2\n"
