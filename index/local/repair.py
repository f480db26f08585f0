"""Makes again what is derived: generations from the catalog, passages and vectors from the text of articles."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from index.errors import ArchiveDamaged, ArchiveError
from index.local.database import LIST, listed
from index.local.generation import GENERATIONS, publish
from index.local.lock import write_lock
from index.local.writer import CatalogWriter
from index.process import ArticleProcessor
from index.types import Entry, PassageVectors, Report

_WAIT = 2.0  # seconds for a writer to finish what it is at


def repair(data: Path, processor: ArticleProcessor | None, found: Report, *, wait: float = _WAIT) -> None:
    """Mend what `examine` found, as far as it can be made again; without a processor passages stay as they are.

    An article that is damaged itself is left, but indexing its file writes it again even if the file has not changed.
    Another writer is waited for at most `wait` seconds.

    Raises:
        ArchiveBusy: another process is writing.
        ArchiveError: the catalog cannot be written.
    """
    with write_lock(data, wait), _RepairWriter.open(data) as catalog:
        if not found.file_sound:
            with suppress(ArchiveError):  # what cannot be mended is found again by who examines it next
                catalog.reindex()
        catalog.mark_stale(found.damaged)
        if processor and (found.broken or not found.file_sound):
            broken = catalog.sharing_vectors(found.broken) - set(found.damaged)
            catalog.drop_passages(broken)
            for article_id in sorted(broken):
                if article := catalog.article(article_id):
                    processed = processor.process(article, processor.fingerprint(article))
                    catalog.replace_passages(processed.entry, processor.embedded(processed.texts))
        catalog.forget_unused()
        if not found.index_sound:
            shutil.rmtree(data / GENERATIONS, ignore_errors=True)
        with suppress(ArchiveDamaged):  # of an article that is damaged itself
            publish(catalog, data)


class _RepairWriter(CatalogWriter):
    """A catalog open for writing again what is damaged."""

    def sharing_vectors(self, ids: Iterable[str]) -> set[str]:
        """Return articles with those that have a vector in common with one of them."""
        wanted = set(ids)
        rows = self._database.rows(
            "SELECT DISTINCT article_id FROM passages WHERE embedding IN "
            f"(SELECT embedding FROM passages WHERE article_id IN ({LIST}))",
            listed(wanted),
        )
        return wanted | {row["article_id"] for row in rows}

    def reindex(self) -> None:
        """Make the file's own indexes again."""
        self._database.run("REINDEX")

    def mark_stale(self, ids: Iterable[str]) -> None:
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

    def replace_passages(self, entry: Entry, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Write the passages of an article with their vectors, unless the article has changed meanwhile."""
        with self._database.transaction():
            if self.article(entry.article.id) == entry.article:
                self._keep_vectors(vectors)
                self._keep(entry)
                self._changed()
