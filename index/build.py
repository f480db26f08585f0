"""Update an archive from files: read, process, embed and store their articles."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

from index.archive import ArchiveWriter
from index.errors import ArticleError
from index.language import Identifier
from index.model.cache import Progress
from index.model.embed import TextEmbedder
from index.process import ArticleProcessor, PassageText
from index.read import files
from index.read.article import Problem, RawArticle
from index.types import Article, Entry, Summary

_WINDOW = 64  # passages embedded before a commit: a crash loses one or two seconds of work


def update(
    paths: Sequence[Path],
    archive: AbstractContextManager[ArchiveWriter],
    embedder: TextEmbedder,
    identifier: Identifier,
    *,
    prune: bool,
    progress: Progress,
) -> Summary:
    """Update an archive from the files under `paths`.

    `archive` opens it for the update. Only changed text is embedded. Each step is committed: the same call resumes an
    interrupted update. Articles that are no longer in their file are deleted; with `prune`, so are articles whose
    files under `paths` no longer exist. Articles without files may be written at the same time.

    Raises:
        ArticleError: `paths` contain no articles.
        ArchiveError: the archive cannot be written, is locked, or has vectors of another model.
    """
    article_files = files.find(paths, allow_missing=prune)
    with archive as writer:
        work = _Update(writer, ArticleProcessor(embedder, identifier))
        work.add_all(article_files, progress)
        work.prune((file for file, _ in article_files), [path.resolve() for path in paths] if prune else [])
        work.summary.articles = writer.counts()["articles"]
    return work.summary


class _Update:
    def __init__(self, archive: ArchiveWriter, processor: ArticleProcessor) -> None:
        self.summary = Summary()
        self._archive = archive
        self._processor = processor
        self._stored = archive.fingerprints()
        self._by_origin = {origin: article_id for article_id, (_, origin, url) in self._stored.items() if url is None}
        self._seen: dict[str, tuple[str, str]] = {}  # fingerprint and origin by id
        self._unreadable: set[str] = set()
        self._moved_origins: dict[str, str] = {}
        self._pending: list[Entry] = []
        self._texts: dict[bytes, PassageText] = {}

    def add_all(self, article_files: Sequence[tuple[Path, str]], progress: Progress) -> None:
        """Process the articles of all files."""
        total = sum(files.count(file) for file, _ in article_files)
        items = (item for file, name in article_files for item in files.read(file, name))
        for done, item in enumerate(items):
            progress(
                f"{self.summary.added + self.summary.updated} new, {self.summary.unchanged} unchanged", done, total
            )
            self.add(item)
        self.flush()

    def add(self, item: RawArticle | Problem) -> None:
        """Process an article of a file, or record a problem."""
        if isinstance(item, Problem):
            self.summary.problems.append(item.message)
            self._unreadable.add(str(item.file))
            return
        try:
            article = self._processor.article(self._identify(item), item, files.origin(item))
            fingerprint = self._processor.fingerprint(article)
            if not self._is_first(article, fingerprint):
                return
        except ArticleError as error:
            self.summary.problems.append(str(error))
            self._unreadable.add(str(item.file))
            return
        stored = self._stored.get(article.id)
        if stored and stored[0] == fingerprint:
            self.summary.unchanged += 1
            if stored[1] not in ("", article.origin):
                self._moved_origins[article.id] = article.origin
            return
        if stored:
            self.summary.updated += 1
        else:
            self.summary.added += 1
        self._enqueue(article, fingerprint, item.provenance)

    def _identify(self, raw: RawArticle) -> str:
        if raw.url:
            return raw.id
        origin = files.origin(raw)
        if origin in self._by_origin:
            return self._by_origin[origin]  # the same file, found through another folder
        if raw.id in self._stored:
            stored_origin = self._stored[raw.id][1]
            if stored_origin and files.file_of(stored_origin).exists():
                raise ArticleError(
                    f"{origin}: has the same name as {stored_origin}: rename its folder, or give it a url"
                )
        return raw.id

    def _is_first(self, article: Article, fingerprint: str) -> bool:
        """Return whether this update has not seen the article; count an identical duplicate as unchanged."""
        seen, origin = self._seen.setdefault(article.id, (fingerprint, article.origin))
        if origin == article.origin:
            return True
        if seen != fingerprint:
            reason = "the same url" if article.url else "the same name"
            raise ArticleError(f"{article.origin}: has {reason} as {origin} but different content: the first was kept")
        self.summary.unchanged += 1
        return False

    def _enqueue(self, article: Article, fingerprint: str, provenance: Mapping[str, str]) -> None:
        processed = self._processor.process(article, fingerprint, provenance)
        self._texts |= processed.texts
        self._pending.append(processed.entry)
        self.summary.passages += len(processed.entry.passages)
        if len(self._texts) >= _WINDOW:
            self.flush()

    def flush(self) -> None:
        """Embed and store the pending articles."""
        if self._moved_origins:
            self._archive.move(self._moved_origins)
            self._moved_origins = {}
        if not self._pending:
            return
        missing = sorted(self._texts.keys() - self._archive.existing_keys(self._texts))
        # In windows, so that an article of a thousand passages does not depend on a single commit.
        remaining = iter(missing)
        while window := list(islice(remaining, _WINDOW)):
            self._archive.store_vectors(self._processor.embed({key: self._texts[key] for key in window}))
        self.summary.embedded += len(missing)
        self._archive.store(self._pending)
        self._pending, self._texts = [], {}

    def prune(self, read_files: Iterable[Path], roots: Iterable[Path]) -> None:
        """Delete articles that are no longer in `read_files`, and articles of missing files under `roots`.

        Articles of a file with problems are not deleted.
        """
        read = {str(file) for file in read_files}
        gone = []
        for article_id, (_, origin, _url) in self._stored.items():
            file = files.file_of(origin)
            if not origin:
                continue  # an article without a file
            removed = str(file) in read or (not file.exists() and any(root in (file, *file.parents) for root in roots))
            if removed and article_id not in self._seen and str(file) not in self._unreadable:
                gone.append(article_id)
        if gone:
            # The origins exclude articles that were written without a file during this update.
            origins = {self._stored[article_id][1] for article_id in gone}
            self.summary.pruned = self._archive.delete(gone, origins)
