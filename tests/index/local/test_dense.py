"""Nearest neighbors of unit vectors."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArchiveDamaged
from index.local.dense import Mask, VectorIndex
from index.types import Vectors
from tests.index.local.contents import unit

_DIMENSION = 384
_ROOT = Path(__file__).parents[3]


def near(count: int, seed: int) -> Vectors:
    """Return unit vectors around one, as passages about one subject have."""
    rows = (
        unit(1, 9, _DIMENSION) + unit(count, seed, _DIMENSION) * np.linspace(0.2, 2, count, dtype=np.float32)[:, None]
    )
    vectors: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def built(folder: Path, vectors: Vectors, **options: int) -> VectorIndex:
    """Write an index and open it."""
    folder.mkdir(exist_ok=True)
    VectorIndex.write(folder, vectors, **options)
    return VectorIndex.read(folder)


def best(vectors: Vectors, question: Vectors, k: int, mask: Mask | None = None) -> list[int]:
    """Search by comparing with every vector."""
    cosines = vectors @ question
    order = [position for position in np.argsort(-cosines, kind="stable").tolist() if mask is None or mask[position]]
    return order[:k]


def found(index: VectorIndex, question: Vectors, k: int, mask: Mask | None = None) -> list[int]:
    """Return the positions that are found, best first."""
    positions, cosines = index.search(question, k, mask)
    best_first: list[int] = positions[np.lexsort((positions, -cosines))].tolist()
    return best_first


@pytest.mark.parametrize("count", [1, 2, 50, 1000])
@pytest.mark.parametrize("k", [1, 7, 100])
def test_search_finds_vectors_as_near_as_brute_force_finds(tmp_path: Path, count: int, k: int) -> None:
    vectors = near(count, seed=0)
    index = built(tmp_path, vectors)
    for question in near(10, seed=2):
        expected = best(vectors, question, k)
        positions, cosines = index.search(question, k)
        assert cosines == pytest.approx(vectors[positions] @ question, abs=3e-3)
        assert sorted(cosines, reverse=True) == pytest.approx(vectors[expected] @ question, abs=3e-3)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 1.0])
@pytest.mark.parametrize("min_coarse", [10**9, 1])
def test_search_among_some_finds_the_best_of_them(tmp_path: Path, share: float, min_coarse: int) -> None:
    vectors = near(5000, seed=0)
    index = built(tmp_path, vectors, min_coarse=min_coarse)
    mask: Mask = np.random.default_rng(5).random(5000) < share
    right = total = 0
    for question in near(100, seed=3):
        expected = best(vectors, question, 20, mask)
        actual = found(index, question, 20, mask)
        assert len(actual) == len(expected)
        assert all(mask[position] for position in actual)
        right, total = right + len({*actual} & {*expected}), total + len(expected)
    assert right >= 0.94 * total


def test_a_coarse_index_finds_what_the_scan_finds(tmp_path: Path) -> None:
    vectors = near(5000, seed=0)
    scan, coarse = built(tmp_path / "a", vectors), built(tmp_path / "b", vectors, min_coarse=5000)
    assert not (tmp_path / "a" / "coarse.faiss").exists()
    assert (tmp_path / "b" / "coarse.faiss").exists()
    questions = near(40, seed=3)
    same = [len({*found(scan, question, 50)} & {*found(coarse, question, 50)}) for question in questions]
    assert sum(same) >= 0.97 * 50 * len(questions)


@pytest.mark.parametrize("k", [3, 4, 10**6])
def test_asking_for_more_than_there_are_gives_all(tmp_path: Path, k: int) -> None:
    assert len(found(built(tmp_path, unit(3)), unit(1)[0], k)) == 3


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = built(tmp_path, np.empty((0, 24), dtype=np.float32))
    assert (len(index), index.dimension) == (0, 24)
    assert found(index, unit(1)[0], 5) == []


def test_of_equal_vectors_those_at_the_first_positions_are_found(tmp_path: Path) -> None:
    vectors = np.repeat(unit(1), 6, axis=0)
    index = built(tmp_path, vectors)
    assert sorted(found(index, vectors[0], 3)) == [0, 1, 2]
    assert len(set(index.search(vectors[0], 6)[1].tolist())) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 0.9, 1.1])
def test_a_vector_that_is_not_of_unit_length_is_refused(tmp_path: Path, value: float) -> None:
    vectors = unit(3)
    vectors[1] *= value
    with pytest.raises(ArchiveDamaged, match="unit length"):
        VectorIndex.write(tmp_path, vectors)


@pytest.mark.parametrize("min_coarse", [10**9, 1])
def test_equal_vectors_are_equal_files(tmp_path: Path, min_coarse: int) -> None:
    for name in ("a", "b"):
        built(tmp_path / name, unit(100), min_coarse=min_coarse)
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert len(files) == (2 if min_coarse > 1 else 3)
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_an_index_holds_its_vectors_up_to_rounding_and_clipping(tmp_path: Path) -> None:
    vectors = unit(100).copy()
    vectors[0] = np.eye(1, vectors.shape[1], dtype=np.float32)  # a component far above the others
    index = built(tmp_path, vectors)
    assert 0 < np.abs(index.vectors(np.arange(1, 100)) - vectors[1:]).max() < 0.005
    assert index.holds(np.arange(100), vectors).all()
    assert not index.holds(np.arange(100), np.roll(vectors, 1, axis=0)).any()


def test_a_component_that_is_larger_than_the_others_takes_no_precision_from_them(tmp_path: Path) -> None:
    vectors = unit(100) * np.where(np.arange(unit(1).shape[1]) == 0, 20, 1)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    index = built(tmp_path, vectors)
    differences = np.abs(index.vectors(np.arange(100)) - vectors)
    assert np.all(differences <= np.abs(vectors).max(axis=0) / 250)


def test_an_index_answers_after_its_files_were_deleted(tmp_path: Path) -> None:
    index = built(tmp_path, unit(100))
    before = found(index, unit(1)[0], 10)
    for file in tmp_path.iterdir():
        file.unlink()
    assert found(index, unit(1)[0], 10) == before


@pytest.mark.parametrize("content", [b"", b"not an index", bytes(1000), None])
def test_a_folder_that_has_no_index_is_damaged(tmp_path: Path, content: bytes | None) -> None:
    built(tmp_path, unit(3))
    if content is None:
        (tmp_path / "codes.faiss").unlink()
    else:
        (tmp_path / "codes.faiss").write_bytes(content)
    with pytest.raises(ArchiveDamaged, match="not a vector index"):
        VectorIndex.read(tmp_path)


_THREADS = """
import os, sys, threading, time
from pathlib import Path
import numpy as np
from index.local.dense import VectorIndex

def threads():
    return len(os.listdir("/proc/self/task"))

def work():
    vectors = np.eye(50, dtype=np.float32).repeat(1000, axis=0)
    counts = [threads()]
    VectorIndex.write(Path(sys.argv[1]), vectors, min_coarse=1)
    index = VectorIndex.read(Path(sys.argv[1]))
    counts.append(threads())
    index.search(vectors[0], 50)
    index.search(vectors[0], 50, np.arange(len(vectors)) < 10)
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
def test_no_thread_that_builds_or_searches_starts_others(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, "-c", _THREADS, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    assert result.stdout == "2 2 2 2\n2 2 2 2\n"
