"""Read everything in a catalog, to copy an archive elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from index.local.catalog import Catalog
from index.local.schema import PASSAGE
from index.types import Entry, PassageVectors, StoredPassage


class WholeCatalog(Catalog):
    """A catalog as an `index.archive.WholeArchive`."""

    def entries(self) -> Iterator[Entry]:
        """Yield all articles with their passages, in the order of passage numbers; then articles without passages.

        Raises:
            ArchiveDamaged: an article or a passage fails its checksum.
        """
        rows = self._database.iterate(f"SELECT {PASSAGE} FROM passages ORDER BY number")
        for article_id, passages in groupby(rows, key=itemgetter("article_id")):  # those of an article are consecutive
            stored = [(self._rows.passage(row), row["embedding"]) for row in passages]
            yield self._entry(article_id, stored)
        without = "SELECT id FROM articles WHERE id NOT IN (SELECT article_id FROM passages) ORDER BY id"
        for (article_id,) in self._database.iterate(without):
            yield self._entry(article_id, [])

    def _entry(self, article_id: str, stored: list[tuple[StoredPassage, bytes]]) -> Entry:
        article = self.all_articles([article_id])[article_id]
        for passage, _ in stored:
            self._rows.text(passage, article.text[passage.start : passage.end])
        return Entry(
            article,
            self.fingerprints([article_id])[article_id][0],
            tuple(passage for passage, _ in stored),
            tuple(key for _, key in stored),
            self.provenance(article_id),
        )

    def used_vectors(self) -> Iterator[tuple[bytes, PassageVectors]]:
        """Yield the keys of all passages, each once, with their vectors, in the order in which they were stored.

        Raises:
            ArchiveDamaged: a vector fails its checksum.
        """
        rows = self._database.iterate(
            "SELECT embeddings.key, vector, embeddings.checksum, tokens.key, counts, codes, tokens.checksum "
            "FROM embeddings LEFT JOIN tokens USING (key) "
            "WHERE EXISTS (SELECT 1 FROM passages WHERE embedding = embeddings.key) ORDER BY embeddings.rowid"
        )
        for row in rows:
            vector, codes = tuple(row)[:3], tuple(row)[3:]
            yield row[0], PassageVectors(self._rows.vector("a text", *vector), self._rows.codes("a text", *codes))


@contextmanager
def whole(data: Path) -> Iterator[WholeCatalog]:
    """Give a consistent view of everything in the archive of a data folder, concurrently with readers and writers.

    Raises:
        NoArchive: the folder has no archive.
        ArchiveError: the catalog cannot be read.
    """
    with WholeCatalog.open(data) as catalog, catalog.reading():
        yield catalog
