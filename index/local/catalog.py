"""The catalog: articles, passages and vectors in one SQLite file, the source of truth for all indexes."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.archive import ANYTHING
from index.checksums import checksum
from index.errors import ArchiveDamaged, NoArchive
from index.local.database import LIST, LOCK_TIMEOUT, REPAIR_OR_RESTORE, RESTORE, Database, json_list
from index.local.schema import (
    ARTICLE,
    EMBEDDED,
    FORMAT,
    LISTED,
    PASSAGE,
    RowDecoder,
    listed_article,
)
from index.model.cache import Model
from index.types import (
    Article,
    Facets,
    Filter,
    ListedArticle,
    Numbers,
    OlderVersion,
    PassageVectors,
    StoredPassage,
    TokenCodes,
    Vectors,
)

FILE = "catalog.sqlite"

_BATCH_SIZE = 4096  # passages to build indexes from, each of up to 3 kB


@dataclass(frozen=True, slots=True)
class State:
    """A state of a catalog; different contents have different states."""

    archive: str  # random, set when the catalog is created
    token: str  # random, set with every change
    revision: int  # number of changes so far


@dataclass(frozen=True, slots=True)
class Content:
    """The passages of a catalog in one state, ordered by number."""

    state: State
    numbers: Numbers
    days: NDArray[np.int64]  # of publication, as ordinals; 0 without a date
    languages: list[str]
    outlets: list[str]
    texts: list[str]  # each after the title of its article; maybe none
    vectors: Vectors

    def rows(self, start: int, end: int | None = None) -> "Content":
        """Return the passages of some rows."""
        rows = slice(start, end)
        return Content(
            *(self.state, self.numbers[rows], self.days[rows], self.languages[rows]),
            *(self.outlets[rows], self.texts[rows], self.vectors[rows]),
        )

    def without_texts(self) -> "Content":
        """Return the same passages without their texts."""
        return replace(self, texts=[])


class Catalog:
    """A catalog open for reading. Not thread-safe; close it, or use it as a context manager."""

    def __init__(self, database: Database) -> None:
        """Wrap an open database; `open` is the public constructor."""
        self._database = database
        self._rows = RowDecoder(database.file)
        try:
            self._archive = self._archive_id()
        except BaseException:
            database.close()
            raise

    @classmethod
    def open(cls, data: Path, *, timeout: float = LOCK_TIMEOUT) -> Self:
        """Open the catalog of a data folder for reading; wait at most `timeout` seconds for a lock.

        Raises:
            NoArchive: the folder has no catalog.
            OtherFormat: another version of newsqa wrote it; `index.local.convert` converts earlier formats.
            ArchiveError: the file is not a catalog, or cannot be read.
        """
        if not (data / FILE).is_file():
            raise NoArchive(f"no archive in {data}: run newsqa index PATH to create one")
        return cls(Database.reader(data / FILE, FORMAT, timeout))

    @property
    def model(self) -> Model:
        """The model that computed the vectors."""
        try:
            return Model(**json.loads(self._settings("model")["model"]))
        except (TypeError, ValueError) as error:
            raise ArchiveDamaged(f"{self._database.file}: the model's description is damaged: {RESTORE}") from error

    @property
    def revision(self) -> int:
        """The number of changes of passages so far."""
        return self.state.revision

    @property
    def state(self) -> State:
        """The current state; it differs between any two contents, also after a restore."""
        settings = self._settings("archive", "state", "revision")
        return State(settings["archive"], settings["state"], int(settings["revision"]))

    def was_in(self, state: State) -> bool:
        """Return whether the archive is or was in `state`; old states are forgotten.

        After a return to an older copy, the states that followed that copy do not count.
        """
        current = self.state
        if state.archive != current.archive or state.revision >= current.revision:
            return state == current
        rows = self._database.rows("SELECT content, checksum FROM states WHERE revision = ?", state.revision)
        return [tuple(row) for row in rows] == [(state.token, checksum(state.revision, state.token))]

    def _settings(self, *names: str) -> dict[str, str]:
        rows = self._database.rows(f"SELECT key, value, checksum FROM settings WHERE key IN ({LIST})", json_list(names))
        settings = {key: value for key, value, stored in rows if checksum(key, value) == stored}
        if set(settings) != set(names):
            raise ArchiveDamaged(f"{self._database.file}: the settings are damaged: {RESTORE}")
        return settings

    def sizes(self) -> dict[str, int]:
        """Return the numbers of `articles` and `passages`."""
        return {table: self._database.value(f"SELECT count(*) FROM {table}") for table in ("articles", "passages")}

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`."""
        return self.sizes() | {"embeddings": self._database.value("SELECT count(*) FROM embeddings")}

    def facets(self) -> Facets:
        """Return the values that articles can be filtered by."""
        first, last = self._database.rows("SELECT min(published), max(published) FROM articles")[0]
        return Facets(
            articles=self._database.value("SELECT count(*) FROM articles"),
            published_from=first and date.fromisoformat(first),
            published_to=last and date.fromisoformat(last),
            # Distinct pairs take half the time of count(DISTINCT).
            languages=self._frequencies("language", "(SELECT DISTINCT article_id, language FROM passages)"),
            sources=self._frequencies("source", "articles WHERE source IS NOT NULL"),
            files=self._frequencies(_FILE, "articles WHERE source IS NULL"),
        )

    def _frequencies(self, column: str, table: str) -> dict[str, int]:
        """Return the number of articles by value of a column, most frequent first."""
        rows = self._database.rows(
            f"SELECT {column} AS value, count(*) AS n FROM {table} GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return {row["value"]: row["n"] for row in rows}

    def fingerprints(self, ids: Iterable[str] | None = None) -> dict[str, tuple[str, str, str | None]]:
        """Return fingerprint, origin and url by article id; of all articles if `ids` is None."""
        query, values = "SELECT id, fingerprint, origin, url FROM articles", []
        if ids is not None:
            query, values = f"{query} WHERE id IN ({LIST})", [json_list(ids)]
        rows = self._database.rows(query, *values)
        return {row["id"]: (row["fingerprint"], row["origin"], row["url"]) for row in rows}

    def article(self, article_id: str) -> Article | None:
        """Return an article, or None.

        Raises:
            ArchiveDamaged: the article fails its checksum.
        """
        return next(iter(self.articles([article_id]).values()), None)

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; unknown ids are omitted.

        Raises:
            ArchiveDamaged: an article fails its checksum.
        """
        rows = self._database.rows(f"SELECT {ARTICLE} FROM articles WHERE id IN ({LIST})", json_list(ids))
        return {row["id"]: self._rows.article(row) for row in rows}

    def versions(self, article_id: str) -> list[OlderVersion]:
        """Return the older versions of an article, the newest first: by date, or by when they were replaced."""
        rows = self._database.rows(
            "SELECT * FROM versions WHERE article_id = ? ORDER BY replaced DESC, rowid DESC", article_id
        )
        versions = [self._rows.version(row) for row in rows]
        return sorted(versions, key=lambda each: each.article.published or each.replaced.date(), reverse=True)

    def provenance(self, article_id: str) -> dict[str, str]:
        """Return where the fields of an article were found, by name; empty if it is not known."""
        for row in self._database.rows("SELECT * FROM provenance WHERE article_id = ?", article_id):
            return self._rows.provenance(row)
        return {}

    def damaged_history(self) -> list[tuple[str, str, int]]:
        """Return article, table and row of each older version or provenance that fails its checksum."""
        damaged = []
        for table, decode in (("versions", self._rows.version), ("provenance", self._rows.provenance)):
            for number, *_ in self._database.rows(f"SELECT rowid, article_id FROM {table} ORDER BY article_id"):
                for row in self._database.rows(f"SELECT * FROM {table} WHERE rowid = ?", number):
                    try:
                        decode(row)
                    except (ArchiveDamaged, ValueError):
                        damaged.append((row["article_id"], table, number))
        return damaged

    def all_articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; all ids must exist.

        Raises:
            ArchiveDamaged: an article is missing or fails its checksum.
        """
        wanted = set(ids)
        articles = self.articles(wanted)
        if missing := wanted - set(articles):
            raise ArchiveDamaged(f"{self._database.file}: article {min(missing)} is missing: {REPAIR_OR_RESTORE}")
        return articles

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages, without reading whole articles.

        Raises:
            ArchiveDamaged: a text is missing or fails its checksum.
        """
        rows = self._database.rows(
            'SELECT number, substr(text, "start" + 1, "end" - "start") AS text FROM passages '
            f"JOIN articles ON articles.id = article_id WHERE number IN ({LIST})",
            json_list(passage.number for passage in passages),
        )
        texts = dict(map(tuple, rows))
        return [self._rows.text(passage, texts.get(passage.number)) for passage in passages]

    def page(self, limit: int, offset: int, filters: Filter = ANYTHING) -> list[Article]:
        """Return the articles with a passage that `filters` admit, newest first."""
        condition, values = _article_condition(filters)
        query = f"SELECT {ARTICLE} FROM articles WHERE {condition} ORDER BY published DESC, id LIMIT ? OFFSET ?"
        return [self._rows.article(row) for row in self._database.rows(query, *values, limit, offset)]

    def listed(self, limit: int, offset: int, filters: Filter = ANYTHING) -> list[ListedArticle]:
        """Return the articles of `page` without reading their texts, and without checking their checksums."""
        condition, values = _article_condition(filters)
        # The page is chosen before lengths are taken: to sort all articles SQLite would read each text.
        query = (
            f"SELECT {LISTED} FROM articles WHERE id IN "
            f"(SELECT id FROM articles WHERE {condition} ORDER BY published DESC, id LIMIT ? OFFSET ?) "
            "ORDER BY published DESC, id"
        )
        return [listed_article(row) for row in self._database.iterate(query, *values, limit, offset)]

    def total(self, filters: Filter) -> int:
        """Return the number of articles with a passage that `filters` admit."""
        condition, values = _article_condition(filters)
        return int(self._database.value(f"SELECT count(*) FROM articles WHERE {condition}", *values))

    def passage(self, passage_id: str) -> StoredPassage | None:
        """Return a passage, or None."""
        rows = self._database.rows(f"SELECT {PASSAGE} FROM passages WHERE id = ?", passage_id)
        return self._rows.passage(rows[0]) if rows else None

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article, in text order."""
        rows = self._database.rows(f'SELECT {PASSAGE} FROM passages WHERE article_id = ? ORDER BY "start"', article_id)
        return [self._rows.passage(row) for row in rows]

    def numbers(self, filters: Filter) -> Numbers:
        """Return the numbers of the passages that satisfy `filters`."""
        condition, values = _condition(filters)
        query = f"SELECT number FROM passages JOIN articles ON articles.id = article_id WHERE {condition}"
        return np.array([row["number"] for row in self._database.rows(query, *values)], dtype=np.int64)

    def first_copies(self, numbers: Iterable[int]) -> dict[int, int]:
        """Map each passage to the first of `numbers` with the same vectors, that is with the same text and title.

        Deleted and replaced passages are omitted.
        """
        query = f"SELECT number, min(number) OVER (PARTITION BY embedding) FROM passages WHERE number IN ({LIST})"
        return dict(map(tuple, self._database.rows(query, json_list(numbers))))

    def copies(self, numbers: Iterable[int], filters: Filter) -> dict[int, list[str]]:
        """Return, by passage number, the ids of the articles with an identical passage that satisfy `filters`.

        Raises:
            ArchiveDamaged: a passage is missing from the indexes of SQLite.
        """
        wanted = set(numbers)
        condition, values = _condition(filters)
        rows = self._database.rows(
            "SELECT wanted.number, passages.article_id FROM passages AS wanted JOIN passages USING (embedding) "
            f"JOIN articles ON articles.id = passages.article_id WHERE wanted.number IN ({LIST}) AND {condition} "
            "ORDER BY passages.number",
            json_list(wanted),
            *values,
        )
        article_ids: dict[int, list[str]] = {}
        for number, article_id in rows:
            article_ids.setdefault(number, []).append(article_id)
        if missing := wanted - set(article_ids):
            raise ArchiveDamaged(
                f"{self._database.file}: passage {min(missing)} is missing from the SQLite index: {REPAIR_OR_RESTORE}"
            )
        return article_ids

    def numbers_after(self, number: int) -> Numbers:
        """Return the passage numbers greater than `number`: those of passages that were written later."""
        rows = self._database.rows("SELECT number FROM passages WHERE number > ?", number)
        return np.array([row["number"] for row in rows], dtype=np.int64)

    def passage_count(self) -> int:
        """Return the number of passages."""
        return int(self._database.value("SELECT count(*) FROM passages"))

    def numbers_until(self, number: int) -> Numbers:
        """Return the passage numbers that are at most `number`."""
        rows = self._database.iterate("SELECT number FROM passages WHERE number <= ? ORDER BY number", number)
        return np.fromiter((row[0] for row in rows), dtype=np.int64)

    def content(self, after: int = 0) -> Content:
        """Return all passages in one state, or those with a number greater than `after`, to build indexes from."""
        with self.reading():
            total = self._database.value("SELECT count(*) FROM passages WHERE number > ?", after)
            return next(self.contents(after, total or 1))

    def contents(self, after: int = 0, size: int = _BATCH_SIZE) -> Iterator[Content]:
        """Yield the passages with a number greater than `after`, at most `size` at once; at least one, maybe empty.

        Within `reading`, all are of one state.
        """
        state, dimension = self.state, self.model.dimension
        rows = self._database.iterate(f"{EMBEDDED} WHERE number > ? ORDER BY number", after)
        article: Article | None = None
        batch = list(islice(rows, size))
        while True:
            numbers, days = np.empty(len(batch), np.int64), np.empty(len(batch), np.int64)
            languages, outlets, texts = [], [], []
            vectors = np.empty((len(batch), dimension), dtype=np.float32)
            for i, row in enumerate(batch):
                passage, vector = self._rows.passage_and_vector(row)
                if article is None or article.id != passage.article_id:  # the passages of an article are consecutive
                    article = self.all_articles([passage.article_id])[passage.article_id]
                numbers[i] = passage.number
                days[i] = article.published.toordinal() if article.published else 0
                languages.append(passage.language)
                outlets.append(article.outlet)
                texts.append(f"{article.title}\n{article.text[passage.start : passage.end]}")
                vectors[i] = vector
            yield Content(state, numbers, days, languages, outlets, texts, vectors)
            if not (batch := list(islice(rows, size))):
                return

    def candidates(self, numbers: Iterable[int]) -> dict[int, tuple[StoredPassage, TokenCodes]]:
        """Return passages with their token vectors, by number; unknown numbers are omitted.

        Raises:
            ArchiveDamaged: a passage or its token vectors fail their checksum.
        """
        rows = self._database.rows(
            f"SELECT {PASSAGE}, key, counts, codes, tokens.checksum "
            f"FROM passages LEFT JOIN tokens ON key = embedding WHERE number IN ({LIST})",
            json_list(numbers),
        )
        return {
            row["number"]: (self._rows.passage(row[:-4]), self._rows.codes(f"passage {row['number']}", *row[-4:]))
            for row in rows
        }

    def existing_keys(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of `keys` that have stored vectors."""
        return {key for key in keys if self._database.rows("SELECT 1 FROM embeddings WHERE key = ?", key)}

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, PassageVectors]:
        """Return the stored vectors by key; keys without vectors are omitted.

        Raises:
            ArchiveDamaged: a vector fails its checksum.
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
        """Write a consistent copy to a new file, concurrently with writers; see `Database.write_copy`."""
        self._database.write_copy(file)

    def replaced(self) -> bool:
        """Return whether the file was replaced, or now contains another archive."""
        return self._database.replaced() or self._archive_id() != self._archive

    def _archive_id(self) -> str | None:
        return next(
            (row["value"] for row in self._database.rows("SELECT value FROM settings WHERE key = 'archive'")), None
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Give a consistent view of the current state until the end of the block."""
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


_FILE = "outlet(source, origin, articles.id)"  # of an article without a source


def _condition(filters: Filter) -> tuple[str, list[str]]:
    """Return the SQL condition of a filter, and its parameters."""
    conditions, values = ["1"], []
    for condition, value in (
        ("published >= ?", filters.published_from and filters.published_from.isoformat()),
        ("published <= ?", filters.published_to and filters.published_to.isoformat()),
        ("published <= ?", filters.as_of and filters.as_of.isoformat()),
        (f"passages.language IN ({LIST})", filters.languages and json_list(filters.languages)),
        (
            f"CASE WHEN source IS NULL THEN {_FILE} ELSE source END IN ({LIST})",
            filters.sources and json_list(filters.sources),
        ),
    ):
        if value:
            conditions.append(condition)
            values.append(value)
    return " AND ".join(conditions), values


def _article_condition(filters: Filter) -> tuple[str, list[str]]:
    """Return the SQL condition of the articles with a passage that `filters` admit, and its parameters."""
    if not filters:
        return "1", []
    condition, values = _condition(filters)
    return (
        f"id IN (SELECT article_id FROM passages JOIN articles ON articles.id = article_id WHERE {condition})",
        values,
    )
