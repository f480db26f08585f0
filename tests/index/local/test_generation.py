"""Published generations."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.errors import ArchiveDamaged, ArchiveError
from index.local.catalog import Content, State
from index.local.generation import Generation, published
from index.model.centering import LanguageMeans
from index.types import Vectors
from tests.fakes import fake_model

MODEL = fake_model(dimension=8)
NO_MEANS = LanguageMeans({})


def unit(count: int, seed: int = 0) -> Vectors:
    """Return random unit vectors."""
    rows = np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)
    vectors: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def made(revision: int, count: int = 20) -> Generation:
    """Return a generation of random vectors."""
    numbers = np.arange(count, dtype=np.int64) * 2
    texts = [f"Le port\nLa grue {number} tourne." for number in range(count)]
    state = State("archive", "content", revision)
    return Generation.build(Content(state, numbers, ["fr"] * count, texts, unit(count)), NO_MEANS)


def names(folder: Path) -> list[str]:
    """Return all that is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("count", [0, 1, 20])
def test_a_generation_is_read_as_it_was_published(tmp_path: Path, count: int) -> None:
    generation = made(3, count)
    generation.publish(tmp_path, MODEL, NO_MEANS)
    reread = Generation.read(tmp_path, 3, MODEL, NO_MEANS)
    assert (reread.revision, len(reread.vectors)) == (3, count)
    for question in unit(5, seed=1):
        assert reread.vectors.search(question, 4) == generation.vectors.search(question, 4)


def test_vectors_are_centered_by_their_language() -> None:
    french, english = unit(2, seed=5)
    means = LanguageMeans({"fr": french / 2, "en": english / 2})
    vectors = unit(4)
    languages = ["fr", "en", "fr", "xx"]
    numbers = np.arange(4, dtype=np.int64)
    content = Content(State("archive", "content", 1), numbers, languages, ["", "", "", ""], vectors)
    generation = Generation.build(content, means)
    for number, vector in enumerate(means.center(vectors, languages)):
        ((found, score),) = generation.vectors.search(vector, 1)
        assert found == number
        assert score == pytest.approx(1, abs=1e-5)


def test_the_same_vectors_are_published_as_the_same_file(tmp_path: Path) -> None:
    made(3).publish(tmp_path / "a", MODEL, NO_MEANS)
    made(3).publish(tmp_path / "b", MODEL, NO_MEANS)
    assert (tmp_path / "a/3/vectors.faiss").read_bytes() == (tmp_path / "b/3/vectors.faiss").read_bytes()


def test_words_are_found_as_before_they_were_published(tmp_path: Path) -> None:
    generation = made(3)
    generation.publish(tmp_path, MODEL, NO_MEANS)
    reread = Generation.read(tmp_path, 3, MODEL, NO_MEANS)
    assert [number for number, _ in reread.lexical.search(["grue", "7"], 1)] == [14]
    assert reread.lexical.search(["grue", "7"], 5) == generation.lexical.search(["grue", "7"], 5)


def test_words_that_are_damaged_or_missing_are_not_read(tmp_path: Path) -> None:
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    for file in sorted((tmp_path / "3/words").iterdir()):
        content = file.read_bytes()
        for wrong in (content[:-1] + bytes([content[-1] ^ 1]), None):
            file.unlink()
            if wrong is not None:
                file.write_bytes(wrong)
            with pytest.raises(ArchiveDamaged):
                Generation.read(tmp_path, 3, MODEL, NO_MEANS)
            file.write_bytes(content)
    assert len(Generation.read(tmp_path, 3, MODEL, NO_MEANS).lexical) == 20


# --- invalid generations


def _flip(file: Path, position: int) -> None:
    content = bytearray(file.read_bytes())
    content[position] ^= 16
    file.write_bytes(content)


def _edit(place: Path, key: str, value: object) -> None:
    manifest = json.loads((place / "manifest.json").read_text())
    manifest[key] = value
    (place / "manifest.json").write_text(json.dumps(manifest))


_DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped byte in the middle": lambda place: _flip(place / "vectors.faiss", 300),
    "flipped byte at the end": lambda place: _flip(place / "vectors.faiss", -1),
    "cut off": lambda place: (place / "vectors.faiss").write_bytes((place / "vectors.faiss").read_bytes()[:-1]),
    "empty": lambda place: (place / "vectors.faiss").write_bytes(b""),
    "no vectors": lambda place: (place / "vectors.faiss").unlink(),
    "no manifest": lambda place: (place / "manifest.json").unlink(),
    "manifest cut off": lambda place: (place / "manifest.json").write_text('{"format": 1'),
    "manifest a list": lambda place: (place / "manifest.json").write_text("[]"),
    "manifest not UTF-8": lambda place: (place / "manifest.json").write_bytes(b'{"format": "\xff"}'),
    "manifest without a key": lambda place: (place / "manifest.json").write_text('{"format": 1}'),
    "manifest with another key": lambda place: _edit(place, "color", "red"),
    "another format": lambda place: _edit(place, "format", 1),
    "another revision": lambda place: _edit(place, "revision", 4),
    "another model": lambda place: _edit(place, "model", "other@1"),
    "another metric": lambda place: _edit(place, "metric", "euclidean"),
    "another dimension": lambda place: _edit(place, "dimension", 9),
    "another count": lambda place: _edit(place, "count", 21),
    "files not listed": lambda place: _edit(place, "files", {}),
    "files a list": lambda place: _edit(place, "files", ["vectors.faiss"]),
    "files elsewhere": lambda place: _edit(place, "files", {"../../x": "0"}),
    "no words": lambda place: shutil.rmtree(place / "words"),
    "a file too many": lambda place: (place / "words" / "more").write_bytes(b""),
    "gone": shutil.rmtree,
}


@pytest.mark.parametrize("damage", _DAMAGE.values(), ids=_DAMAGE)
def test_an_invalid_generation_is_refused(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    damage(tmp_path / "3")
    with pytest.raises(ArchiveDamaged, match=str(tmp_path / "3")):
        Generation.read(tmp_path, 3, MODEL, NO_MEANS)


@pytest.mark.parametrize("damage", _DAMAGE.values(), ids=_DAMAGE)
def test_an_invalid_generation_is_replaced(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    damage(tmp_path / "3")
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    assert len(Generation.read(tmp_path, 3, MODEL, NO_MEANS).vectors) == 20


def test_the_generation_of_another_model_is_refused(tmp_path: Path) -> None:
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    with pytest.raises(ArchiveDamaged, match="damaged, or built with another model or version"):
        Generation.read(tmp_path, 3, fake_model("other@1", dimension=8), NO_MEANS)


def test_a_generation_of_another_revision_is_not_read_instead(tmp_path: Path) -> None:
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    with pytest.raises(ArchiveDamaged):
        Generation.read(tmp_path, 4, MODEL, NO_MEANS)


# --- listing and deletion


def test_generations_are_named_newest_first(tmp_path: Path) -> None:
    for revision in (9, 10):
        made(revision).publish(tmp_path, MODEL, NO_MEANS)
    assert published(tmp_path) == [10, 9]


def test_without_generations_none_is_named(tmp_path: Path) -> None:
    assert published(tmp_path / "absent") == []
    assert published(tmp_path) == []


def test_all_but_the_last_two_generations_are_deleted(tmp_path: Path) -> None:
    for revision in (8, 9, 14, 21):
        made(revision).publish(tmp_path, MODEL, NO_MEANS)
    assert names(tmp_path) == ["14", "21"]


def test_generations_of_a_time_that_was_undone_are_deleted(tmp_path: Path) -> None:
    for revision in (8, 21, 9):
        made(revision).publish(tmp_path, MODEL, NO_MEANS)
    assert names(tmp_path) == ["8", "9"]


def test_a_generation_that_was_read_answers_after_it_was_deleted(tmp_path: Path) -> None:
    made(1).publish(tmp_path, MODEL, NO_MEANS)
    old = Generation.read(tmp_path, 1, MODEL, NO_MEANS)
    before = old.vectors.search(unit(1)[0], 5), old.lexical.search(["grue"], 5)
    for revision in (2, 3):
        made(revision).publish(tmp_path, MODEL, NO_MEANS)
    assert not (tmp_path / "1").exists()
    assert (old.vectors.search(unit(1)[0], 5), old.lexical.search(["grue"], 5)) == before


def test_leftovers_of_a_crash_are_cleaned(tmp_path: Path) -> None:
    (tmp_path / ".2-99999").mkdir(parents=True)
    (tmp_path / ".2-99999" / "vectors.faiss").write_bytes(b"half")
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    assert names(tmp_path) == ["3"]


def test_leftovers_of_a_crash_are_no_generation(tmp_path: Path) -> None:
    (tmp_path / ".2-99999").mkdir()
    assert published(tmp_path) == []


def test_publishing_leaves_nothing_else(tmp_path: Path) -> None:
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    made(3).publish(tmp_path, MODEL, NO_MEANS)
    assert names(tmp_path) == ["3"]
    assert names(tmp_path / "3") == ["manifest.json", "vectors.faiss", "words"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArchiveError, match=f"{tmp_path}/file/generations: the index cannot be written"):
        made(3).publish(tmp_path / "file" / "generations", MODEL, NO_MEANS)
