"""Files become an archive: read, drafted, embedded, kept, published."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from index import read as reading
from index.archive import publish, write_lock
from index.draft import Drafter, Text
from index.embed import TextEmbedder
from index.errors import ArchiveBusy, ArticleError
from index.language import Identifier
from index.model import Progress
from index.read import Problem, RawArticle
from index.rows import Entry
from index.types import Article, Summary
from index.writer import Writer

_WINDOW = 64  # passages embedded before a commit: bounds what a crash costs, a second or two of work
_LOCK_WAIT = 2.0  # seconds; a service that forgets unused vectors holds the lock for a moment


def update(
    paths: Sequence[Path],
    data: Path,
    embedder: TextEmbedder,
    identifier: Identifier,
    *,
    prune: bool,
    progress: Progress,
    wait: float = _LOCK_WAIT,
) -> Summary:
    """Bring the archive in `data` up to date with the files under `paths`.

    Unchanged articles are only read, and text that was embedded before is not embedded again. What is done is kept from
    one moment to the next: interrupt it at any time and go on later with the same call. Articles that a file has no
    more are deleted; with `prune`, those whose files under `paths` have gone are too. Another update is waited for at
    most `wait` seconds, and as long as it takes if that is negative; articles may come without files all the time.

    Raises:
        ArticleError: `paths` hold no articles.
        ArchiveError: `data` cannot be written, is being written, or is another model's.
    """
    files = reading.find(paths, gone=prune)
    with write_lock(data, wait), Writer.create(data, embedder.model) as catalog:
        work = _Update(catalog, Drafter(embedder, identifier))
        try:
            work.take_all(files, progress)
            work.prune((file for file, _ in files), [path.resolve() for path in paths] if prune else [])
            catalog.forget_unused()
        finally:  # interrupted too, so that a service finds what has been written
            with suppress(ArchiveBusy):  # another process is at it; what was written is found in any case
                publish(catalog, data)
        work.summary.articles = catalog.counts()["articles"]
    return work.summary


class _Update:
    def __init__(self, catalog: Writer, drafter: Drafter) -> None:
        self.summary = Summary()
        self._catalog = catalog
        self._drafter = drafter
        self._known = catalog.fingerprints()
        self._by_origin = {origin: article_id for article_id, (_, origin, url) in self._known.items() if url is None}
        self._seen: dict[str, tuple[str, str]] = {}  # fingerprint and origin by id
        self._unreadable: set[str] = set()
        self._moved: dict[str, str] = {}
        self._waiting: list[Entry] = []
        self._texts: dict[bytes, Text] = {}

    def take_all(self, files: Sequence[tuple[Path, str]], progress: Progress) -> None:
        """Take the articles of all files."""
        total = sum(reading.count(file) for file, _ in files)
        items = (item for file, name in files for item in reading.read(file, name))
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
            article = self._drafter.article(self._identify(item), item, _origin(item))
            fingerprint = self._drafter.fingerprint(article)
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
        origin = _origin(raw)
        if origin in self._by_origin:
            return self._by_origin[origin]  # the same file, reached through another folder
        if raw.id in self._known:
            before = self._known[raw.id][1]
            if before and _file(before).exists():
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
        draft = self._drafter.draft(article, fingerprint)
        self._texts |= draft.texts
        self._waiting.append(draft.entry)
        self.summary.passages += len(draft.entry.passages)
        if len(self._texts) >= _WINDOW:
            self.flush()

    def flush(self) -> None:
        """Embed and write what is waiting."""
        if self._moved:
            self._catalog.move(self._moved)
            self._moved = {}
        if not self._waiting:
            return
        lacking = sorted(self._texts.keys() - self._catalog.embedded(self._texts))
        # A window at a time, so that an article of a thousand passages does not hang on one commit.
        todo = iter(lacking)
        while window := list(islice(todo, _WINDOW)):
            self._catalog.keep_vectors(self._drafter.embedded({key: self._texts[key] for key in window}))
        self.summary.embedded += len(lacking)
        self._catalog.keep(self._waiting)
        self._waiting, self._texts = [], {}

    def prune(self, files: Iterable[Path], roots: Iterable[Path]) -> None:
        """Delete articles that `files`, which were read, have no more, and those of files under `roots` that are gone.

        What stands in a file that could not be read whole stays.
        """
        read = {str(file) for file in files}
        gone = []
        for article_id, (_, origin, _url) in self._known.items():
            file = _file(origin)
            if not origin:
                continue  # it came without a file
            missed = str(file) in read or (not file.exists() and any(root in (file, *file.parents) for root in roots))
            if missed and article_id not in self._seen and str(file) not in self._unreadable:
                gone.append(article_id)
        if gone:
            # Unless it has come without a file meanwhile, beside this update.
            origins = {self._known[article_id][1] for article_id in gone}
            self.summary.pruned = self._catalog.delete(gone, origins)


def _origin(raw: RawArticle) -> str:
    """Return the file, and for JSON Lines the line, that an article was read from."""
    line = raw.name.rpartition(":")[2]
    return f"{raw.file}:{line}" if raw.file.suffix.lower() == ".jsonl" else str(raw.file)


def _file(origin: str) -> Path:
    """Return the file of an origin, the inverse of `_origin`."""
    line = re.fullmatch(r"(.+\.jsonl):\d+", origin, re.IGNORECASE | re.DOTALL)
    return Path(line[1] if line else origin)
