"""Read an exported archive from its folder into an empty one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

from index.archive import ArchiveWriter
from index.checksums import passage_id
from index.errors import ArchiveDamaged, FieldError
from index.limits import MAX_ID, MAX_LENGTHS, check_characters
from index.model.cache import Progress
from index.parquet.manifest import Manifest
from index.parquet.tables import ARTICLES, FILES, PASSAGES, VECTORS, VERSIONS, Values, read
from index.types import Article, Entry, OlderVersion, Passage, PassageVectors, TokenCodes

_BATCH_SIZE = 1000  # passages or vectors that are stored at once
_MAX_LENGTHS = MAX_LENGTHS | {"id": MAX_ID}
_BATCH_OF_VERSIONS = 20  # texts of up to 8 MB
_T = TypeVar("_T")
_EXPORT_AGAIN = "repair its archive with newsqa doctor --repair, and export it again"


@dataclass(frozen=True, slots=True)
class ExportedArchive:
    """An exported archive whose files are complete and unchanged."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an exported archive after comparing each file with its SHA-256. Raises as `Manifest.read`."""
        return cls(folder, Manifest.read(folder, FILES))

    def copy_to(self, archive: ArchiveWriter, progress: Progress) -> None:
        """Store everything in an empty archive: vectors, then articles with their passages, then older versions.

        Ids and keys are verified here, spans, sentences and vectors by whoever examines the archive. Memory is
        bounded, whatever the size of the archive.

        Raises:
            ArchiveDamaged: a value contradicts others, or a file has not as many rows as the manifest says.
            ArchiveError: the archive cannot be written.
        """
        total, done = self.manifest.rows, 0
        for vectors in _batches(self._vectors(), _BATCH_SIZE):
            archive.store_vectors(dict(vectors))
            done += len(vectors)
            progress("importing vectors", done, total[VECTORS])
        done = 0
        for entries in self._batches_of_entries():
            keys = {key for entry in entries for key in entry.keys}
            if missing := keys - archive.existing_keys(keys):
                raise self._damaged(PASSAGES, f"the key {min(missing).hex()} is not in {VECTORS}")
            archive.store(entries)
            done += len(entries)
            progress("importing articles", done, total[ARTICLES])
        for versions in _batches(self._versions(), _BATCH_OF_VERSIONS):
            ids = {version.article.id for version in versions}
            if missing_ids := ids - archive.fingerprints(ids).keys():
                raise self._damaged(VERSIONS, f"article {min(missing_ids)} is not in {ARTICLES}")
            archive.restore_versions(versions)
        stored = archive.counts()
        for name, count in ((ARTICLES, "articles"), (PASSAGES, "passages"), (VECTORS, "embeddings")):
            if stored[count] != total[name]:
                raise self._damaged(name, "it has a row twice")

    def _rows(self, name: str) -> Iterator[Values]:
        """Yield the rows of a file, and verify how many there are."""
        number = 0
        for number, row in enumerate(read(self.folder / name, self.manifest.model.dimension), start=1):  # noqa: B007
            yield row
        if number != self.manifest.rows[name]:
            raise self._damaged(name, f"it has {number} rows, and the manifest says {self.manifest.rows[name]}")

    def _damaged(self, name: str, problem: str) -> ArchiveDamaged:
        return ArchiveDamaged(f"{self.folder / name}: {problem}: {_EXPORT_AGAIN}")

    def _vectors(self) -> Iterator[tuple[bytes, PassageVectors]]:
        for key, vector, counts, codes in self._rows(VECTORS):
            try:
                rows = np.frombuffer(codes, np.uint8).reshape(sum(counts), -1)
            except ValueError as error:
                raise self._damaged(VECTORS, f"the token vectors with the key {key.hex()} are incomplete") from error
            yield key, PassageVectors(vector, TokenCodes(np.array(counts, np.uint16), rows))

    def _batches_of_entries(self) -> Iterator[list[Entry]]:
        """Yield articles with their passages, about `_BATCH_SIZE` passages at once, which also bounds their texts."""
        batch: list[Entry] = []
        size = 0
        for entry in self._entries():
            batch.append(entry)
            size += 1 + len(entry.passages)
            if size >= _BATCH_SIZE:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _entries(self) -> Iterator[Entry]:
        """Yield articles with their passages; both files have them in one order."""
        groups = groupby(self._rows(PASSAGES), key=itemgetter(1))
        article_id, passages = next(groups, (None, iter(())))
        for article_row in self._rows(ARTICLES):
            *values, origin, fingerprint, provenance = article_row
            article = self._article(ARTICLES, values, origin)
            stored: list[tuple[Passage, bytes]] = []
            if article.id == article_id:
                stored = [self._passage(article, row) for row in passages]
                article_id, passages = next(groups, (None, iter(())))
            yield Entry(
                article,
                fingerprint,
                tuple(passage for passage, _ in stored),
                tuple(key for _, key in stored),
                dict(provenance),
            )
        if article_id is not None:
            raise self._damaged(PASSAGES, f"article {article_id} is not in {ARTICLES}, or in another order")

    def _article(self, name: str, values: Iterable[object], origin: str = "") -> Article:
        """Return the article of the values of its fields up to the url.

        Raises:
            ArchiveDamaged: a text has characters that cannot be stored, or is longer than articles may have it.
        """
        article = Article(*values, origin)  # type: ignore[arg-type, call-arg]  # the schema of the table has their types
        for field in ("id", "title", "text", "language", "source", "author", "url", "origin"):
            value = getattr(article, field) or ""
            try:
                check_characters(field, value)
                if len(value) > (limit := _MAX_LENGTHS.get(field, len(value))):
                    raise FieldError(field, f"'{field}' has {len(value)} characters, more than {limit}")
            except FieldError as error:
                raise self._damaged(name, f"article {article.id[:MAX_ID]!r}: {error}") from error
        return article

    def _passage(self, article: Article, row: Values) -> tuple[Passage, bytes]:
        public, _, start, end, language, sentences, key = row
        if public != passage_id(article.id, start, article.text[start:end]):
            raise self._damaged(PASSAGES, f"passage {public!r} has the id of another text")
        spans = tuple((sentence["start"], sentence["end"]) for sentence in sentences)
        return Passage(start, end, language, spans), key

    def _versions(self) -> Iterator[OlderVersion]:
        for article_id, version, replaced, *values in self._rows(VERSIONS):
            article = self._article(VERSIONS, (article_id, *values))
            if version != article.version:
                raise self._damaged(VERSIONS, f"version {version!r} of article {article_id} has another text")
            yield OlderVersion(article, replaced)


def _batches(values: Iterator[_T], size: int) -> Iterator[list[_T]]:
    while batch := list(islice(values, size)):
        yield batch
