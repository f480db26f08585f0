"""Verify that articles, passages, vectors, token vectors and the generation are consistent."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from index.consistency import coverage_problem, embedding_problems, sample, span_problem, vector_problem
from index.errors import ArchiveDamaged
from index.local.catalog import Catalog
from index.local.database import REPAIR_OR_RESTORE
from index.local.generation import GENERATIONS, Generation, published
from index.local.schema import DAMAGED_ID, EMBEDDED
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.process import ArticleProcessor
from index.shard import PassageText
from index.types import Filter, PassageVectors, Report, StoredPassage, Vectors

_BATCH_SIZE = 256  # passages to compare with the index, or to re-embed
_MAX_ATTEMPTS = 3  # while other processes publish and delete generations
_REPAIR = "run newsqa doctor --repair"


class CheckedCatalog(Catalog):
    """A catalog open for examination, with access to all ids, keys, unused vectors and file errors."""

    def problems(self) -> Iterator[str]:
        """Yield the errors of the file structure."""
        return self._database.problems()

    def article_ids(self) -> Iterator[str]:
        """Yield the ids of all articles, including damaged ones, but without those whose id is damaged."""
        for (article_id,) in self._database.iterate(f"SELECT id FROM articles WHERE NOT ({DAMAGED_ID}) ORDER BY id"):
            yield article_id

    def damaged_ids(self) -> int:
        """Return the number of articles whose id is damaged."""
        return int(self._database.value(f"SELECT count(*) FROM articles WHERE {DAMAGED_ID}"))

    def vectors_of(self, article_id: str) -> list[tuple[StoredPassage, bytes, Vectors]]:
        """Return the passages of an article in text order, each with the key and the vector.

        Raises:
            ArchiveDamaged: a passage or a vector fails its checksum.
        """
        rows = self._database.rows(f'{EMBEDDED} WHERE article_id = ? ORDER BY "start"', article_id)
        decoded = [(self._rows.passage_and_vector(row), row["key"]) for row in rows]
        return [(passage, key, vector) for (passage, vector), key in decoded]

    def unused(self) -> int:
        """Return the number of vectors that no passage uses."""
        return int(
            self._database.value("SELECT count(*) FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")
        )

    def max_passage_number(self) -> int:
        """Return the highest passage number assigned so far, 0 if none."""
        return int(self._database.value("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'"))


def examine(
    data: Path, processor: ArticleProcessor | None = None, *, share: float = 0.01, seed: int | None = None
) -> Report:
    """Examine a consistent view of an archive, concurrently with readers and writers; change nothing.

    With a processor, all keys of vectors are verified, and a random `share` of the passages is re-embedded.

    Raises:
        NoArchive: the folder has no archive.
        ArchiveError: the catalog has another format, or cannot be opened.
    """
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        report = Report(random.randrange(2**32) if seed is None else seed)  # noqa: S311 - a sample, no secret
        # Outside the transaction, since its end can fail too on a damaged file.
        with _report_damage(report), CheckedCatalog.open(data) as catalog, catalog.reading():
            generation = _newest_generation(catalog, data, report)
            if (
                generation is None
                and attempt < _MAX_ATTEMPTS
                and published(data / GENERATIONS)[:1] > [catalog.revision]
            ):
                continue  # published since this attempt started
            _examine_all(catalog, generation, processor, share, report)
        break
    return report


def examine_catalog(folder: Path, processor: ArticleProcessor | None = None) -> Report:
    """Examine the catalog of a folder without generations; with a processor, also the keys of vectors.

    Raises:
        ArchiveError: the catalog has another format, or cannot be opened.
    """
    report = Report(0)
    with _report_damage(report), CheckedCatalog.open(folder) as catalog, catalog.reading():
        _examine_all(catalog, None, processor, 0, report)
    return report


def _newest_generation(catalog: Catalog, data: Path, report: Report) -> Generation | None:
    """Return the newest generation if it is valid and belongs to this archive; report problems otherwise."""
    with _report_damage(report):
        state, place = catalog.state, data / GENERATIONS
        report.index_sound = False
        newest = next(iter(published(place)), None)
        if newest is None:
            report.problems.append(f"{place}: no index has been published: {_REPAIR}")
            return None
        try:
            generation = Generation.read(place, newest, catalog.model, LanguageMeans.of(catalog.model))
        except ArchiveDamaged as error:
            report.problems.append(f"{error}: {_REPAIR}")
            return None
        if generation.state.archive == state.archive and newest > state.revision:
            report.problems.append(
                f"{place}/{newest}: {newest - state.revision} changes ahead of the catalog, whose log was "
                f"lost: index the files again, or restore a snapshot, then {_REPAIR}"
            )
            return None
        # A generation behind the catalog is normal: questions search the delta too.
        if not catalog.was_in(generation.state):
            report.problems.append(f"{place}/{newest}: built from another archive: {_REPAIR}")
            return None
        if newest < state.revision:
            report.notes.append(f"{place}/{newest}: {state.revision - newest} changes behind the catalog")
        report.index_sound = True
        return generation
    return None


@contextmanager
def _report_damage(report: Report) -> Iterator[None]:
    """Report damage that makes a part of the catalog unreadable, and continue after the block."""
    try:
        yield
    except ArchiveDamaged as error:
        report.file_sound = False
        if str(error) not in report.problems:
            report.problems.append(str(error))


def _examine_all(
    catalog: CheckedCatalog,
    generation: Generation | None,
    processor: ArticleProcessor | None,
    share: float,
    report: Report,
) -> None:
    with _report_damage(report):
        report.count("catalog files")
        for problem in catalog.problems():
            report.file_sound = False
            report.problems.append(f"catalog: {problem}: {REPAIR_OR_RESTORE}")
    consistent = True
    with _report_damage(report):
        if generation:
            consistent = _compare_numbers(catalog, generation, report)
            report.index_sound = consistent
    with _report_damage(report):
        _ArticleExaminer(catalog, generation if consistent else None, processor, share, report).examine()
    with _report_damage(report):
        if damaged := catalog.damaged_ids():
            report.file_sound = False
            report.problems.append(
                f"articles with a damaged id: {damaged}: {_REPAIR}, which deletes them, and index their files again"
            )
    with _report_damage(report):
        for article_id, table, _ in catalog.damaged_history():
            report.problems.append(f"article {article_id}: a row of {table} is damaged: {_REPAIR}, which deletes it")
    with _report_damage(report):
        if unused := catalog.unused():
            report.notes.append(f"{unused} unused vectors: newsqa doctor --repair deletes them")


def _compare_numbers(catalog: CheckedCatalog, generation: Generation, report: Report) -> bool:
    """Compare the passage numbers of catalog, vector index and lexical index; return whether they agree."""
    stored, indexed = np.sort(catalog.numbers(Filter())), generation.numbers
    report.count("vectors in the index", len(indexed))
    report.count("passages in the index of words", len(generation.lexical))
    highest = int(indexed[-1]) if len(indexed) else 0
    behind = catalog.state != generation.state
    counts = {
        "missing from the index": int(np.sum(~np.isin(stored, indexed) & ~(behind & (stored > highest)))),
        "in the index and not in the catalog": int(
            np.sum(~np.isin(indexed, stored) & ~(behind & (indexed <= catalog.max_passage_number())))
        ),
        "in only one of the vector and lexical indexes": len(np.setxor1d(generation.lexical.numbers, indexed)),
    }
    problems = [
        f"generation {generation.revision}: passages {what}: {count}: {_REPAIR}"
        for what, count in counts.items()
        if count
    ]
    report.problems += problems
    return not problems


class _ArticleExaminer:
    """Examines articles one by one, with their passages and vectors."""

    def __init__(
        self,
        catalog: CheckedCatalog,
        generation: Generation | None,
        processor: ArticleProcessor | None,
        share: float,
        report: Report,
    ) -> None:
        self._catalog, self._generation, self._processor, self._report = catalog, generation, processor, report
        self._model = catalog.model
        self._means, self._quantizer = LanguageMeans.of(self._model), TokenQuantizer(self._model)
        self._indexed = frozenset(generation.numbers.tolist()) if generation else frozenset[int]()
        self._sample = sample(share, catalog.counts()["passages"], report.seed)
        self._to_compare: list[tuple[str, StoredPassage, Vectors]] = []
        self._to_embed: list[tuple[str, PassageText, Vectors]] = []

    def examine(self) -> None:
        for article_id in self._catalog.article_ids():
            self._article(article_id)
            if len(self._to_compare) >= _BATCH_SIZE:
                self._compare_with_index()
            if len(self._to_embed) >= _BATCH_SIZE:
                self._compare_embeddings()
        self._compare_with_index()
        self._compare_embeddings()

    def _add_broken(self, article_id: str, problem: str) -> None:
        self._report.problems.append(f"article {article_id}: {problem}: {_REPAIR}")
        self._report.broken.add(article_id)

    def _article(self, article_id: str) -> None:
        self._report.count("articles")
        try:
            article = self._catalog.article(article_id)
        except ArchiveDamaged:
            article = None
        if article is None:
            self._report.damaged.append(article_id)
            self._report.problems.append(
                f"article {article_id}: is damaged, and its text is stored nowhere else: "
                f"{_REPAIR} and index its file again, or restore a snapshot"
            )
            return
        try:
            passages = self._catalog.vectors_of(article_id)
            tokens = {
                number: codes
                for number, (_, codes) in self._catalog.candidates([passage.number for passage, *_ in passages]).items()
            }
        except (ArchiveDamaged, ValueError) as error:
            problem = str(error).removesuffix(f": {REPAIR_OR_RESTORE}").rpartition(": ")[2]
            self._add_broken(article_id, problem)
            return
        if problem := coverage_problem(article, [passage for passage, *_ in passages]):
            self._add_broken(article_id, problem)
        texts = self._processor.texts(article, [passage for passage, *_ in passages]) if self._processor else []
        for number, (passage, key, vector) in enumerate(passages):
            position = self._report.checked.get("passages", 0)
            self._report.count("passages")
            self._report.count("sentences", len(passage.sentences))
            self._report.count("token vectors", len(tokens[passage.number].codes))
            place = f"passage {passage.number} "
            if problem := span_problem(article, passage) or vector_problem(
                passage, PassageVectors(vector, tokens[passage.number]), self._model, self._quantizer
            ):
                self._add_broken(article_id, place + problem)
                continue
            if passage.number in self._indexed:
                self._to_compare.append((article_id, passage, vector))
            if texts:
                expected_key, text = texts[number]
                if expected_key != key:
                    self._add_broken(article_id, place + "has the vector of another text")
                elif position in self._sample:
                    self._to_embed.append((article_id, text, vector))

    def _compare_with_index(self) -> None:
        """Compare a batch of vectors with the index."""
        batch, self._to_compare = self._to_compare, []
        if not batch or not self._generation:
            return
        numbers = np.array([passage.number for _, passage, _ in batch], dtype=np.int64)
        vectors = np.stack([vector for *_, vector in batch])
        centered = self._means.center(vectors, [passage.language for _, passage, _ in batch])
        far = self._generation.segments.differing(numbers, centered)
        self._report.count("vectors compared with the index", len(batch))
        if len(far):
            self._report.index_sound = False
            self._report.problems.append(
                f"generation {self._generation.revision}: vectors differ from the catalog for {len(far)} "
                f"passages, first passage {far[0]}: {_REPAIR}"
            )

    def _compare_embeddings(self) -> None:
        """Re-embed a batch of passages and compare their vectors."""
        batch, self._to_embed = self._to_embed, []
        if batch and self._processor:
            for article_id, problem in embedding_problems(batch, self._processor, self._report):
                self._add_broken(article_id, problem)
