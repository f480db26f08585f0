"""Embeds and stores the articles of an update while the next ones are read."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import FIRST_COMPLETED, Future, wait

from index.archive import ArchiveWriter
from index.engine import Engine
from index.shard import PassageText
from index.types import Article, Entry, PassageVectors

Reuse = Callable[[Sequence[bytes]], Mapping[bytes, PassageVectors]]
"""Returns the vectors that another archive of the same model has, by key."""

_SHARD = 64  # passages: a crash loses a few seconds of work
_MAX_WAITING = 20_000  # articles that wait for a shard of an earlier one, such as that of a lost host; bounds memory


class Pipeline:
    """Stores vectors when they arrive, and articles in the order in which they are added.

    So an interrupted update loses little, and the archive is the same whatever embeds.
    """

    def __init__(
        self, archive: ArchiveWriter, engine: Engine, report: Callable[[], None], reuse: Reuse | None = None
    ) -> None:
        """Write to `archive` what `engine` embeds, or `reuse` has; `report` is called after each step."""
        self.embedded = 0  # passages
        self._archive = archive
        self._reuse = reuse
        self._engine = engine
        self._report = report
        self._shards: set[Future[dict[bytes, PassageVectors]]] = set()  # that are being embedded
        self._keys: set[bytes] = set()  # of their passages
        self._ahead: deque[tuple[Sequence[Entry], Set[bytes]]] = deque()  # articles to be stored, with their new keys
        self._older_versions: list[Article] = []
        self._start = 0.0  # of the first shard, in seconds of `time.monotonic`

    def add(self, entries: Sequence[Entry], texts: Mapping[bytes, PassageText]) -> None:
        """Begin to embed the missing ones of `texts`, the passages of `entries`; store what was embedded meanwhile."""
        self._start = self._start or time.monotonic()
        missing = sorted(texts.keys() - self._archive.existing_keys(texts) - self._keys)
        if self._reuse and (known := self._reuse(missing)):
            self._archive.store_vectors(known)
            missing = [key for key in missing if key not in known]
        for start in range(0, len(missing), _SHARD):
            self._shards.add(self._engine.submit({key: texts[key] for key in missing[start : start + _SHARD]}))
        self.embedded += len(missing)
        self._keys |= set(missing)
        self._ahead.append((entries, set(missing)))
        self._store(self._engine.ahead)

    def keep(self, older: Article) -> None:
        """Store an older version of an article, once that is stored."""
        self._older_versions.append(older)

    def finish(self) -> None:
        """Store everything that was added."""
        self._store(0)

    @property
    def status(self) -> str:
        """The passages per second of all hosts, for people; empty without an engine of several."""
        if not (hosts := self._engine.hosts):
            return ""
        rate = hosts.total() / (time.monotonic() - self._start)
        return f", {rate:.0f} passages/s on {len(hosts)} host{'s' if len(hosts) > 1 else ''}"

    @property
    def hosts(self) -> dict[str, int]:
        """How many passages each host has embedded, the most first."""
        return dict(self._engine.hosts.most_common())

    def _store(self, unfinished: int) -> None:
        """Store what is embedded, until at most `unfinished` shards are not."""
        while True:
            for shard in [each for each in self._shards if each.done()]:
                vectors = shard.result()
                self._archive.store_vectors(vectors)
                self._keys -= vectors.keys()
                self._shards.remove(shard)
            while self._ahead and self._ahead[0][1].isdisjoint(self._keys):
                if entries := self._ahead.popleft()[0]:
                    self._archive.store(entries)
            self._keep_versions()
            self._report()
            waiting = sum(len(entries) for entries, _ in self._ahead)
            if len(self._shards) <= unfinished and waiting <= _MAX_WAITING:
                return
            wait(self._shards, return_when=FIRST_COMPLETED)

    def _keep_versions(self) -> None:
        if self._older_versions:
            waiting = {entry.article.id for entries, _ in self._ahead for entry in entries}
            if ready := [version for version in self._older_versions if version.id not in waiting]:
                self._archive.keep_versions(ready)
                self._older_versions = [version for version in self._older_versions if version.id in waiting]
