"""Write and delete articles, passages and vectors in the catalog."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Self

from index.archive import NO_ORIGINS, NO_VECTORS
from index.checksums import checksum
from index.errors import ArchiveDamaged, OtherModel
from index.local.catalog import FILE, Catalog
from index.local.database import LIST, LOCK_TIMEOUT, Database, json_list
from index.local.schema import (
    ARTICLE,
    FORMAT,
    PASSAGE,
    SCHEMA,
    article_row,
    codes_row,
    passage_row,
    provenance_row,
    vector_row,
    version_row,
)
from index.model.cache import Model
from index.types import Article, Entry, OlderVersion, PassageVectors

_MAX_VERSIONS = 20  # older ones of an article
_MAX_STATES = 10_000  # remembered states; a generation of an older state is rebuilt


class CatalogWriter(Catalog):
    """A catalog open for writing; commits are durable."""

    @classmethod
    def open(cls, data: Path, model: Model | None = None, *, timeout: float = LOCK_TIMEOUT) -> Self:
        """Open the catalog of a data folder for writing. With `model`, its vectors must come from that model.

        Wait at most `timeout` seconds for a lock.

        Raises:
            NoArchive: the folder has no catalog.
            OtherModel: the vectors come from another model.
            ArchiveError: the file cannot be written, or is not a catalog.
        """
        with Catalog.open(data, timeout=timeout) as catalog:
            if model and not catalog.model.same_vectors(model):
                raise OtherModel(
                    f"{data}: made with the model {catalog.model.identity}, not with {model.identity}: "
                    "use that model, or index into another data folder"
                )
        return cls(Database.writer(data / FILE, FORMAT, timeout))

    @classmethod
    def create(cls, data: Path, model: Model) -> Self:
        """Open the catalog of a data folder for writing; create one for `model` if the folder has none.

        Raises:
            ArchiveError: the file cannot be written, is not a catalog, or has vectors of another model.
        """
        file = data / FILE
        if not file.exists():
            with Database.create(file, FORMAT) as database:
                for statement in SCHEMA.split(";"):
                    database.run(statement)
                settings = {"model": json.dumps(asdict(model)), "revision": "0", "archive": token_hex(8), "state": ""}
                for setting in settings.items():
                    database.run("INSERT INTO settings VALUES (?, ?, ?)", *setting, checksum(*setting))
        return cls.open(data, model)

    def store_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Store vectors before their passages, in one transaction; the caller holds the write lock."""
        with self._database.transaction():
            self._store_vectors(vectors)

    def store(
        self,
        entries: Sequence[Entry],
        vectors: Mapping[bytes, PassageVectors] = NO_VECTORS,
        origins: Mapping[str, str] = NO_ORIGINS,
    ) -> set[str]:
        """Insert or replace articles with their passages in one transaction; return the ids of replaced articles.

        `vectors` are the missing vectors of their passages; all other vectors must exist. `origins` as in `move`.
        """
        with self._database.transaction():
            self._store_vectors(vectors)
            replaced = {entry.article.id for entry in entries if self._store(entry)}
            moved = self._move(origins)  # last, so that a damaged article that was just replaced does not raise
            if entries or moved:
                self._advance_state()
        return replaced

    def _store_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        for key, embedded in vectors.items():
            self._database.run(
                "INSERT OR IGNORE INTO embeddings (key, vector, checksum) VALUES (?, ?, ?)",
                *vector_row(key, embedded.vector),
            )
            self._database.run(
                "INSERT OR IGNORE INTO tokens (key, counts, codes, checksum) VALUES (?, ?, ?, ?)",
                *codes_row(key, embedded.tokens),
            )

    def _store(self, entry: Entry) -> bool:
        self._keep_version(entry.article)
        replaced = self._database.run("DELETE FROM articles WHERE id = ?", entry.article.id)
        self._database.run(
            f"INSERT INTO articles ({ARTICLE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *article_row(entry.article, entry.fingerprint),
        )
        if entry.provenance:
            row = provenance_row(entry.article.id, entry.provenance)
            self._database.run("INSERT INTO provenance VALUES (?, ?, ?)", *row)
        for passage, key in zip(entry.passages, entry.keys, strict=True):
            self._insert_passage(passage_row(entry.article, passage, key))
        return replaced > 0

    def keep_versions(self, versions: Iterable[Article]) -> None:
        """Store older versions of articles in one transaction, unless title and text are stored already."""
        with self._database.transaction():
            for article in versions:
                stored = self._stored_article(article.id)
                known = {version.article.version for version in self.versions(article.id)}
                if stored is not None and article.version not in {stored.version, *known}:
                    self._add_version(_replaced_now(article))

    def restore_versions(self, versions: Iterable[OlderVersion]) -> None:
        """Store older versions of stored articles in one transaction, with the times at which they were replaced."""
        with self._database.transaction():
            for version in versions:
                self._add_version(version)

    def _keep_version(self, article: Article) -> None:
        """Keep the stored article as an older version if title or text of the new one differ."""
        stored = self._stored_article(article.id)
        if stored is not None and stored.version != article.version:
            self._add_version(_replaced_now(stored))

    def _stored_article(self, article_id: str) -> Article | None:
        """Return an article; None if there is none, or it is damaged."""
        try:
            return self.article(article_id)
        except ArchiveDamaged:
            return None

    def _add_version(self, version: OlderVersion) -> None:
        self._database.run("INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?)", *version_row(version))
        self._database.run(
            "DELETE FROM versions WHERE article_id = ? AND version NOT IN "
            "(SELECT version FROM versions WHERE article_id = ? ORDER BY replaced DESC, rowid DESC LIMIT ?)",
            *(version.article.id, version.article.id, _MAX_VERSIONS),
        )

    def delete(self, ids: Iterable[str], origins: Iterable[str] | None = None) -> int:
        """Delete articles with their passages and versions, restricted to `origins` if given; return how many."""
        condition, values = f"id IN ({LIST})", [json_list(ids)]
        if origins is not None:
            condition, values = f"{condition} AND origin IN ({LIST})", [*values, json_list(origins)]
        with self._database.transaction():
            deleted = f"SELECT id FROM articles WHERE {condition}"
            self._database.run(f"DELETE FROM versions WHERE article_id IN ({deleted})", *values)
            count = self._database.run(f"DELETE FROM articles WHERE {condition}", *values)
            if count:
                self._advance_state()
        if count:
            self._database.truncate_log()  # it still has the text
        return count

    def move(self, origins: Mapping[str, str]) -> None:
        """Store new origins of articles by id; deleted articles and articles without a file are skipped."""
        with self._database.transaction():
            if self._move(origins):
                self._advance_state()

    def _move(self, origins: Mapping[str, str]) -> bool:
        """Return whether an outlet changed: the passages of its article then get new numbers, as indexes have both."""
        changed = False
        for article_id, origin in origins.items():
            query = f"SELECT {ARTICLE} FROM articles WHERE id = ? AND origin != ''"
            for row in self._database.rows(query, article_id):
                article = self._rows.article(row)  # fails if damaged: it must not get a valid checksum
                moved = replace(article, origin=origin)
                *_, stored = article_row(moved, row["fingerprint"])
                self._database.run(
                    "UPDATE articles SET origin = ?, checksum = ? WHERE id = ?", origin, stored, article_id
                )
                if moved.outlet != article.outlet:
                    self._renumber(article_id)
                    changed = True
        return changed

    def _renumber(self, article_id: str) -> None:
        """Give the passages of an article new numbers."""
        rows = self._database.rows(f'SELECT {PASSAGE} FROM passages WHERE article_id = ? ORDER BY "start"', article_id)
        self._database.run("DELETE FROM passages WHERE article_id = ?", article_id)
        for _, *values in rows:
            self._insert_passage(values)

    def _insert_passage(self, values: Iterable[str | int | bytes]) -> None:
        """Insert the row of a passage, in the order of `PASSAGE` without the number."""
        self._database.run(
            'INSERT INTO passages (id, article_id, "start", "end", language, sentences, embedding, checksum) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
        )

    def delete_unused_vectors(self) -> None:
        """Delete vectors that no passage uses; the caller holds the write lock."""
        with self._database.transaction():
            stored = self._database.value("SELECT count(*) FROM embeddings")
            if stored > self._database.value("SELECT count(DISTINCT embedding) FROM passages"):  # usually not, and fast
                self._database.run("DELETE FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")

    def truncate_log(self) -> None:
        """Empty the log of the file, unless a reader prevents it; it grows with every write and keeps deleted text."""
        self._database.truncate_log()

    def vacuum(self) -> None:
        """Delete unused vectors, and write the file again without free pages; the caller holds the write lock.

        Raises:
            ArchiveError: another process is writing, or too little space is free.
        """
        self.delete_unused_vectors()
        self._database.vacuum()

    def assign_new_identity(self) -> None:
        """Give a copy its own archive id, so that generations of the original are not used for it."""
        with self._database.transaction():
            self._advance_state()
            self._set("archive", token_hex(8))

    def _advance_state(self) -> None:
        """Enter a new state, and remember the previous one."""
        previous = self.state
        self._database.run(
            "INSERT OR REPLACE INTO states VALUES (?, ?, ?)",
            *(previous.revision, previous.token, checksum(previous.revision, previous.token)),
        )
        self._database.run("DELETE FROM states WHERE revision <= ?", previous.revision - _MAX_STATES)
        for key, value in (("revision", str(previous.revision + 1)), ("state", token_hex(8))):
            self._set(key, value)

    def _set(self, key: str, value: str) -> None:
        self._database.run(
            "UPDATE settings SET value = ?, checksum = ? WHERE key = ?", value, checksum(key, value), key
        )


def _replaced_now(article: Article) -> OlderVersion:
    return OlderVersion(article, datetime.now(UTC).replace(microsecond=0))
