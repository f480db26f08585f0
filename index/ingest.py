"""Write articles without files, a request at a time, concurrently with questions and other writers."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from index.archive import ArchiveWriter
from index.errors import ArchiveDamaged
from index.language import Identifier
from index.model.embed import TextEmbedder
from index.process import ArticleProcessor, PassageText
from index.read.article import RawArticle
from index.types import Article, Entry


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of writing an article."""

    id: str
    change: Literal["created", "updated", "unchanged"]


class Ingest:
    """Writes articles to an archive. Not thread-safe; close it, or use it as a context manager."""

    def __init__(
        self, open_writer: Callable[[], ArchiveWriter], embedder: TextEmbedder, identifier: Identifier
    ) -> None:
        """Open the archive with `open_writer` at the first write."""
        self._open_writer = open_writer
        self._processor = ArticleProcessor(embedder, identifier)
        self._archive: ArchiveWriter | None = None

    def put(self, articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str] = ()) -> list[Outcome]:
        """Insert or replace articles by id, in one transaction; articles with the same id must be equal.

        An article with a url stands if the new one is of an earlier day; that is kept as its older version, and the
        outcome is `unchanged`. Those with an id in `replacing` are replaced whatever their days. On return the articles
        are durable, and the next question finds them.

        Raises:
            ArchiveError: nothing was written.
        """
        archive = self._open()
        stored = archive.fingerprints(article_id for article_id, _ in articles)
        entries: dict[str, Entry] = {}
        texts: dict[bytes, PassageText] = {}
        older: dict[str, Article] = {}
        for article_id, raw in articles:
            article = self._processor.article(article_id, raw)
            if article.url and article_id in stored and article_id not in replacing and self._is_older(article):
                older[article_id] = article
                continue
            fingerprint = self._processor.fingerprint(article)
            if article_id not in entries and stored.get(article_id, [None])[0] != fingerprint:
                processed = self._processor.process(article, fingerprint, raw.provenance)
                entries[article_id] = processed.entry
                texts |= processed.texts
        # Existing vectors are stored too, since another process may delete them as unused in the meantime.
        vectors = archive.vectors(texts)
        vectors |= self._processor.embed({key: text for key, text in texts.items() if key not in vectors})
        # An article that was written without a file is not deleted with a file.
        unfiled = {
            article_id: "" for article_id, (_, origin, _url) in stored.items() if origin and article_id not in older
        }
        replaced = archive.store([*entries.values()], vectors, unfiled)
        archive.keep_versions(older.values())
        outcomes = []
        for article_id, _ in articles:
            entry = entries.pop(article_id, None)
            change: Literal["updated", "created"] = "updated" if article_id in replaced else "created"
            outcomes.append(Outcome(article_id, change if entry else "unchanged"))
        return outcomes

    def _is_older(self, article: Article) -> bool:
        """Return whether the stored article of the same id is of a later day."""
        try:
            stored = self._open().articles([article.id])[article.id].published
        except (ArchiveDamaged, KeyError):
            return False
        return article.published is not None and stored is not None and article.published < stored

    def delete(self, article_id: str) -> bool:
        """Delete an article, with or without a file; return whether it existed.

        Raises:
            ArchiveError: nothing was deleted.
        """
        return self._open().delete([article_id]) > 0

    def _open(self) -> ArchiveWriter:
        if self._archive is not None and self._archive.replaced():
            self.close()
        if self._archive is None:
            self._archive = self._open_writer()
        return self._archive

    def close(self) -> None:
        """Close the archive."""
        if self._archive is not None:
            self._archive.close()
        self._archive = None

    def __enter__(self) -> Self:
        """Return the ingest."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the archive."""
        self.close()
