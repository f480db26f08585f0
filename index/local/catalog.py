"""Articles, passages and vectors in one SQLite file: the truth from which everything else can be made again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np

from index.errors import ArchiveDamaged, NoArchive, OtherFormat
from index.local.database import AGAIN, LIST, WAIT, Database, checksum, listed
from index.local.schema import ARTICLE, EMBEDDED, FORMAT, PASSAGE, STATES, RowDecoder
from index.model.cache import Model
from index.types import Article, Facets, Filter, Numbers, PassageVectors, StoredPassage, TokenCodes, Vectors

FILE = "catalog.sqlite"


@dataclass(frozen=True, slots=True)
class State:
    """A state of a catalog; no two contents share one."""

    archive: str  # random, drawn when the catalog is made
    token: str  # random, drawn with every change
    revision: int  # number of changes so far


@dataclass(frozen=True, slots=True)
class Content:
    """All passages in one state, by number."""

    state: State
    numbers: Numbers
    languages: list[str]
    texts: list[str]  # below their titles
    vectors: Vectors


class Catalog:
    """A catalog open for reading. One thread at a time; close it, or use it as a context manager."""

    def __init__(self, database: Database) -> None:
        """Use `open`."""
        self._database = database
        self._rows = RowDecoder(database.file)
        try:
            self._archive = self._name()
        except BaseException:
            database.close()
            raise

    @classmethod
    def open(cls, data: Path, *, wait: float = WAIT) -> Self:
        """Open the catalog of a data folder for reading; another process may hold it for `wait` seconds.

        Raises:
            NoArchive: there is none.
            ArchiveError: it is not a catalog, or cannot be read.
        """
        if not (data / FILE).is_file():
            raise NoArchive(f"no index in {data}: run newsqa index PATH to make one")
        try:
            return cls(Database.reader(data / FILE, FORMAT, wait))
        except OtherFormat:
            Database.convert(data / FILE, 2, 3, [STATES], wait)  # only the past is new, and none is remembered
            return cls(Database.reader(data / FILE, FORMAT, wait))

    @property
    def model(self) -> Model:
        """The model that its vectors come from."""
        try:
            return Model(**json.loads(self._settings()["model"]))
        except (TypeError, ValueError) as error:
            raise ArchiveDamaged(f"{self._database.file}: the model's description is damaged: {AGAIN}") from error

    @property
    def revision(self) -> int:
        """How many times passages have been written or deleted."""
        return self.state.revision

    @property
    def state(self) -> State:
        """Which archive this is, and in which state: never the same for two contents, whatever was restored."""
        settings = self._settings()
        return State(settings["archive"], settings["state"], int(settings["revision"]))

    def has_been(self, state: State) -> bool:
        """Tell whether this archive is or was in a state; what was long ago is forgotten.

        It was not in those that came after it, when it has been put back from an older copy.
        """
        now = self.state
        if state.archive != now.archive or state.revision >= now.revision:
            return state == now
        rows = self._database.rows("SELECT content, checksum FROM states WHERE revision = ?", state.revision)
        return [tuple(row) for row in rows] == [(state.token, checksum(state.revision, state.token))]

    def _settings(self) -> dict[str, str]:
        rows = self._database.rows("SELECT key, value, checksum FROM settings")
        settings = {key: value for key, value, stored in rows if checksum(key, value) == stored}
        if not {"model", "archive", "state", "revision"} <= set(settings):
            raise ArchiveDamaged(f"{self._database.file}: the settings are damaged: {AGAIN}")
        return settings

    def counts(self) -> dict[str, int]:
        """Return how many articles, passages and distinct embeddings there are."""
        return {
            table: self._database.value(f"SELECT count(*) FROM {table}")
            for table in ("articles", "passages", "embeddings")
        }

    def facets(self) -> Facets:
        """Return the values that articles can be filtered by."""
        first, last = self._database.rows("SELECT min(published), max(published) FROM articles")[0]
        return Facets(
            articles=self._database.value("SELECT count(*) FROM articles"),
            published_from=first and date.fromisoformat(first),
            published_to=last and date.fromisoformat(last),
            languages=self._frequencies("language"),
            sources=self._frequencies("source"),
        )

    def _frequencies(self, column: str) -> dict[str, int]:
        """Return how many articles have each value of a column, most frequent first."""
        rows = self._database.rows(
            f"SELECT {column} AS value, count(*) AS n FROM articles "
            f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return {row["value"]: row["n"] for row in rows}

    def fingerprints(self, ids: Iterable[str] | None = None) -> dict[str, tuple[str, str, str | None]]:
        """Return the fingerprint, the origin and the url of every article, or of some, by id."""
        query, values = "SELECT id, fingerprint, origin, url FROM articles", []
        if ids is not None:
            query, values = f"{query} WHERE id IN ({LIST})", [listed(ids)]
        rows = self._database.rows(query, *values)
        return {row["id"]: (row["fingerprint"], row["origin"], row["url"]) for row in rows}

    def article(self, article_id: str) -> Article | None:
        """Return an article, or None.

        Raises:
            ArchiveDamaged: it is not what was written.
        """
        return next(iter(self.articles([article_id]).values()), None)

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; those that are gone are left out.

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        rows = self._database.rows(f"SELECT {ARTICLE} FROM articles WHERE id IN ({LIST})", listed(ids))
        return {row["id"]: self._rows.article(row) for row in rows}

    def all_articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id, every one of them.

        Raises:
            ArchiveDamaged: one is missing, or is not what was written.
        """
        wanted = set(ids)
        found = self.articles(wanted)
        if missing := wanted - set(found):
            raise ArchiveDamaged(f"{self._database.file}: article {min(missing)} is missing: {AGAIN}")
        return found

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages, without the whole of their articles.

        Raises:
            ArchiveDamaged: one is missing, or is not what was written.
        """
        rows = self._database.rows(
            'SELECT number, substr(text, "start" + 1, "end" - "start") AS text FROM passages '
            f"JOIN articles ON articles.id = article_id WHERE number IN ({LIST})",
            listed(passage.number for passage in passages),
        )
        texts = dict(map(tuple, rows))
        return [self._rows.text(passage, texts.get(passage.number)) for passage in passages]

    def page(self, limit: int, offset: int) -> list[Article]:
        """Return articles, newest first."""
        rows = self._database.rows(
            f"SELECT {ARTICLE} FROM articles ORDER BY published DESC, id LIMIT ? OFFSET ?",
            limit,
            offset,
        )
        return [self._rows.article(row) for row in rows]

    def passages(self, numbers: Iterable[int]) -> dict[int, StoredPassage]:
        """Return passages by number; those that are gone are left out."""
        rows = self._database.rows(f"SELECT {PASSAGE} FROM passages WHERE number IN ({LIST})", listed(numbers))
        return {row["number"]: self._rows.passage(row) for row in rows}

    def passage(self, passage_id: str) -> StoredPassage | None:
        """Return a passage, or None."""
        rows = self._database.rows(f"SELECT {PASSAGE} FROM passages WHERE id = ?", passage_id)
        return self._rows.passage(rows[0]) if rows else None

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article in their order."""
        rows = self._database.rows(f'SELECT {PASSAGE} FROM passages WHERE article_id = ? ORDER BY "start"', article_id)
        return [self._rows.passage(row) for row in rows]

    def numbers(self, among: Filter) -> Numbers:
        """Return the numbers of the passages that a filter lets through."""
        condition, values = _condition(among)
        query = f"SELECT number FROM passages JOIN articles ON articles.id = article_id WHERE {condition}"
        return np.array([row["number"] for row in self._database.rows(query, *values)], dtype=np.int64)

    def originals(self, numbers: Iterable[int]) -> dict[int, int]:
        """Return for each of some passages the first of those with the very same text below the very same title.

        Those that have been deleted or replaced are left out.
        """
        query = f"SELECT number, min(number) OVER (PARTITION BY embedding) FROM passages WHERE number IN ({LIST})"
        return dict(map(tuple, self._database.rows(query, listed(numbers))))

    def copies(self, numbers: Iterable[int], among: Filter) -> dict[int, list[str]]:
        """Return the ids of the articles with the very same passage, by numbers of passages that a filter lets through.

        Raises:
            ArchiveDamaged: one is not found by its vector.
        """
        wanted = set(numbers)
        condition, values = _condition(among)
        rows = self._database.rows(
            "SELECT one.number, passages.article_id FROM passages AS one JOIN passages USING (embedding) "
            f"JOIN articles ON articles.id = passages.article_id WHERE one.number IN ({LIST}) AND {condition} "
            "ORDER BY passages.number",
            listed(wanted),
            *values,
        )
        found: dict[int, list[str]] = {}
        for number, article_id in rows:
            found.setdefault(number, []).append(article_id)
        if missing := wanted - set(found):
            raise ArchiveDamaged(f"{self._database.file}: passage {min(missing)} is not in the file's indexes: {AGAIN}")
        return found

    def numbers_after(self, number: int) -> Numbers:
        """Return the numbers of the passages that were written after one."""
        rows = self._database.rows("SELECT number FROM passages WHERE number > ?", number)
        return np.array([row["number"] for row in rows], dtype=np.int64)

    def content(self, after: int = 0) -> Content:
        """Return what a generation is made from: all passages in one state, or those with a number `after` one."""
        with self.reading():
            dimension = self.model.dimension
            state = self.state
            total = self._database.value("SELECT count(*) FROM passages WHERE number > ?", after)
            numbers = np.empty(total, dtype=np.int64)
            languages, texts = [], []
            vectors = np.empty((total, dimension), dtype=np.float32)
            article: Article | None = None
            for at, row in enumerate(self._database.each(f"{EMBEDDED} WHERE number > ? ORDER BY number", after)):
                passage, embedded = self._rows.embedded(row)
                if article is None or article.id != passage.article_id:  # passages of an article come together
                    article = self.all_articles([passage.article_id])[passage.article_id]
                numbers[at] = passage.number
                languages.append(passage.language)
                texts.append(f"{article.title}\n{article.text[passage.start : passage.end]}")
                vectors[at] = embedded
        return Content(state, numbers, languages, texts, vectors)

    def candidates(self, numbers: Iterable[int]) -> dict[int, tuple[StoredPassage, TokenCodes]]:
        """Return passages with their token vectors, by number; those that are gone are left out.

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        rows = self._database.rows(
            f"SELECT {PASSAGE}, key, counts, codes, tokens.checksum "
            f"FROM passages LEFT JOIN tokens ON key = embedding WHERE number IN ({LIST})",
            listed(numbers),
        )
        return {
            row["number"]: (self._rows.passage(row[:-4]), self._rows.codes(f"passage {row['number']}", *row[-4:]))
            for row in rows
        }

    def embedded(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return which of `keys` have vectors already."""
        return {key for key in keys if self._database.rows("SELECT 1 FROM embeddings WHERE key = ?", key)}

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, PassageVectors]:
        """Return the vectors of those of `keys` that have some.

        Raises:
            ArchiveDamaged: some are not what was written.
        """
        query = (
            "SELECT embeddings.key, vector, embeddings.checksum, tokens.key, counts, codes, tokens.checksum "
            "FROM embeddings LEFT JOIN tokens USING (key) WHERE embeddings.key = ?"
        )
        rows = [(key, tuple(row)) for key in keys for row in self._database.rows(query, key)]
        return {
            key: PassageVectors(self._rows.vector("a text", *row[:3]), self._rows.codes("a text", *row[3:]))
            for key, row in rows
        }

    # --- the file

    def write_copy(self, file: Path) -> None:
        """Write all of one moment to a new file, while others read and write; see `Database.write_copy`."""
        self._database.write_copy(file)

    def replaced(self) -> bool:
        """Tell whether another file lies where this one was opened, or holds another archive."""
        return self._database.replaced() or self._name() != self._archive

    def _name(self) -> str | None:
        return next(
            (row["value"] for row in self._database.rows("SELECT value FROM settings WHERE key = 'archive'")), None
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See the catalog as it is now until the end of the block, whatever others write."""
        with self._database.transaction("DEFERRED"):
            yield

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the catalog."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()


def _condition(among: Filter) -> tuple[str, list[str]]:
    """Return the condition of a filter, and its values."""
    conditions, values = ["1"], []
    for condition, value in (
        ("published >= ?", among.published_from and among.published_from.isoformat()),
        ("published <= ?", among.published_to and among.published_to.isoformat()),
        ("published <= ?", among.as_of and among.as_of.isoformat()),
        (f"passages.language IN ({LIST})", among.languages and listed(among.languages)),
        (f"source IN ({LIST})", among.sources and listed(among.sources)),
    ):
        if value:
            conditions.append(condition)
            values.append(value)
    return " AND ".join(conditions), values
