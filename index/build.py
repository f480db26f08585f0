"""Files become an archive: read, processed, embedded and stored in one update."""

from collections.abc import Iterable, Sequence
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

_WINDOW = 64  # passages embedded before a commit: bounds what a crash costs, a second or two of work


def update(
    paths: Sequence[Path],
    archive: AbstractContextManager[ArchiveWriter],
    embedder: TextEmbedder,
    identifier: Identifier,
    *,
    prune: bool,
    progress: Progress,
) -> Summary:
    """Bring an archive up to date with the files under `paths`.

    `archive` opens it for an update. Unchanged articles are only read, and text is never embedded twice. Every step is
    stored as it is done: an interrupted update continues with the same call. Articles that are no longer in their file
    are deleted; with `prune`, so are those whose files under `paths` are gone. Articles without files may be written
    meanwhile.

    Raises:
        ArticleError: `paths` hold no articles.
        ArchiveError: the archive cannot be written, is being written, or is another model's.
    """
    found = files.find(paths, gone=prune)
    with archive as writer:
        work = _Update(writer, ArticleProcessor(embedder, identifier))
        work.take_all(found, progress)
        work.prune((file for file, _ in found), [path.resolve() for path in paths] if prune else [])
        work.summary.articles = writer.counts()["articles"]
    return work.summary


class _Update:
    def __init__(self, archive: ArchiveWriter, processor: ArticleProcessor) -> None:
        self.summary = Summary()
        self._archive = archive
        self._processor = processor
        self._known = archive.fingerprints()
        self._by_origin = {origin: article_id for article_id, (_, origin, url) in self._known.items() if url is None}
        self._seen: dict[str, tuple[str, str]] = {}  # fingerprint and origin by id
        self._unreadable: set[str] = set()
        self._moved: dict[str, str] = {}
        self._waiting: list[Entry] = []
        self._texts: dict[bytes, PassageText] = {}

    def take_all(self, found: Sequence[tuple[Path, str]], progress: Progress) -> None:
        """Take the articles of all files."""
        total = sum(files.count(file) for file, _ in found)
        items = (item for file, name in found for item in files.read(file, name))
        for done, item in enumerate(items):
            progress(
                f"{self.summary.added + self.summary.updated} new, {self.summary.unchanged} unchanged", done, total
            )
            self.take(item)
        self.flush()

    def take(self, item: RawArticle | Problem) -> None:
        """Take an article of a file, or a problem with one."""
        if isinstance(item, Problem):
            self.summary.problems.append(item.message)
            self._unreadable.add(str(item.file))
            return
        try:
            article = self._processor.article(self._identify(item), item, files.origin(item))
            fingerprint = self._processor.fingerprint(article)
            if not self._first_time(article, fingerprint):
                return
        except ArticleError as error:
            self.summary.problems.append(str(error))
            self._unreadable.add(str(item.file))
            return
        known = self._known.get(article.id)
        if known and known[0] == fingerprint:
            self.summary.unchanged += 1
            if known[1] not in ("", article.origin):
                self._moved[article.id] = article.origin
            return
        if known:
            self.summary.updated += 1
        else:
            self.summary.added += 1
        self._queue(article, fingerprint)

    def _identify(self, raw: RawArticle) -> str:
        if raw.url:
            return raw.id
        origin = files.origin(raw)
        if origin in self._by_origin:
            return self._by_origin[origin]  # the same file, reached through another folder
        if raw.id in self._known:
            before = self._known[raw.id][1]
            if before and files.file_of(before).exists():
                raise ArticleError(f"{origin}: has the same name as {before}: rename its folder, or give it a url")
        return raw.id

    def _first_time(self, article: Article, fingerprint: str) -> bool:
        """Tell whether an article has not been taken in this update; the same again is as good as unchanged."""
        seen, origin = self._seen.setdefault(article.id, (fingerprint, article.origin))
        if origin == article.origin:
            return True
        if seen != fingerprint:
            reason = "the same url" if article.url else "the same name"
            raise ArticleError(f"{article.origin}: has {reason} as {origin} but another content: the first was kept")
        self.summary.unchanged += 1
        return False

    def _queue(self, article: Article, fingerprint: str) -> None:
        processed = self._processor.process(article, fingerprint)
        self._texts |= processed.texts
        self._waiting.append(processed.entry)
        self.summary.passages += len(processed.entry.passages)
        if len(self._texts) >= _WINDOW:
            self.flush()

    def flush(self) -> None:
        """Embed and write what is waiting."""
        if self._moved:
            self._archive.move(self._moved)
            self._moved = {}
        if not self._waiting:
            return
        lacking = sorted(self._texts.keys() - self._archive.embedded(self._texts))
        # A window at a time, so that an article of a thousand passages does not hang on one commit.
        todo = iter(lacking)
        while window := list(islice(todo, _WINDOW)):
            self._archive.keep_vectors(self._processor.embedded({key: self._texts[key] for key in window}))
        self.summary.embedded += len(lacking)
        self._archive.keep(self._waiting)
        self._waiting, self._texts = [], {}

    def prune(self, read_files: Iterable[Path], roots: Iterable[Path]) -> None:
        """Delete articles that are no longer in `read_files`, and those of files under `roots` that are gone.

        What stands in a file that could not be read whole stays.
        """
        read = {str(file) for file in read_files}
        gone = []
        for article_id, (_, origin, _url) in self._known.items():
            file = files.file_of(origin)
            if not origin:
                continue  # it came without a file
            missed = str(file) in read or (not file.exists() and any(root in (file, *file.parents) for root in roots))
            if missed and article_id not in self._seen and str(file) not in self._unreadable:
                gone.append(article_id)
        if gone:
            # Unless it has come without a file meanwhile, beside this update.
            origins = {self._known[article_id][1] for article_id in gone}
            self.summary.pruned = self._archive.delete(gone, origins)
