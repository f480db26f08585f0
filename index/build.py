"""Update an archive from files: read, process, embed and store their articles."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from index.archive import ArchiveWriter
from index.engine import Engine, LocalEngine
from index.errors import ArchiveDamaged, ArticleError
from index.language import Identifier
from index.model.cache import Progress
from index.model.embed import TextEmbedder
from index.pipeline import Pipeline, Reuse
from index.process import ArticleProcessor
from index.read import files
from index.read.article import Problem, RawArticle
from index.shard import PassageText
from index.types import Article, Entry, Summary

Read = Callable[[Path, str], Iterator[RawArticle | Problem]]
"""Reads a file with its name in the archive, as `files.read`."""

_MIN_TEXTS = 64  # passages that are processed before they are embedded


def update(
    paths: Sequence[Path],
    archive: AbstractContextManager[ArchiveWriter],
    embedder: TextEmbedder,
    identifier: Identifier,
    *,
    prune: bool,
    progress: Progress,
    data: Path | None = None,
    read: Read = files.read,
    engine: Engine | None = None,
    reuse: Reuse | None = None,
) -> Summary:
    """Update an archive from the files under `paths`.

    `archive` opens it for the update; its folder `data` is not searched for articles. Only changed text is embedded.
    Each step is committed: the same call resumes an interrupted update. Articles that are no longer in their file are
    deleted; with `prune`, so are articles whose files under `paths` no longer exist. Of several versions of one url
    the newest stands, and the others are kept as its older versions. Articles without files may be written at the same
    time. `read` reads a file. Passages are embedded by `engine`, by default by `embedder` in this process; the vectors
    are the same. Passages whose vectors `reuse` has are not embedded.

    Raises:
        ArticleError: `paths` contain no articles.
        ArchiveError: the archive cannot be written, is locked, or has vectors of another model.
    """
    skipped: Counter[str] = Counter()
    article_files = files.find(paths, allow_missing=prune, excluded=data.resolve() if data else None, skipped=skipped)
    with archive as writer:
        processor = ArticleProcessor(embedder, identifier)
        with nullcontext(engine) if engine else LocalEngine(processor) as used:
            names = {str(file) for file, _ in article_files}
            work = _Update(writer, processor, names, prune, skipped, engine=used, progress=progress, reuse=reuse)
            work.add_all(article_files, read)
            work.prune([path.resolve() for path in paths] if prune else [])
        work.summary.articles = writer.sizes()["articles"]
    return work.summary


@dataclass(frozen=True, slots=True)
class _Version:
    """An article as one place gives it."""

    article: Article
    fingerprint: str
    number: int  # in the order of reading
    provenance: Mapping[str, str] = field(default_factory=dict)

    def replaces(self, other: "_Version") -> bool:
        """Return whether this version stands: the newer one by its date, or else the one read later."""
        dates = self.article.published, other.article.published
        if dates[0] is not None and dates[1] is not None and dates[0] != dates[1]:
            return dates[0] > dates[1]
        return self.number > other.number


class _Update:
    """One update. While the passages of some articles are embedded elsewhere, the next articles are read."""

    def __init__(
        self,
        archive: ArchiveWriter,
        processor: ArticleProcessor,
        article_files: Set[str],
        prune: bool,
        skipped: Counter[str],
        *,
        engine: Engine,
        progress: Progress,
        reuse: Reuse | None,
    ) -> None:
        self.summary = Summary()
        self._skipped = skipped
        self._archive = archive
        self._processor = processor
        self._files = article_files
        self._prune = prune
        self._stored = archive.fingerprints()
        self._by_origin = {origin: article_id for article_id, (_, origin, url) in self._stored.items() if url is None}
        self._seen: dict[str, _Version] = {}
        self._deferred: list[_Version] = []  # until the place of the stored version has been read
        self._number = 0
        self._warnings: dict[str, None] = {}  # in order, each once
        self._unknown: dict[Path, dict[str, None]] = {}  # names of fields by file
        self._unreadable: set[str] = set()
        self._moved_origins: dict[str, str] = {}
        self._pending: list[Entry] = []
        self._texts: dict[bytes, PassageText] = {}
        self._pipeline = Pipeline(archive, engine, self._report, reuse)
        self._progress = progress
        self._done, self._total = 0, 0  # articles

    def add_all(self, article_files: Sequence[tuple[Path, str]], read: Read) -> None:
        """Process the articles of all files."""
        expected = [files.count(file) for file, _ in article_files]
        after = sum(expected)
        for (file, name), count in zip(article_files, expected, strict=True):
            after -= count
            first = self._done
            for item in read(file, name):
                # A packed file has more articles than was expected.
                self._total = max(first + count, self._done + 1) + after
                self._report()
                self.add(item)
                self._done += isinstance(item, RawArticle) or not item.warning
        for version in self._deferred:
            self._decide(version)
        self._embed()
        self._pipeline.finish()
        self.summary.embedded, self.summary.hosts = self._pipeline.embedded, self._pipeline.hosts
        for file, names in self._unknown.items():
            self._warnings[f"{file}: unknown fields, not used: {', '.join(names)}"] = None
        self.summary.warnings += self._warnings
        self.summary.skipped = dict(self._skipped.most_common())

    def add(self, item: RawArticle | Problem) -> None:
        """Process an article of a file, or record a problem."""
        self._number += 1
        if isinstance(item, Problem) and item.passed_over:
            self._skipped.update(item.passed_over)
            return
        if isinstance(item, Problem) and item.warning:
            self._warnings[item.message] = None
            return
        if isinstance(item, Problem):
            self.summary.problems.append(item.message)
            self._unreadable.add(str(item.file))
            return
        try:
            article = self._processor.article(self._identify(item), item, files.origin(item))
            self._warn(item, article)
            version = _Version(article, self._processor.fingerprint(article), self._number, item.provenance)
            if self._is_deferred(version):
                self._deferred.append(version)
            elif self._is_older_than_stored(version):
                self._supersede(article)
            else:
                self._decide(version)
        except (ArticleError, MemoryError, RecursionError) as error:
            message = str(error) if isinstance(error, ArticleError) else f"{item.file}: {type(error).__name__}"
            self.summary.problems.append(message)
            self._unreadable.add(str(item.file))

    def _warn(self, raw: RawArticle, article: Article) -> None:
        self._warnings |= dict.fromkeys(raw.warnings)
        if raw.unclear_date and article.published is None:
            self._warnings[raw.unclear_date.warning] = None
        if raw.unknown:
            self._unknown.setdefault(raw.file, {}).update(dict.fromkeys(raw.unknown))

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

    def _other_origin(self, version: _Version) -> str | None:
        """Return the origin of the stored article if it is another version from another place, not yet read."""
        article = version.article
        stored = self._stored.get(article.id)
        if stored is None or not article.url or article.id in self._seen:
            return None
        return stored[1] if stored[0] != version.fingerprint and stored[1] != article.origin else None

    def _is_deferred(self, version: _Version) -> bool:
        origin = self._other_origin(version)
        return bool(origin) and str(files.file_of(origin or "")) in self._files

    def _is_older_than_stored(self, version: _Version) -> bool:
        origin = self._other_origin(version)
        if origin is None or (self._prune and origin and not files.file_of(origin).exists()):
            return False
        try:
            stored = self._archive.articles([version.article.id]).get(version.article.id)
        except ArchiveDamaged:
            return False
        return stored is not None and not version.replaces(_Version(stored, "", 0))

    def _decide(self, version: _Version) -> None:
        """Store a version of an article, unless another one that stands has been read.

        Raises:
            ArticleError: another article has the same name.
        """
        article = version.article
        seen = self._seen.get(article.id)
        stored = self._stored.get(article.id)
        if seen is not None:
            if seen.fingerprint == version.fingerprint:
                self.summary.unchanged += 1
                return
            if not article.url:
                raise ArticleError(
                    f"{article.origin}: has the same name as {seen.article.origin} but different content: "
                    "the first was kept"
                )
            older = version if seen.replaces(version) else seen
            self._supersede(older.article)
            if older is version:
                return
        withdrawn = seen is not None and self._withdraw(article.id)
        self._seen[article.id] = version
        if stored and stored[0] == version.fingerprint:
            self.summary.unchanged += 1
            if seen is not None:
                self.summary.updated -= 1
            if seen is not None and not withdrawn:  # the version before is stored, or will be
                self._enqueue(article, version.fingerprint, version.provenance)
            elif stored[1] not in ("", article.origin):
                self._moved_origins[article.id] = article.origin
            return
        if seen is None and stored:
            self.summary.updated += 1
        elif seen is None:
            self.summary.added += 1
        elif stored and stored[0] == seen.fingerprint:
            self.summary.unchanged -= 1
            self.summary.updated += 1
        self._enqueue(article, version.fingerprint, version.provenance)

    def _supersede(self, older: Article) -> None:
        """Count a version that another one supersedes, and keep it once that is stored."""
        self.summary.superseded += 1
        self._pipeline.keep(older)

    def _withdraw(self, article_id: str) -> bool:
        """Forget what is pending for an article, since another version stands; return whether anything was."""
        self._moved_origins.pop(article_id, None)
        kept = [entry for entry in self._pending if entry.article.id != article_id]
        needed = {key for entry in kept for key in entry.keys}
        for entry in self._pending:
            if entry.article.id == article_id:
                self.summary.passages -= len(entry.passages)
                for key in entry.keys:
                    if key not in needed:
                        self._texts.pop(key, None)
        withdrawn = len(kept) < len(self._pending)
        self._pending = kept
        return withdrawn

    def _enqueue(self, article: Article, fingerprint: str, provenance: Mapping[str, str]) -> None:
        processed = self._processor.process(article, fingerprint, provenance)
        self._texts |= processed.texts
        self._pending.append(processed.entry)
        self.summary.passages += len(processed.entry.passages)
        if len(self._texts) >= _MIN_TEXTS:
            self._embed()

    def _embed(self) -> None:
        self._pipeline.add(self._pending, self._texts)
        self._pending, self._texts = [], {}
        if self._moved_origins:
            self._archive.move(self._moved_origins)
            self._moved_origins = {}

    def _report(self) -> None:
        changed = self.summary.added + self.summary.updated
        step = f"{changed} new, {self.summary.unchanged} unchanged{self._pipeline.status}"
        self._progress(step, self._done, self._total)

    def prune(self, roots: Sequence[Path]) -> None:
        """Delete articles that are no longer in the files that were read, and those of missing files under `roots`.

        Articles of a file with problems are not deleted.
        """
        gone = []
        for article_id, (_, origin, _url) in self._stored.items():
            file = files.file_of(origin)
            if not origin:
                continue  # an article without a file
            removed = str(file) in self._files or (
                not file.exists() and any(root in (file, *file.parents) for root in roots)
            )
            if removed and article_id not in self._seen and str(file) not in self._unreadable:
                gone.append(article_id)
        if gone:
            # The origins exclude articles that were written without a file during this update.
            origins = {self._stored[article_id][1] for article_id in gone}
            self.summary.pruned = self._archive.delete(gone, origins)
