"""Published generations."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import ArchiveDamaged, ArchiveError
from index.files import sha256
from index.local.catalog import Catalog
from index.local.generation import GENERATIONS, Generation, published
from index.local.publish import build, publish
from index.local.writer import CatalogWriter
from index.model.centering import LanguageMeans
from index.types import Article, Entry, Passage, PassageVectors
from tests.fakes import fake_model
from tests.index.local.contents import unit
from tests.index.local.entries import tokens

MODEL = fake_model(dimension=24)
NO_MEANS = LanguageMeans({})


def one_passage(number: int) -> tuple[Entry, dict[bytes, PassageVectors]]:
    """Return an article of one passage, with its vector."""
    text, key = f"La grue {number} tourne.", b"k%d" % number
    passage = Passage(0, len(text), "fr", ((0, len(text)),))
    entry = Entry(Article(f"a{number}", "Le port", text, "fr"), text, (passage,), (key,))
    return entry, {key: PassageVectors(unit(1, number)[0], tokens(0, 1))}


def add(data: Path, *numbers: int) -> None:
    """Store articles in one change, and publish nothing."""
    with CatalogWriter.create(data, MODEL) as catalog:
        made = [one_passage(number) for number in numbers]
        catalog.store([entry for entry, _ in made], {key: vector for _, each in made for key, vector in each.items()})


def delete(data: Path, *numbers: int) -> None:
    """Delete articles, and publish nothing."""
    with CatalogWriter.open(data) as catalog:
        assert catalog.delete(f"a{number}" for number in numbers) == len(numbers)


def made(data: Path) -> Generation:
    """Publish the archive of a folder."""
    with Catalog.open(data) as catalog:
        return publish(catalog, data)


def read(data: Path, revision: int = 1) -> Generation:
    """Read a generation."""
    return Generation.read(data / GENERATIONS, revision, MODEL, NO_MEANS)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive of 20 articles with one passage each."""
    add(tmp_path, *range(20))
    return tmp_path


@pytest.fixture
def place(data: Path) -> Path:
    """The folder of its generation."""
    made(data)
    return data / GENERATIONS / "1"


