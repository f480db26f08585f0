"""Write articles without files, a request at a time, concurrently with questions and other writers."""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import Literal, Self

from index.archive import ArchiveWriter
from index.errors import ArchiveDamaged
from index.language import Identifier
from index.model.embed import TextEmbedder
from index.process import ArticleProcessor, ProcessedArticle
from index.read.article import RawArticle
from index.shard import PassageText
from index.types import Article, Entry, PassageVectors, Span

_STEP = 4  # passages embedded in one step of a write, a third of a second on two cores
_MAX_INLINE = 50_000  # code points of an article that is split within a step
_POLL = 0.05  # seconds of a step that waits for a longer article


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of writing an article."""

    id: str
    change: Literal["created", "updated", "unchanged"]


class _StoppedError(Exception):
    """Ends the splitting of an article whose write was given up."""


class Ingest:
    """Writes articles to an archive. Not thread-safe; close it, or use it as a context manager."""

    def __init__(
        self, open_writer: Callable[[], ArchiveWriter], embedder: TextEmbedder, identifier: Identifier
    ) -> None:
        """Open the archive with `open_writer` at the first write."""
        self._open_writer = open_writer
        self._embedder = embedder
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
        steps = self.steps(articles, replacing)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                outcomes: list[Outcome] = end.value
                return outcomes

    def steps(
        self, articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str] = ()
    ) -> Generator[None, None, list[Outcome]]:
        """Do the same as `put` in steps of less than a second; other writes may be done between them.

        Only the last step writes: if the generator is closed before its end, nothing is written.
        """
        processed: dict[str, ProcessedArticle] = {}
        texts: dict[bytes, PassageText] = {}
        for article_id, raw in articles:
            article = self._processor.article(article_id, raw)
            fingerprint = self._processor.fingerprint(article)
            stored = self._open().fingerprints([article_id])
            if article_id not in replacing and article_id in stored and self._is_older(article):
                continue
            if article_id not in processed and stored.get(article_id, [None])[0] != fingerprint:
                if len(article.text) > _MAX_INLINE:
                    processed[article_id] = yield from self._process_aside(article, fingerprint, raw)
                else:
                    processed[article_id] = self._processor.process(article, fingerprint, raw.provenance)
                texts |= processed[article_id].texts
                yield
        existing = self._open().vectors(texts)
        missing = [key for key in texts if key not in existing]
        new: dict[bytes, PassageVectors] = {}
        for start in range(0, len(missing), _STEP):
            new |= self._processor.embed({key: texts[key] for key in missing[start : start + _STEP]})
            if start + _STEP < len(missing):
                yield
        return self._store(articles, replacing, processed, new)

    def _process_aside(
        self, article: Article, fingerprint: str, raw: RawArticle
    ) -> Generator[None, None, ProcessedArticle]:
        """Process a long article on a thread of its own, which ends soon if the generator is closed."""
        stopped = Event()

        def token_spans(text: str) -> list[Span]:
            if stopped.is_set():
                raise _StoppedError
            return self._embedder.token_spans(text)

        with ThreadPoolExecutor(1, thread_name_prefix="split") as thread:
            future = thread.submit(self._processor.process, article, fingerprint, raw.provenance, token_spans)
            try:
                while not future.done():
                    wait([future], _POLL)
                    yield
            finally:
                stopped.set()
        return future.result()

    def _store(
        self,
        articles: Sequence[tuple[str, RawArticle]],
        replacing: Collection[str],
        processed: Mapping[str, ProcessedArticle],
        vectors: dict[bytes, PassageVectors],
    ) -> list[Outcome]:
        """Write what is not stored yet; other writes may have changed the archive since the articles were processed."""
        archive = self._open()
        stored = archive.fingerprints(article_id for article_id, _ in articles)
        entries: dict[str, Entry] = {}
        texts: dict[bytes, PassageText] = {}
        older: dict[str, Article] = {}
        for article_id, raw in articles:
            done = processed.get(article_id)
            article = done.entry.article if done else self._processor.article(article_id, raw)
            if article_id not in replacing and article_id in stored and self._is_older(article):
                older[article_id] = article
                continue
            fingerprint = done.entry.fingerprint if done else self._processor.fingerprint(article)
            if article_id not in entries and stored.get(article_id, [None])[0] != fingerprint:
                done = done or self._processor.process(article, fingerprint, raw.provenance)
                entries[article_id] = done.entry
                texts |= done.texts
        # Existing vectors are stored too, since another process may delete them as unused in the meantime.
        vectors = archive.vectors(texts) | {key: vectors[key] for key in texts if key in vectors}
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
        """Return whether an article has a url and the stored one of the same id is of a later day."""
        if not article.url:
            return False
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
