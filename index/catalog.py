"""Articles, passages and vectors in one SQLite file: the truth from which everything else can be made again."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import Any, Self
from zlib import crc32

import numpy as np

from index.closing import Closing
from index.database import AGAIN, LIST, Database, Row, checksum, listed
from index.errors import ArchiveDamaged, NoArchive, OtherFormat, OtherModel
from index.model import Model
from index.tokens import TokenCodes
from index.types import Article, Filter, Passage, StoredPassage, Vectors
from index.vectors import Numbers

FILE = "catalog.sqlite"
FORMAT = 3

_PAST = 10_000  # states that are remembered; a generation of one before is made again

_STATES = "CREATE TABLE states (revision INTEGER PRIMARY KEY, content TEXT NOT NULL, checksum BLOB NOT NULL) STRICT"
_SCHEMA = f"""
{_STATES};
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
_FIELDS = (*_ARTICLE.split(", "), "fingerprint")  # not the file's own names: a flipped bit can make one upper case
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


class Catalog(Closing):
    """An open catalog. One thread at a time; close it, or use it as a context manager."""

    def __init__(self, database: Database) -> None:
        """Use `open` or `create`."""
        self._database = database
        try:
            self._archive = self._name()
        except BaseException:
            database.close()
            raise

    @classmethod
    def open(cls, data: Path) -> Self:
        """Open the catalog of a data folder for reading.

        Raises:
            NoArchive: there is none.
            ArchiveError: it is not a catalog, or cannot be read.
        """
        if not (data / FILE).is_file():
            raise NoArchive(f"no index in {data}: run newsqa index PATH to make one")
        try:
            return cls(Database.reader(data / FILE, FORMAT))
        except OtherFormat:
            Database.convert(data / FILE, 2, 3, [_STATES])  # only the past is new, and none is remembered
            return cls(Database.reader(data / FILE, FORMAT))

    @classmethod
    def create(cls, data: Path, model: Model) -> Self:
        """Open the catalog of a data folder for writing, making one for `model` if there is none.

        Raises:
            ArchiveError: it cannot be written, or is not a catalog, or is another model's.
        """
        file = data / FILE
        if not file.exists():
            with Database.made(file, FORMAT) as database:
                for statement in _SCHEMA.split(";"):
                    database.run(statement)
                settings = {"model": json.dumps(asdict(model)), "revision": "0", "archive": token_hex(8), "state": ""}
                for setting in settings.items():
                    database.run("INSERT INTO settings VALUES (?, ?, ?)", *setting, checksum(*setting))
        return cls.change(data, model)

    @classmethod
    def change(cls, data: Path, model: Model | None = None) -> Self:
        """Open the catalog of a data folder for writing; vectors only if they are of `model`.

        Raises:
            NoArchive: there is none.
            OtherModel: it was made with another model.
            ArchiveError: it cannot be written, or is not a catalog.
        """
        with cls.open(data) as catalog:
            if model and not catalog.model.same_vectors(model):
                raise OtherModel(
                    f"{data}: made with the model {catalog.model.identity}, not with {model.identity}: "
                    "use that model, or index into another data folder"
                )
        return cls(Database.writer(data / FILE, FORMAT))

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

    def has_been(self, state: State) -> bool:
        """Tell whether this archive is or was in a state; what was long ago is forgotten.

        It was not in those that came after it, when it has been put back from an older copy.
        """
        now = self.state
        if state.archive != now.archive or state.revision >= now.revision:
            return state == now
        rows = self._database.rows("SELECT content, checksum FROM states WHERE revision = ?", state.revision)
        return [tuple(row) for row in rows] == [(state.content, checksum(state.revision, state.content))]

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
            for at, row in enumerate(self._database.each(f"{_EMBEDDED} WHERE number > ? ORDER BY number", after)):
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

        Raises:
            ArchiveDamaged: one is not what was written.
        """
        rows = self._database.rows(
            f"SELECT {_PASSAGE}, passages.checksum, key, counts, codes, tokens.checksum "
            f"FROM passages LEFT JOIN tokens ON key = embedding WHERE number IN ({LIST})",
            listed(numbers),
        )
        return {
            row["number"]: (self._passage(row[:-4]), self._codes(f"passage {row['number']}", *row[-4:])) for row in rows
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
            key: PassageVectors(self._vector("a text", *row[:3]), self._codes("a text", *row[3:])) for key, row in rows
        }

    # --- what changes it

    def keep_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Write vectors under the keys by which passages will name them, all or nothing; the writers' lock is held."""
        with self._database.transaction():
            self._keep_vectors(vectors)

    def keep(
        self,
        entries: Sequence[Entry],
        vectors: Mapping[bytes, PassageVectors] = MappingProxyType({}),
        origins: Mapping[str, str] = MappingProxyType({}),
    ) -> set[str]:
        """Write articles with their passages, replacing what they had, all or nothing; return whose were replaced.

        `vectors` are written with them; those of all other passages are there. `origins` as in `move`.
        """
        with self._database.transaction():
            self._keep_vectors(vectors)
            replaced = {entry.article.id for entry in entries if self._keep(entry)}
            self._move(origins)  # of those that are not written again: what was damaged need not be sound for that
            if entries:
                self._changed()
        return replaced

    def _keep_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
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

    def _keep(self, entry: Entry) -> bool:
        article = entry.article
        published = article.published.isoformat() if article.published else None
        values = (
            *(article.id, article.title, article.text, article.language, published),
            *(article.source, article.author, article.url, article.origin, entry.fingerprint),
        )
        replaced = self._database.run("DELETE FROM articles WHERE id = ?", article.id)
        self._database.run(
            f"INSERT INTO articles ({_ARTICLE}, fingerprint, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
            checksum(*values),
        )
        for passage, key in zip(entry.passages, entry.keys, strict=True):
            text = article.text[passage.start : passage.end]
            spans = json.dumps(passage.sentences)
            row = (
                passage_id(article.id, passage.start, text),
                article.id,
                passage.start,
                passage.end,
                passage.language,
                spans,
                key,
            )
            self._database.run(
                'INSERT INTO passages (id, article_id, "start", "end", language, sentences, embedding, checksum) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                *row,
                checksum(*row),
            )
        return replaced > 0

    def delete(self, ids: Iterable[str], origins: Iterable[str] | None = None) -> int:
        """Delete articles with their passages, of some origins if they are named; return how many there were."""
        condition, values = f"id IN ({LIST})", [listed(ids)]
        if origins is not None:
            condition, values = f"{condition} AND origin IN ({LIST})", [*values, listed(origins)]
        with self._database.transaction():
            count = self._database.run(f"DELETE FROM articles WHERE {condition}", *values)
            if count:
                self._changed()
        return count

    def move(self, origins: Mapping[str, str]) -> None:
        """Record where articles lie now, by id; those that are gone, or came without a file meanwhile, are left out."""
        with self._database.transaction():
            self._move(origins)

    def _move(self, origins: Mapping[str, str]) -> None:
        for article_id, origin in origins.items():
            query = f"SELECT {_ARTICLE}, fingerprint, checksum FROM articles WHERE id = ? AND origin != ''"
            for row in self._database.rows(query, article_id):
                self._article(row)  # what is damaged must not get a checksum that says it is not
                values = [origin if key == "origin" else value for key, value in zip(_FIELDS, row, strict=False)]
                self._database.run(
                    "UPDATE articles SET origin = ?, checksum = ? WHERE id = ?", origin, checksum(*values), article_id
                )

    def forget_unused(self) -> None:
        """Delete vectors that no passage uses any more; the writers' lock is held."""
        with self._database.transaction():
            self._database.run("DELETE FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")

    def _changed(self) -> None:
        """Go into another state and remember the one before."""
        before = self.state
        self._database.run(
            "INSERT OR REPLACE INTO states VALUES (?, ?, ?)",
            *(before.revision, before.content, checksum(before.revision, before.content)),
        )
        self._database.run("DELETE FROM states WHERE revision <= ?", before.revision - _PAST)
        for key, value in (("revision", str(before.revision + 1)), ("state", token_hex(8))):
            self._set(key, value)

    def _set(self, key: str, value: str) -> None:
        self._database.run(
            "UPDATE settings SET value = ?, checksum = ? WHERE key = ?", value, checksum(key, value), key
        )

    # --- what examines and mends it

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
        rows = self._database.rows(f'{_EMBEDDED} WHERE article_id = ? ORDER BY "start"', article_id)
        found = [(self._embedded(row), row["key"]) for row in rows]
        return [(passage, key, vector) for (passage, vector), key in found]

    def unused(self) -> int:
        """Return how many vectors no passage uses."""
        return int(
            self._database.value("SELECT count(*) FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")
        )

    def highest(self) -> int:
        """Return the highest number that a passage has been given, 0 if there has been none."""
        return int(self._database.value("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'"))

    def sharing(self, ids: Iterable[str]) -> set[str]:
        """Return articles with those that have a vector in common with one of them."""
        wanted = set(ids)
        rows = self._database.rows(
            "SELECT DISTINCT article_id FROM passages WHERE embedding IN "
            f"(SELECT embedding FROM passages WHERE article_id IN ({LIST}))",
            listed(wanted),
        )
        return wanted | {row["article_id"] for row in rows}

    def mend(self) -> None:
        """Make the file's own indexes again."""
        self._database.run("REINDEX")

    def doubt(self, ids: Iterable[str]) -> None:
        """Let the next index of their files write damaged articles again, though the files may not have changed."""
        with self._database.transaction():
            for article_id in ids:
                try:
                    self.article(article_id)  # others may have written it again meanwhile
                except ArchiveDamaged:
                    self._database.run("UPDATE articles SET fingerprint = '' WHERE id = ?", article_id)

    def drop_passages(self, ids: Iterable[str]) -> None:
        """Delete the passages of articles and of none, with the vectors that only they use; the articles stay."""
        with self._database.transaction():
            self._database.run(
                f"DELETE FROM passages WHERE article_id IN ({LIST}) OR article_id NOT IN (SELECT id FROM articles)",
                listed(ids),
            )
            self._database.run("DELETE FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")
            self._database.run("DELETE FROM tokens WHERE key NOT IN (SELECT key FROM embeddings)")
            self._changed()

    def keep_again(self, entry: Entry, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Write the passages of an article with their vectors, unless the article has changed meanwhile."""
        with self._database.transaction():
            if self.article(entry.article.id) == entry.article:
                self._keep_vectors(vectors)
                self._keep(entry)
                self._changed()

    def become_another(self) -> None:
        """Be an archive of its own from now on, so that nothing made from the one it is a copy of is taken for its."""
        with self._database.transaction():
            self._changed()
            self._set("archive", token_hex(8))

    def write_copy(self, file: Path) -> None:
        """Write all of one moment to a new file, while others read and write; see `Database.write_copy`."""
        self._database.write_copy(file)

    # --- rows

    def _article(self, row: Row) -> Article:
        *values, stored = row
        if checksum(*values) != stored:
            raise ArchiveDamaged(f"{self._database.file}: article {row['id']} is damaged: {AGAIN}")
        fields = dict(zip(_FIELDS, values, strict=True))
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
        return self._passage(row[:-3]), self._vector(f"passage {row['number']}", *row[-3:])

    def _vector(self, of: str, key: bytes | None, vector: bytes, stored: bytes) -> Vectors:
        if checksum(key, vector) != stored:
            raise ArchiveDamaged(f"{self._database.file}: the vector of {of} is damaged: {AGAIN}")
        return np.frombuffer(vector, "<f4").astype(np.float32)

    def _codes(self, of: str, key: bytes | None, counts: bytes, codes: bytes, stored: int) -> TokenCodes:
        if key is None or _quick_checksum(key, counts, codes) != stored:
            raise ArchiveDamaged(f"{self._database.file}: the token vectors of {of} are damaged: {AGAIN}")
        rows = np.frombuffer(counts, "<u2").astype(np.uint16)
        return TokenCodes(rows, np.frombuffer(codes, np.uint8).reshape(int(rows.sum()), -1))

    # --- the file

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


def passage_id(article_id: str, start: int, text: str) -> str:
    """Return the id of a passage, by which the outside refers to it."""
    return hashlib.sha256(f"{article_id}\n{start}\n{text}".encode()).hexdigest()[:16]


def _quick_checksum(*values: bytes) -> int:
    """Return a checksum of what is large and only ranks, read for every question; -1 if it is not even bytes."""
    if not all(isinstance(value, bytes) for value in values):
        return -1
    total = 0
    for value in values:
        total = crc32(value, total)
    return total