def names(folder: Path) -> list[str]:
    """Return all that is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def sizes(generation: Generation) -> list[int]:
    """Return the sizes of the segments."""
    return [len(part) for part in generation.segments.parts]


@pytest.mark.parametrize("count", [0, 1, 20])
def test_a_generation_is_read_as_it_was_published(tmp_path: Path, count: int) -> None:
    add(tmp_path, *range(count))
    generation = made(tmp_path)
    reread = read(tmp_path, generation.revision)
    assert (reread.revision, len(reread.segments), len(reread.lexical)) == (min(count, 1), count, count)
    for question in unit(5, seed=1):
        assert reread.segments.search(question, 4) == generation.segments.search(question, 4)
    assert reread.lexical.search(["grue", "7"], 5) == generation.lexical.search(["grue", "7"], 5)


def test_vectors_are_centered_by_their_language(data: Path) -> None:
    means = LanguageMeans({"fr": unit(1, seed=99)[0] / 2})
    with Catalog.open(data) as catalog:
        generation, content = build(catalog, means), catalog.content()
    for number, vector in zip(content.numbers.tolist(), means.center(content.vectors, ["fr"] * 20), strict=True):
        ((found, score),) = generation.segments.search(vector, 1)
        assert found == number
        assert score == pytest.approx(1, abs=5e-3)
    assert not (data / GENERATIONS).exists()


# --- segments


def test_a_new_passage_leaves_the_files_of_a_large_segment_as_they_are(data: Path, place: Path) -> None:
    before = {file.name: file.stat().st_ino for file in (place / "segments" / "20").iterdir()}
    add(data, 20)
    generation = made(data)
    assert sizes(generation) == [20, 1]
    assert {file.name: file.stat().st_ino for file in (generation.place / "segments" / "20").iterdir()} == before
    ((number, _),) = generation.segments.search(unit(1, 20)[0], 1)
    assert [number] == [found for found, _ in generation.lexical.search(["20"], 1)] == [21]


def test_small_segments_are_merged_so_that_their_number_stays_logarithmic(tmp_path: Path) -> None:
    written = 0
    for number in range(30):
        add(tmp_path, number)
        generation = made(tmp_path)
        written += sizes(generation)[-1]
        assert len(generation.segments) == len(generation.lexical) == number + 1
        assert generation.segments.numbers.tolist() == [*range(1, number + 2)]
        assert len(sizes(generation)) <= 4
    assert written < 30 * 6
    ((number, _),) = generation.segments.search(unit(1, 11)[0], 1)
    assert number == 12


def test_segments_have_a_limited_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("publish", "segments"):
        monkeypatch.setattr(f"index.local.{module}.MAX_SIZE", 8)
    monkeypatch.setattr("index.local.catalog.Catalog.contents.__defaults__", (0, 3))
    add(tmp_path, *range(20))
    assert sizes(made(tmp_path)) == [6, 6, 8]
    add(tmp_path, *range(20, 24))
    assert sizes(made(tmp_path)) == [6, 6, 8, 4]
    add(tmp_path, 24)
    assert sizes(made(tmp_path)) == [6, 6, 8, 4, 1]


def test_deleted_passages_stay_in_segments_until_they_are_many(data: Path, place: Path) -> None:
    delete(data, 3, 4)
    generation = made(data)
    assert (sizes(generation), generation.dead.tolist(), len(generation.lexical)) == ([20], [4, 5], 18)
    assert generation.numbers.tolist() == [number for number in range(1, 21) if number not in (4, 5)]
    delete(data, 5, 6, 7)
    generation = made(data)
    assert (sizes(generation), generation.dead.tolist(), len(generation.lexical)) == ([15], [], 15)


def test_passages_that_are_merged_leave_deleted_ones_behind(data: Path, place: Path) -> None:
    delete(data, 3)
    add(data, *range(20, 40))
    generation = made(data)
    assert (sizes(generation), generation.dead.tolist(), len(generation.lexical)) == ([39], [], 39)


def test_publishing_anew_uses_nothing_of_before(data: Path, place: Path) -> None:
    delete(data, 3)
    made(data)
    with Catalog.open(data) as catalog:
        generation = publish(catalog, data, anew=True)
    assert (sizes(generation), generation.dead.tolist()) == ([19], [])
    assert names(data / GENERATIONS) == ["2"]
    assert all(file.stat().st_nlink == 1 for file in generation.place.rglob("*") if file.is_file())


def test_a_damaged_file_is_not_taken_over(data: Path, place: Path) -> None:
    _flip(place / "segments" / "20" / "codes.faiss", -1)
    add(data, 20)
    generation = made(data)
    assert sizes(generation) == [21]
    assert len(read(data, 2).segments) == 21


def test_only_files_that_are_not_shared_are_verified_again(
    data: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(data)
    add(data, 20)
    made(data)
    checked: list[str] = []

    def checksum(file: Path) -> str:
        checked.append(file.relative_to(data).as_posix())
        return sha256(file)

    monkeypatch.setattr("index.local.generation.sha256", checksum)
    Generation.read(data / GENERATIONS, 2, MODEL, NO_MEANS, first)
    assert "generations/2/segments/21/codes.faiss" in checked
    assert "generations/2/segments/20/codes.faiss" not in checked


def test_words_that_are_damaged_or_missing_are_not_read(data: Path, place: Path) -> None:
    for file in sorted((place / "words").iterdir()):
        content = file.read_bytes()
        for wrong in (content[:-1] + bytes([content[-1] ^ 1]), None):
            file.unlink()
            if wrong is not None:
                file.write_bytes(wrong)
            with pytest.raises(ArchiveDamaged):
                read(data)
            file.write_bytes(content)
    assert len(read(data).lexical) == 20


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
    "flipped byte in the middle": lambda place: _flip(place / "segments/20/codes.faiss", 300),
    "flipped byte at the end": lambda place: _flip(place / "segments/20/codes.faiss", -1),
    "cut off": lambda place: (place / "segments/20/codes.faiss").write_bytes(
        (place / "segments/20/codes.faiss").read_bytes()[:-1]
    ),
    "empty": lambda place: (place / "segments/20/codes.faiss").write_bytes(b""),
    "no vectors": lambda place: (place / "segments/20/codes.faiss").unlink(),
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
    "another number of passages": lambda place: _edit(place, "passages", 21),
    "another number of words": lambda place: _edit(place, "words", 21),
    "files not listed": lambda place: _edit(place, "files", {}),
    "files a list": lambda place: _edit(place, "files", ["vectors.faiss"]),
    "files elsewhere": lambda place: _edit(place, "files", {"../../x": "0"}),
    "no segment": lambda place: shutil.rmtree(place / "segments" / "20"),
    "no segments": lambda place: shutil.rmtree(place / "segments"),
    "no deleted passages": lambda place: (place / "dead.npy").unlink(),
    "no words": lambda place: shutil.rmtree(place / "words"),
    "a file too many": lambda place: (place / "words" / "more").write_bytes(b""),
    "gone": shutil.rmtree,
}


@pytest.mark.parametrize("damage", _DAMAGE.values(), ids=_DAMAGE)
def test_an_invalid_generation_is_refused_and_replaced(
    data: Path, place: Path, damage: Callable[[Path], object]
) -> None:
    damage(place)
    with pytest.raises(ArchiveDamaged, match=str(place)):
        read(data)
    made(data)
    assert len(read(data).segments) == 20


def test_the_generation_of_another_model_is_refused(data: Path, place: Path) -> None:
    with pytest.raises(ArchiveDamaged, match="damaged, or built with another model or version"):
        Generation.read(data / GENERATIONS, 1, fake_model("other@1", dimension=24), NO_MEANS)


def test_a_generation_of_another_revision_is_not_read_instead(data: Path, place: Path) -> None:
    with pytest.raises(ArchiveDamaged):
        read(data, 4)


# --- listing and deletion


def test_generations_are_named_newest_first(tmp_path: Path) -> None:
    for revision in ("9", "10"):
        (tmp_path / revision).mkdir()
    assert published(tmp_path) == [10, 9]


def test_without_generations_none_is_named(tmp_path: Path) -> None:
    assert published(tmp_path / "absent") == []
    assert published(tmp_path) == []


def test_all_but_the_last_two_generations_are_deleted(data: Path, place: Path) -> None:
    for number in (20, 21, 22):
        add(data, number)
        made(data)
    assert names(data / GENERATIONS) == ["3", "4"]


def test_generations_of_a_time_that_was_undone_are_deleted(data: Path, place: Path) -> None:
    (data / GENERATIONS / "21").mkdir()
    add(data, 20)
    made(data)
    assert names(data / GENERATIONS) == ["1", "2"]


def test_a_generation_that_was_read_answers_after_it_was_deleted(data: Path, place: Path) -> None:
    old = read(data)
    question = unit(1)[0]
    before = old.segments.search(question, 5), old.lexical.search(["grue"], 5)
    for number in (20, 21):
        add(data, *range(number * 20, number * 20 + 20))
        made(data)
    assert not place.exists()
    assert (old.segments.search(question, 5), old.lexical.search(["grue"], 5)) == before


def test_leftovers_of_a_crash_are_cleaned_and_no_generation(data: Path) -> None:
    (data / GENERATIONS / ".2-99999").mkdir(parents=True)
    (data / GENERATIONS / ".2-99999" / "dead.npy").write_bytes(b"half")
    assert published(data / GENERATIONS) == []
    made(data)
    assert names(data / GENERATIONS) == ["1"]


def test_publishing_leaves_nothing_else(data: Path, place: Path) -> None:
    made(data)
    assert names(data / GENERATIONS) == ["1"]
    assert names(place) == ["dead.npy", "manifest.json", "segments", "words"]
    assert names(place / "segments") == ["20"]
    assert names(place / "segments" / "20") == ["codes.faiss", "columns.npy", "names.json", "scale.npy"]


def test_a_folder_that_cannot_be_written_is_named(data: Path) -> None:
    (data / GENERATIONS).write_text("x")
    with pytest.raises(ArchiveError, match=f"{data}/generations: the index cannot be written"):
        made(data)
