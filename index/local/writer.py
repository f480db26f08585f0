"""Articles, passages and vectors are written into the catalog and deleted."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from secrets import token_hex
from types import MappingProxyType
from typing import Self

from index.errors import OtherModel
from index.local.catalog import FILE, Catalog
from index.local.database import LIST, WAIT, Database, checksum, listed
from index.local.schema import ARTICLE, FORMAT, SCHEMA, article_row, codes_row, passage_row, vector_row
from index.model.cache import Model
from index.types import Entry, PassageVectors

_PAST = 10_000  # states that are remembered; a generation of one before is made again


class CatalogWriter(Catalog):
    """A catalog open for writing; what is written survives a loss of power."""

    @classmethod
    def open(cls, data: Path, model: Model | None = None, *, wait: float = WAIT) -> Self:
        """Open the catalog of a data folder for writing; vectors only if they are of `model`.

        Another process may hold it for `wait` seconds.

        Raises:
            NoArchive: there is none.
            OtherModel: it was made with another model.
            ArchiveError: it cannot be written, or is not a catalog.
        """
        with Catalog.open(data, wait=wait) as catalog:
            if model and not catalog.model.same_vectors(model):
                raise OtherModel(
                    f"{data}: made with the model {catalog.model.identity}, not with {model.identity}: "
                    "use that model, or index into another data folder"
                )
        return cls(Database.writer(data / FILE, FORMAT, wait))

    @classmethod
    def create(cls, data: Path, model: Model) -> Self:
        """Open the catalog of a data folder for writing, making one for `model` if there is none.

        Raises:
            ArchiveError: it cannot be written, or is not a catalog, or is another model's.
        """
        file = data / FILE
        if not file.exists():
            with Database.made(file, FORMAT) as database:
                for statement in SCHEMA.split(";"):
                    database.run(statement)
                settings = {"model": json.dumps(asdict(model)), "revision": "0", "archive": token_hex(8), "state": ""}
                for setting in settings.items():
                    database.run("INSERT INTO settings VALUES (?, ?, ?)", *setting, checksum(*setting))
        return cls.open(data, model)

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
            self._database.run(
                "INSERT OR IGNORE INTO embeddings (key, vector, checksum) VALUES (?, ?, ?)",
                *vector_row(key, embedded.vector),
            )
            self._database.run(
                "INSERT OR IGNORE INTO tokens (key, counts, codes, checksum) VALUES (?, ?, ?, ?)",
                *codes_row(key, embedded.tokens),
            )

    def _keep(self, entry: Entry) -> bool:
        replaced = self._database.run("DELETE FROM articles WHERE id = ?", entry.article.id)
        self._database.run(
            f"INSERT INTO articles ({ARTICLE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *article_row(entry.article, entry.fingerprint),
        )
        for passage, key in zip(entry.passages, entry.keys, strict=True):
            self._database.run(
                'INSERT INTO passages (id, article_id, "start", "end", language, sentences, embedding, checksum) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                *passage_row(entry.article, passage, key),
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
            query = f"SELECT {ARTICLE} FROM articles WHERE id = ? AND origin != ''"
            for row in self._database.rows(query, article_id):
                article = self._rows.article(row)  # what is damaged must not get a checksum that says it is not
                *_, stored = article_row(replace(article, origin=origin), row["fingerprint"])
                self._database.run(
                    "UPDATE articles SET origin = ?, checksum = ? WHERE id = ?", origin, stored, article_id
                )

    def forget_unused(self) -> None:
        """Delete vectors that no passage uses any more; the writers' lock is held."""
        with self._database.transaction():
            self._database.run("DELETE FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")

    def become_another(self) -> None:
        """Be an archive of its own from now on, so that nothing made from the one it is a copy of is taken for its."""
        with self._database.transaction():
            self._changed()
            self._set("archive", token_hex(8))

    def _changed(self) -> None:
        """Go into another state and remember the one before."""
        before = self.state
        self._database.run(
            "INSERT OR REPLACE INTO states VALUES (?, ?, ?)",
            *(before.revision, before.token, checksum(before.revision, before.token)),
        )
        self._database.run("DELETE FROM states WHERE revision <= ?", before.revision - _PAST)
        for key, value in (("revision", str(before.revision + 1)), ("state", token_hex(8))):
            self._set(key, value)

    def _set(self, key: str, value: str) -> None:
        self._database.run(
            "UPDATE settings SET value = ?, checksum = ? WHERE key = ?", value, checksum(key, value), key
        )
