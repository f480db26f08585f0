"""After damage to its files, an archive answers correctly or reports an error."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from index.errors import ArchiveError
from index.local.archive import LocalArchive
from index.local.catalog import FILE, Catalog
from index.local.doctor import examine
from index.local.generation import GENERATIONS
from index.local.writer import CatalogWriter
from qa.ask import Asker
from qa.types import Answer
from tests.fakes import HashEmbedder, build_archive, identifier, index_paths, write_files
from tests.torture.rounds import rounds

FILES = {
    "pont.md": "---\ndate: 2026-01-02\n---\n# Le pont\n\n"
    + "Le pont rouvre lundi. Les camions attendent encore. " * 20,
    "grue.txt": "La grue du port est tombée. Personne n’a été blessé.",
    "monde/zh.md": "# 港口\n\n港口星期一重新开放。市长很高兴。 🎉",
    "monde/ar.md": "# الجسر\n\nيعاد فتح الجسر يوم الاثنين بعد أشهر من الأشغال.",
}
LATER = {"neige.txt": "Il neige sur les quais. Le tramway reste au dépôt.", "grue.txt": "La grue est debout."}
QUESTIONS = ("la grue du port est tombée", "quand rouvre le pont", "il neige", "港口")


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a closed archive and one with a write-ahead log, as after a killed process."""
    folder = tmp_path_factory.mktemp("originals")
    rest = build_archive(folder / "made", FILES)
    with Catalog.open(rest) as reader, reader.reading():  # the log stays while somebody reads
        reader.counts()
        index_paths(write_files(folder / "made" / "articles", LATER), data=rest)
        shutil.copytree(rest, folder / "log", ignore=shutil.ignore_patterns("*-shm"))
    CatalogWriter.open(rest).close()  # the last writer removes the log
    shutil.copytree(rest, folder / "rest")
    assert not (folder / "rest" / f"{FILE}-wal").exists()
    assert (folder / "log" / f"{FILE}-wal").stat().st_size
    assert len(list((folder / "rest" / GENERATIONS).iterdir())) == 2
    return folder


@pytest.fixture(scope="module")
def versions(originals: Path) -> dict[str, set[str]]:
    """All versions of the text of each article, by id."""
    texts: dict[str, set[str]] = {}
    older = build_archive(originals / "older", FILES)
    for data in (older, originals / "made" / "data"):
        with Catalog.open(data) as catalog:
            for article in catalog.page(1000, 0):
                texts.setdefault(article.id, set()).add(article.text)
    return texts


def answers_of(data: Path) -> list[Answer]:
    """Open an archive and return its answers to all questions."""
    with LocalArchive(data) as archive:
        asker = Asker(archive, HashEmbedder(), identifier())
        return [asker.ask(question, 3) for question in QUESTIONS]


def quotes(answers: list[Answer]) -> list[list[tuple[str, str]]]:
    """Return the article ids and the texts of the citations."""
    return [[(each.article.id, each.text) for each in answer.citations] for answer in answers]


# --- ways to damage a file


def _flip(file: Path, random: Random) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    file.write_bytes(content)


def _truncate(file: Path, random: Random) -> None:
    os.truncate(file, random.randrange(file.stat().st_size))


def _overwrite(file: Path, random: Random) -> None:
    content = bytearray(file.read_bytes())
    start = random.randrange(len(content))
    start -= start % random.choice((1, 512, 4096))
    size = min(random.choice((16, 512, 4096)), len(content) - start)
    content[start : start + size] = bytes(size) if random.random() < 0.5 else random.randbytes(size)
    file.write_bytes(content)


def _repeat(file: Path, random: Random) -> None:
    content = file.read_bytes()
    block = random.choice((512, 4096))
    source, target = (random.randrange(len(content)) // block * block for _ in range(2))
    file.write_bytes(content[:target] + content[source : source + block] + content[target + block :])


def _append(file: Path, random: Random) -> None:
    with file.open("ab") as stream:
        stream.write(random.randbytes(random.choice((1, 4096))))


def _delete(file: Path, _random: Random) -> None:
    file.unlink()


def _swap(file: Path, random: Random) -> None:
    root = next(parent for parent in file.parents if (parent / GENERATIONS).exists())
    other = random.choice([each for each in root.rglob("*") if each.is_file() and each != file])
    aside = root / "aside"
    file.rename(aside)
    other.rename(file)
    aside.rename(other)


_DAMAGE: tuple[Callable[[Path, Random], object], ...] = (
    _flip,
    _flip,
    _truncate,
    _overwrite,
    _repeat,
    _append,
    _delete,
    _swap,
)


def _swap_generations(data: Path, random: Random) -> None:
    generations = sorted((data / GENERATIONS).iterdir())
    if random.random() < 0.5:
        shutil.rmtree(generations.pop(random.randrange(2)))
    (generation,) = random.sample(generations, 1)
    target = data / GENERATIONS / str(random.randrange(5))
    aside = data / "aside"
    generation.rename(aside)
    if target.exists():
        target.rename(generation)
    aside.rename(target)


def _damage_archive(data: Path, seed: int) -> str:
    """Damage an archive; return the kind of damage and the file."""
    random = Random(seed)  # noqa: S311
    if random.random() < 0.05:
        _swap_generations(data, random)
        return "generations"
    log = [data / f"{FILE}-wal"] if (data / f"{FILE}-wal").exists() else []
    derived = sorted(path for path in (data / GENERATIONS).rglob("*") if path.is_file())
    file = random.choice(random.choice([[data / FILE], [data / FILE], log or derived, derived]))
    damage = random.choice(_DAMAGE)
    damage(file, random)
    return f"{damage.__name__} {file.relative_to(data)}"


@pytest.mark.timeout(36_000)
def test_a_damaged_archive_answers_correctly_or_reports_an_error(
    tmp_path: Path, originals: Path, versions: dict[str, set[str]]
) -> None:
    right = quotes(answers_of(originals / "made" / "data"))
    wrong: list[str] = []
    counts = {"right": 0, "incomplete, and the doctor reports it": 0, "refused": 0}
    for seed in range(rounds(120, 5000)):
        data = tmp_path / str(seed)
        shutil.copytree(originals / _kind(seed), data)
        done = f"{seed}: {_damage_archive(data, seed)}"
        try:
            problems = examine(data).problems
            answers = answers_of(data)
        except ArchiveError as error:
            counts["refused"] += 1
            if str(data) not in str(error) or "\n" in str(error):
                wrong.append(f"{done}: {error}")
        else:
            for answer in answers:
                for citation in answer.citations:
                    start, end = citation.span
                    assert citation.article.text in versions[citation.article.id], done
                    assert citation.text == citation.article.text[start:end], done
            same = quotes(answers) == right
            # SQLite ignores the damaged end of a log, and rows may be unreachable: the doctor must report both.
            assert same or problems, done
            counts["right" if same else "incomplete, and the doctor reports it"] += 1
        shutil.rmtree(data)
    assert wrong == []
    assert all(counts.values()), counts


def _kind(seed: int) -> str:
    """Return the kind of archive that a round damages."""
    return ("rest", "log")[seed % 2]
