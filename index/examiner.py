"""What only examining needs of the catalog."""

from collections.abc import Iterator

from index.catalog import Catalog
from index.rows import EMBEDDED
from index.types import StoredPassage, Vectors


class Examiner(Catalog):
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

    def highest(self) -> int:
        """Return the highest number that a passage has been given, 0 if there has been none."""
        return int(self._database.value("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'"))
