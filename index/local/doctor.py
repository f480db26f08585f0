"""Proves that articles, passages, vectors, token vectors, words and the generation agree one to one."""

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from index.errors import ArchiveDamaged
from index.local import generation
from index.local.catalog import Catalog
from index.local.database import AGAIN
from index.local.generation import GENERATIONS, Generation
from index.local.schema import EMBEDDED, passage_id
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.process import ArticleProcessor, PassageText
from index.types import Article, Filter, Report, Span, StoredPassage, TokenCodes, Vectors

_LEAST = 16  # passages embedded again, however few there are
_ALIKE = 0.999  # cosine of a passage's vector to one made again, on whatever machine
_NEAR = 1e-5  # how far a component may stray: machines differ in the last bit of a sum
_UNIT = 1e-3  # how far a length may be from 1
_BATCH = 256  # passages compared with the index, or embedded, at a time
_VIEWS = 3  # of the archive that are tried when generations are published and deleted meanwhile
_REPAIR = "run newsqa doctor --repair"


class CheckedCatalog(Catalog):
    """A catalog open for reading, with what answers never need: all ids, keys, what is unused or wrong."""

    def problems(self) -> Iterator[str]:
        """Give what is wrong with the file itself."""
        return self._database.problems()

    def article_ids(self) -> Iterator[str]:
        """Give the ids of all articles, damaged ones too, one by one."""
        for (article_id,) in self._database.each("SELECT id FROM articles ORDER BY id"):
            yield article_id

    def vectors_of(self, article_id: str) -> list[tuple[StoredPassage, bytes, Vectors]]:
        """Return the passages of an article in their order, with their vectors and the keys of these.

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        rows = self._database.rows(f'{EMBEDDED} WHERE article_id = ? ORDER BY "start"', article_id)
        found = [(self._rows.embedded(row), row["key"]) for row in rows]
        return [(passage, key, vector) for (passage, vector), key in found]

    def unused(self) -> int:
        """Return how many vectors no passage uses."""
        return int(
            self._database.value("SELECT count(*) FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")
        )

    def max_passage_number(self) -> int:
        """Return the highest number that a passage has been given, 0 if there has been none."""
        return int(self._database.value("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'"))


def examine(
    data: Path, processor: ArticleProcessor | None = None, *, share: float = 0.01, seed: int | None = None
) -> Report:
    """Examine an archive as it is at one moment, beside whoever reads and writes it; nothing is changed.

    Only a catalog of the format before is converted, as whenever one is opened. With a processor a random `share` of
    the passages is embedded again, and each is told to be what its vector is of.

    Raises:
        NoArchive: there is none.
        ArchiveError: its catalog is in another format, or may not be opened.
    """
    for view in range(1, _VIEWS + 1):
        report = Report(random.randrange(2**32) if seed is None else seed)  # noqa: S311 - a sample, no secret
        # Told outside the transaction too, since even to end it can fail on a damaged file.
        with _told(report), CheckedCatalog.open(data) as catalog, catalog.reading():
            index = _index(catalog, data, report)
            if index is None and view < _VIEWS and generation.published(data / GENERATIONS)[:1] > [catalog.revision]:
                continue  # published since this view began
            _examine(catalog, index, processor, share, report)
        break
    return report


def examine_catalog(folder: Path) -> Report:
    """Examine the catalog in a folder without its generation.

    Raises:
        ArchiveError: it is in another format, or may not be opened.
    """
    report = Report(0)
    with _told(report), CheckedCatalog.open(folder) as catalog, catalog.reading():
        _examine(catalog, None, None, 0, report)
    return report


def _index(catalog: Catalog, data: Path, report: Report) -> Generation | None:
    """Return the newest generation if it is sound and of this archive."""
    with _told(report):
        state, place = catalog.state, data / GENERATIONS
        report.index_sound = False
        newest = next(iter(generation.published(place)), None)
        if newest is None:
            report.problems.append(f"{place}: no index has been published: {_REPAIR}")
            return None
        try:
            found = generation.read(place, newest, catalog.model, LanguageMeans.of(catalog.model))
        except ArchiveDamaged as error:
            report.problems.append(f"{error}: {_REPAIR}")
            return None
        if found.state.archive == state.archive and newest > state.revision:
            report.problems.append(
                f"{place}/{newest}: {newest - state.revision} changes ahead of the catalog, which has lost them "
                f"with its log: index the files again, or restore a snapshot, then {_REPAIR}"
            )
            return None
        # One that lags is normal: what is newer is searched beside it.
        if not catalog.has_been(found.state):
            report.problems.append(f"{place}/{newest}: made from another archive than this one: {_REPAIR}")
            return None
        if newest < state.revision:
            report.notes.append(f"{place}/{newest}: {state.revision - newest} changes behind the catalog")
        report.index_sound = True
        return found
    return None


@contextmanager
def _told(report: Report) -> Iterator[None]:
    """Go on after a part of the catalog that cannot even be read."""
    try:
        yield
    except ArchiveDamaged as error:
        report.file_sound = False
        if str(error) not in report.problems:
            report.problems.append(str(error))


def _examine(
    catalog: CheckedCatalog,
    index: Generation | None,
    processor: ArticleProcessor | None,
    share: float,
    report: Report,
) -> None:
    with _told(report):
        report.count("catalog files")
        for problem in catalog.problems():
            report.file_sound = False
            report.problems.append(f"catalog: {problem}: {AGAIN}")
    compared = True
    with _told(report):
        if index:
            compared = _numbers(catalog, index, report)
            report.index_sound = compared
    with _told(report):
        _Articles(catalog, index if compared else None, processor, share, report).examine()
    with _told(report):
        if unused := catalog.unused():
            report.notes.append(f"{unused} vectors that no passage uses: newsqa doctor --repair deletes them")


def _numbers(catalog: CheckedCatalog, index: Generation, report: Report) -> bool:
    """Compare which passages are in the catalog, among the vectors and among the words; tell whether all agree."""
    kept, found = np.sort(catalog.numbers(Filter())), np.sort(index.vectors.numbers)
    report.count("vectors in the index", len(found))
    report.count("passages in the index of words", len(index.words))
    highest = int(found[-1]) if len(found) else 0
    behind = catalog.state != index.state
    wrong = {
        "in the index twice": len(found) - len(np.unique(found)),
        "missing from the index": int(np.sum(~np.isin(kept, found) & ~(behind & (kept > highest)))),
        "in the index and not in the catalog": int(
            np.sum(~np.isin(found, kept) & ~(behind & (found <= catalog.max_passage_number())))
        ),
        "in the index of words or in that of vectors only": len(np.setxor1d(index.words.numbers, found)),
    }
    told = [
        f"generation {index.revision}: passages {what}: {count}: {_REPAIR}" for what, count in wrong.items() if count
    ]
    report.problems += told
    return not told


class _Articles:
    """Examines articles one by one, with all that is made from them."""

    def __init__(
        self,
        catalog: CheckedCatalog,
        index: Generation | None,
        processor: ArticleProcessor | None,
        share: float,
        report: Report,
    ) -> None:
        self._catalog, self._index, self._processor, self._report = catalog, index, processor, report
        self._model = catalog.model
        self._means, self._quantizer = LanguageMeans.of(self._model), TokenQuantizer(self._model)
        self._indexed = frozenset(index.vectors.numbers.tolist()) if index else frozenset[int]()
        total = catalog.counts()["passages"]
        wanted = min(total, max(math.ceil(share * total), _LEAST)) if processor and share else 0
        self._sample = frozenset(random.Random(report.seed).sample(range(total), wanted))  # noqa: S311
        self._compared: list[tuple[str, StoredPassage, Vectors]] = []
        self._embedded: list[tuple[str, PassageText, Vectors]] = []

    def examine(self) -> None:
        for article_id in self._catalog.article_ids():
            self._article(article_id)
            if len(self._compared) >= _BATCH:
                self._compare()
            if len(self._embedded) >= _BATCH:
                self._embed()
        self._compare()
        self._embed()

    def _broken(self, article_id: str, what: str) -> None:
        self._report.problems.append(f"article {article_id}: {what}: {_REPAIR}")
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
                f"article {article_id}: is damaged, and nothing else has its text: "
                f"{_REPAIR} and index its file again, or restore a snapshot"
            )
            return
        try:
            passages = self._catalog.vectors_of(article_id)
            tokens = {
                number: codes
                for number, (_, codes) in self._catalog.candidates([each.number for each, *_ in passages]).items()
            }
        except (ArchiveDamaged, ValueError) as error:
            what = str(error).removesuffix(f": {AGAIN}").rpartition(": ")[2]
            self._broken(article_id, what)
            return
        if what := _uncovered(article, [passage for passage, *_ in passages]):
            self._broken(article_id, what)
        texts = self._processor.texts(article, [passage for passage, *_ in passages]) if self._processor else []
        for number, (passage, key, vector) in enumerate(passages):
            at = self._report.checked.get("passages", 0)
            self._report.count("passages")
            self._report.count("sentences", len(passage.sentences))
            self._report.count("token vectors", len(tokens[passage.number].codes))
            place = f"passage {passage.number} "
            if what := _misplaced(article, passage) or self._unlike(passage, vector, tokens[passage.number]):
                self._broken(article_id, place + what)
                continue
            if passage.number in self._indexed:
                self._compared.append((article_id, passage, vector))
            if texts:
                right, text = texts[number]
                if right != key:
                    self._broken(article_id, place + "has the vector of another text")
                elif at in self._sample:
                    self._embedded.append((article_id, text, vector))

    def _unlike(self, passage: StoredPassage, vector: Vectors, tokens: TokenCodes) -> str:
        """Return what is wrong with the vectors of a passage, if anything."""
        if len(vector) != self._model.dimension or not abs(float(np.linalg.norm(vector)) - 1) < _UNIT:
            return f"has a vector that is not of {self._model.dimension} components and of unit length"
        if len(tokens.counts) != 1 + len(passage.sentences) or not tokens.counts[1:].all():
            return "has not the token vectors of its title and of each of its sentences"
        if tokens.codes.shape[1] != self._quantizer.width // 2:
            return f"has token vectors that are not of {self._quantizer.width} components"
        return ""

    def _compare(self) -> None:
        """Compare vectors with those in the index."""
        batch, self._compared = self._compared, []
        if not batch or not self._index:
            return
        numbers = np.array([passage.number for _, passage, _ in batch], dtype=np.int64)
        vectors = np.stack([vector for *_, vector in batch])
        centred = self._means.center(vectors, [passage.language for _, passage, _ in batch])
        far = np.abs(self._index.vectors.vectors(numbers) - centred).max(axis=1) > _NEAR
        self._report.count("vectors compared with the index", len(batch))
        if far.any():
            self._report.index_sound = False
            self._report.problems.append(
                f"generation {self._index.revision}: another vector than the catalog for {int(far.sum())} passages, "
                f"the first is {numbers[far][0]}: {_REPAIR}"
            )

    def _embed(self) -> None:
        """Embed passages of the sample again."""
        batch, self._embedded = self._embedded, []
        if not batch or not self._processor:
            return
        made = self._processor.embedded({at.to_bytes(2): text for at, (_, text, _) in enumerate(batch)})
        for (article_id, _, vector), again in zip(batch, made.values(), strict=True):
            self._report.count("passages embedded again")
            cosine = float(vector @ again.vector)
            if not cosine >= _ALIKE:
                self._broken(article_id, f"a passage embedded again has a cosine of {cosine:.4f} to its vector")


def _uncovered(article: Article, passages: Sequence[StoredPassage]) -> str:
    """Return what is wrong with how passages cover an article, if anything."""
    after = 0
    for passage in passages:
        if passage.start < after:
            return f"passage {passage.number} overlaps the one before"
        if article.text[after : passage.start].strip():
            return f"characters {after} to {passage.start} are in no passage"
        after = passage.end
    return f"the text from character {after} on is in no passage" if article.text[after:].strip() else ""


def _misplaced(article: Article, passage: StoredPassage) -> str:
    """Return what is wrong with the places and the id of a passage, if anything."""
    if not 0 <= passage.start < passage.end <= len(article.text):
        return f"is at {passage.start} to {passage.end} of a text of {len(article.text)} characters"
    if not passage.sentences or not _in_order(passage.sentences, passage.start, passage.end):
        return "has sentences that are not within it and in order"
    if passage.id != passage_id(article.id, passage.start, article.text[passage.start : passage.end]):
        return "has the id of another text"
    return ""


def _in_order(sentences: Sequence[Span], start: int, end: int) -> bool:
    for first, last in sentences:
        if not start <= first < last:
            return False
        start = last
    return start <= end
