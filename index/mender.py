"""What only repairing writes to the catalog."""

from collections.abc import Iterable, Mapping

from index.database import LIST, listed
from index.errors import ArchiveDamaged
from index.rows import Entry, PassageVectors
from index.writer import Writer


class Mender(Writer):
    """A catalog open for writing again what is damaged."""

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
