"""Rebuild derived data: passages and vectors from the stored articles, generations from the catalog."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from index.errors import ArchiveDamaged, ArchiveError
from index.local.database import LIST, json_list
from index.local.generation import GENERATIONS
from index.local.lock import write_lock
from index.local.publish import publish
from index.local.schema import DAMAGED_ID
from index.local.writer import CatalogWriter
from index.process import ArticleProcessor
from index.types import Entry, PassageVectors, Report

_LOCK_TIMEOUT = 2.0  # seconds to wait for a writer


def repair(data: Path, processor: ArticleProcessor | None, report: Report, *, timeout: float = _LOCK_TIMEOUT) -> None:
    """Repair the derived data that `examine` reported; without a processor, passages are not rebuilt.

    A damaged article cannot be repaired: it is marked, and indexing its file replaces it even if the file is unchanged.
    Another writer is waited for at most `timeout` seconds.

    Raises:
        ArchiveBusy: another process is writing.
        ArchiveError: the catalog cannot be written.
    """
    with write_lock(data, timeout), _RepairWriter.open(data) as catalog:
        if not report.file_sound:
            with suppress(ArchiveError):  # the next examination reports what could not be repaired
                catalog.reindex()
            catalog.delete_damaged_ids()
        catalog.mark_stale(report.damaged)
        if processor and (report.broken or not report.file_sound):
            broken = catalog.sharing_vectors(report.broken) - set(report.damaged)
            catalog.drop_passages(broken)
            for article_id in sorted(broken):
                if article := catalog.article(article_id):
                    processed = processor.process(article, processor.fingerprint(article))
                    catalog.replace_passages(processed.entry, processor.embed(processed.texts))
        catalog.delete_damaged_history()
        catalog.delete_unused_vectors()
        if not report.index_sound:
            shutil.rmtree(data / GENERATIONS, ignore_errors=True)
        with suppress(ArchiveDamaged):  # of a damaged article
            publish(catalog, data)


class _RepairWriter(CatalogWriter):
    """A catalog open for repair."""

    def sharing_vectors(self, ids: Iterable[str]) -> set[str]:
        """Return `ids` with the ids of all articles that share a vector with one of them."""
        wanted = set(ids)
        rows = self._database.rows(
            "SELECT DISTINCT article_id FROM passages WHERE embedding IN "
            f"(SELECT embedding FROM passages WHERE article_id IN ({LIST}))",
            json_list(wanted),
        )
        return wanted | {row["article_id"] for row in rows}

    def reindex(self) -> None:
        """Rebuild the SQLite indexes."""
        self._database.run("REINDEX")

    def delete_damaged_ids(self) -> None:
        """Delete the articles whose id is damaged: nothing else says which articles they were."""
        with self._database.transaction():
            if self._database.run(f"DELETE FROM articles WHERE {DAMAGED_ID}"):
                self._advance_state()

    def mark_stale(self, ids: Iterable[str]) -> None:
        """Clear the fingerprints of damaged articles, so that indexing their unchanged files replaces them."""
        with self._database.transaction():
            for article_id in ids:
                try:
                    self.article(article_id)  # another process may have replaced it
                except ArchiveDamaged:
                    self._database.run("UPDATE articles SET fingerprint = '' WHERE id = ?", article_id)

    def drop_passages(self, ids: Iterable[str]) -> None:
        """Delete the passages of articles, passages without an article, and the vectors that become unused."""
        with self._database.transaction():
            self._database.run(
                f"DELETE FROM passages WHERE article_id IN ({LIST}) OR article_id NOT IN (SELECT id FROM articles)",
                json_list(ids),
            )
            self._database.run("DELETE FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)")
            self._database.run("DELETE FROM tokens WHERE key NOT IN (SELECT key FROM embeddings)")
            self._advance_state()

    def delete_damaged_history(self) -> None:
        """Delete older versions of articles and provenance that are damaged."""
        with self._database.transaction():
            for _, table, row in self.damaged_history():
                self._database.run(f"DELETE FROM {table} WHERE rowid = ?", row)

    def replace_passages(self, entry: Entry, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Store the passages of an article with their vectors, unless another process has changed the article."""
        with self._database.transaction():
            if self.article(entry.article.id) == entry.article:
                self._store_vectors(vectors)
                self._store(replace(entry, provenance=self.provenance(entry.article.id)))
                self._advance_state()
