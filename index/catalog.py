"""Articles, passages and vectors in one SQLite file: the truth from which everything else can be made again."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import numpy as np

from index.database import AGAIN, LIST, Database, Row, checksum, listed
from index.errors import ArchiveDamaged, NoArchive
from index.model import Model
from index.tokens import TokenCodes
from index.types import Article, Filter, Passage, StoredPassage, Vectors
from index.vectors import Numbers

FILE = "catalog.sqlite"
FORMAT = 2

_SCHEMA = """
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL, checksum BLOB NOT NULL) STRICT;
CREATE TABLE articles (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, language TEXT NOT NULL, published TEXT, source TEXT,
  author TEXT, url TEXT, origin TEXT NOT NULL, fingerprint TEXT NOT NULL, checksum BLOB NOT NULL
) STRICT;
CREATE INDEX articles_published ON articles (published);
CREATE TABLE embeddings (
  key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum BLOB NOT NULL
) STRICT;
CREATE TABLE tokens (
  key BLOB PRIMARY KEY REFERENCES embeddings ON DELETE CASCADE, counts BLOB NOT NULL, codes BLOB NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;
CREATE TABLE passages (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  article_id TEXT NOT NULL REFERENCES articles ON DELETE CASCADE, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
  language TEXT NOT NULL, sentences TEXT NOT NULL, embedding BLOB NOT NULL REFERENCES embeddings, checksum BLOB NOT NULL
) STRICT;
CREATE INDEX passages_article ON passages (article_id);
CREATE INDEX passages_embedding ON passages (embedding);
"""
_ARTICLE = "id, title, text, language, published, source, author, url, origin"
_PASSAGE = 'number, id, article_id, "start", "end", language, passages.sentences, embedding'
_EMBEDDED = (
    f"SELECT {_PASSAGE}, passages.checksum, key, vector, embeddings.checksum "
    "FROM passages LEFT JOIN embeddings ON key = embedding"
)


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """What is kept of an embedded passage."""

    vector: Vectors  # shape (dimension,)
    tokens: TokenCodes


@dataclass(frozen=True, slots=True)
class Entry:
    """An article ready to be kept: `keys` name the vectors of its passages, one each."""

    article: Article
    fingerprint: str  # of all that its passages depend on
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What a generation of vectors is made from."""

    archive: str  # random, given when the catalog was made
    content: str  # random, given with every change
    revision: int  # how many changes there have been


@dataclass(frozen=True, slots=True)
class Content:
    """All passages in one state, by number."""

    state: State
    numbers: Numbers
    languages: list[str]
    texts: list[str]  # below their titles
    vectors: Vectors


class Catalog:
    """An open catalog. One thread at a time; close it, or use it as a context manager."""

    def __init__(self, database: Database) -> None:
        """Use `open` or `create`."""
        self._database = database

    @classmethod
    def open(cls, data: Path) -> Self:
        """Open the catalog of a data folder for reading.

        Raises:
            NoArchive: there is none.
            ArchiveError: it is not a catalog, or cannot be read.
        """
        if not (data / FILE).is_file():
            raise NoArchive(f"no index in {data}: run newsqa index PATH to make one")
        return cls(Database.reader(data / FILE, FORMAT))

    @classmethod
    def create(cls, data: Path, model: Model) -> Self:
        """Open the catalog of a data folder for writing, making one for `model` if there is none.

        Raises:
            ArchiveError: it cannot be written, or is not a catalog.
        """
        file = data / FILE
        if not file.exists():
            with Database.made(file, FORMAT) as database:
                for statement in _SCHEMA.split(";"):
                    database.run(statement)
                settings = {"model": json.dumps(asdict(model)), "revision": "0", "archive": token_hex(8), "state": ""}
                for setting in settings.items():
                    database.run("INSERT INTO settings VALUES (?, ?, ?)", *setting, checksum(*setting))
        return cls(Database.writer(file, FORMAT))

    # --- what it knows

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

    def tally(self, column: str) -> dict[str, int]:
        """Return how many articles have each value of `column`, `language` or `source`, commonest first."""
        rows = self._database.rows(
            f"SELECT {column} AS value, count(*) AS n FROM articles "
            f"WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        return {row["value"]: row["n"] for row in rows}

    def dates(self) -> tuple[date | None, date | None]:
        """Return the first and the last day on which an article was published; None if none tells its day."""
        first, last = self._database.rows("SELECT min(published), max(published) FROM articles")[0]
        return first and date.fromisoformat(first), last and date.fromisoformat(last)

    def fingerprints(self) -> dict[str, tuple[str, str, str | None]]:
        """Return the fingerprint, the origin and the url of every article, by id."""
        return {
            row["id"]: (row["fingerprint"], row["origin"], row["url"])
            for row in self._database.rows("SELECT id, fingerprint, origin, url FROM articles")
        }

    def article(self, article_id: str) -> Article | None:
        """Return an article, or None.

        Raises:
            ArchiveDamaged: it is not what was written.
        """
        return next(iter(self.articles_by_id([article_id]).values()), None)

    def articles_by_id(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; those that are gone are left out.

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        rows = self._database.rows(
            f"SELECT {_ARTICLE}, fingerprint, checksum FROM articles WHERE id IN ({LIST})", listed(ids)
        )
        return {row["id"]: self._article(row) for row in rows}

    def articles_of(self, passages: Iterable[StoredPassage]) -> dict[str, Article]:
        """Return the articles of passages by id.

        Raises:
            ArchiveDamaged: one is missing, or is not what was written.
        """
        wanted = {passage.article_id for passage in passages}
        found = self.articles_by_id(wanted)
        if missing := wanted - set(found):
            raise ArchiveDamaged(f"{self._database.file}: article {min(missing)} is missing: {AGAIN}")
        return found

    def articles(self, limit: int, offset: int) -> list[Article]:
        """Return articles, newest first."""
        rows = self._database.rows(
            f"SELECT {_ARTICLE}, fingerprint, checksum FROM articles ORDER BY published DESC, id LIMIT ? OFFSET ?",
            limit,
            offset,
        )
        return [self._article(row) for row in rows]

    def passages(self, numbers: Iterable[int]) -> dict[int, StoredPassage]:
        """Return passages by number; those that are gone are left out."""
        rows = self._database.rows(
            f"SELECT {_PASSAGE}, checksum FROM passages WHERE number IN ({LIST})", listed(numbers)
        )
        return {row["number"]: self._passage(row) for row in rows}

    def passage(self, passage_id: str) -> StoredPassage | None:
        """Return a passage, or None."""
        rows = self._database.rows(f"SELECT {_PASSAGE}, checksum FROM passages WHERE id = ?", passage_id)
        return self._passage(rows[0]) if rows else None

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article in their order."""
        rows = self._database.rows(
            f'SELECT {_PASSAGE}, checksum FROM passages WHERE article_id = ? ORDER BY "start"', article_id
        )
        return [self._passage(row) for row in rows]

    def numbers(self, among: Filter) -> Numbers:
        """Return the numbers of the passages that a filter lets through."""
        condition, values = _condition(among)
        query = f"SELECT number FROM passages JOIN articles ON articles.id = article_id WHERE {condition}"
        return np.array([row["number"] for row in self._database.rows(query, *values)], dtype=np.int64)

    def copies(self, numbers: Iterable[int], among: Filter) -> dict[int, list[str]]:
        """Return the ids of the articles with the very same passage that a filter lets through, by its number."""
        condition, values = _condition(among)
        rows = self._database.rows(
            "SELECT one.number, passages.article_id FROM passages AS one JOIN passages USING (embedding) "
            f"JOIN articles ON articles.id = passages.article_id WHERE one.number IN ({LIST}) AND {condition} "
            "ORDER BY passages.number",
            listed(numbers),
            *values,
        )
        found: dict[int, list[str]] = {}
        for number, article_id in rows:
            found.setdefault(number, []).append(article_id)
        return found

    def content(self) -> Content:
        """Return what a generation is made from: all passages in one state."""
        with self.reading():
            dimension = self.model.dimension
            state = self.state
            total = self._database.value("SELECT count(*) FROM passages")
            numbers = np.empty(total, dtype=np.int64)
            languages, texts = [], []
            vectors = np.empty((total, dimension), dtype=np.float32)
            article: Article | None = None
            for at, row in enumerate(self._database.each(f"{_EMBEDDED} ORDER BY number")):
                passage, embedded = self._embedded(row)
                if article is None or article.id != passage.article_id:  # passages of an article come together
                    article = self.articles_of([passage])[passage.article_id]
                numbers[at] = passage.number
                languages.append(passage.language)
                texts.append(f"{article.title}\n{article.text[passage.start : passage.end]}")
                vectors[at] = embedded
        return Content(state, numbers, languages, texts, vectors)

    def candidates(self, numbers: Iterable[int]) -> dict[int, tuple[StoredPassage, TokenCodes]]:
        """Return passages with their token vectors, by number; those that are gone are left out.

        Of the very same text below the very same title there is one, the first.

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        rows = self._database.rows(
            f"SELECT {_PASSAGE}, passages.checksum, key, counts, codes, tokens.checksum "
            "FROM passages LEFT JOIN tokens ON key = embedding "
            f"WHERE number IN (SELECT min(number) FROM passages WHERE number IN ({LIST}) GROUP BY embedding)",
            listed(numbers),
        )
        return {row["number"]: (self._passage(row[:-4]), self._tokens(row)) for row in rows}

    def embedded(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return which of `keys` have vectors already."""
        query = f"SELECT key FROM embeddings WHERE hex(key) IN ({LIST})"
        return {row["key"] for row in self._database.rows(query, listed(key.hex().upper() for key in keys))}

    # --- what changes it

    def keep_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Write vectors under the keys by which passages will name them, all or nothing."""
        with self._database.transaction():
            for key, embedded in vectors.items():
                vector = embedded.vector.astype("<f4").tobytes()
                counts, codes = embedded.tokens.counts.astype("<u2").tobytes(), embedded.tokens.codes.tobytes()
                self._database.run(
                    "INSERT OR IGNORE INTO embeddings (key, vector, checksum) VALUES (?, ?, ?)",
                    *(key, vector, checksum(key, vector)),
                )
                self._database.run(
                    "INSERT OR IGNORE INTO tokens (key, counts, codes, checksum) VALUES (?, ?, ?, ?)",
                    *(key, counts, codes, _quick_checksum(key, counts, codes)),
                )

    def keep(self, entries: Sequence[Entry]) -> None:
        """Write articles with their passages, replacing what they had, all or nothing; their vectors are there."""
        with self._database.transaction(), self._changed():
            for entry in entries:
                self._keep(entry)

    def _keep(self, entry: Entry) -> None:
        article = entry.article
        published = article.published.isoformat() if article.published else None
        values = (
            *(article.id, article.title, article.text, article.language, published),
            *(article.source, article.author, article.url, article.origin, entry.fingerprint),
        )
        self._database.run("DELETE FROM articles WHERE id = ?", article.id)
        self._database.run(
            f"INSERT INTO articles ({_ARTICLE}, fingerprint, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
            checksum(*values),
        )
        for passage, key in zip(entry.passages, entry.keys, strict=True):
            text = article.text[passage.start : passage.end]
            passage_id = hashlib.sha256(f"{article.id}\n{passage.start}\n{text}".encode()).hexdigest()[:16]
            spans = json.dumps(passage.sentences)
            row = (passage_id, article.id, passage.start, passage.end, passage.language, spans, key)
            self._database.run(
                'INSERT INTO passages (id, article_id, "start", "end", language, sentences, embedding, checksum) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                *row,
                checksum(*row),
            )

    def delete(self, ids: Iterable[str]) -> int:
        """Delete articles with their passages; return how many there were."""
        with self._database.transaction(), self._changed():
            return self._database.run(f"DELETE FROM articles WHERE id IN ({LIST})", listed(ids))

    def move(self, origins: Mapping[str, str]) -> None:
        """Record where unchanged articles lie now, by id."""
        with self._database.transaction():
            for article_id, origin in origins.items():
                row = self._database.rows(f"SELECT {_ARTICLE}, fingerprint FROM articles WHERE id = ?", article_id)[0]
                values = [origin if key == "origin" else value for key, value in dict(row).items()]
                self._database.run(
                    "UPDATE articles SET origin = ?, checksum = ? WHERE id = ?", origin, checksum(*values), article_id
                )

    def forget_unused(self) -> None:
        """Delete vectors that no passage uses any more."""
        with self._database.transaction():
            self._database.run("DELETE FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")

    @contextmanager
    def _changed(self) -> Iterator[None]:
        yield
        for key, value in (("revision", str(self.revision + 1)), ("state", token_hex(8))):
            self._database.run(
                "UPDATE settings SET value = ?, checksum = ? WHERE key = ?", value, checksum(key, value), key
            )

    # --- rows

    def _article(self, row: Row) -> Article:
        *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(f"{self._database.file}: article {row['id']} is damaged: {AGAIN}")
        fields = dict(zip(row.keys(), values, strict=False))
        published = fields.pop("published")
        del fields["fingerprint"]
        return Article(**fields, published=date.fromisoformat(published) if published else None)

    def _passage(self, row: Iterable[Any]) -> StoredPassage:
        number, *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(f"{self._database.file}: passage {number} is damaged: {AGAIN}")
        passage_id, article_id, start, end, language, sentences, _ = values
        spans = tuple((first, last) for first, last in json.loads(sentences))
        return StoredPassage(start, end, language, spans, number, passage_id, article_id)

    def _embedded(self, row: Row) -> tuple[StoredPassage, Vectors]:
        *passage, key, vector, stored = row
        if checksum(key, vector) != stored:
            raise ArchiveDamaged(f"{self._database.file}: the vector of passage {row['number']} is damaged: {AGAIN}")
        return self._passage(passage), np.frombuffer(vector, "<f4").astype(np.float32)

    def _tokens(self, row: Row) -> TokenCodes:
        *_, key, counts, codes, stored = row
        if key is None or _quick_checksum(key, counts, codes) != stored:
            place = f"{self._database.file}: the token vectors of passage {row['number']}"
            raise ArchiveDamaged(f"{place} are damaged: {AGAIN}")
        rows = np.frombuffer(counts, "<u2").astype(np.uint16)
        return TokenCodes(rows, np.frombuffer(codes, np.uint8).reshape(int(rows.sum()), -1))

    # --- the file

    def replaced(self) -> bool:
        """Tell whether another file lies where this one was opened."""
        return self._database.replaced()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See the catalog as it is now until the end of the block, whatever others write."""
        with self._database.transaction("DEFERRED"):
            yield

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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


def _quick_checksum(*values: bytes) -> int:
    """Return a checksum of what is large and only ranks, read for every question."""
    total = 0
    for value in values:
        total = crc32(value, total)
    return total
