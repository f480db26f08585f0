"""Write and delete articles, passages and vectors in Milvus, in an order in which an interruption loses nothing.

Milvus has no transactions. An article gets its fingerprint last: without one it is stored again by the next update.
"""

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from index.archive import NO_ORIGINS, NO_VECTORS
from index.cluster.milvus import PASSAGES, RECORDS, Milvus, Row
from index.cluster.reader import ClusterReader
from index.cluster.rows import (
    moved_row,
    owner,
    part_keys,
    part_rows,
    passage_row,
    passage_vectors,
    plain,
    record,
    record_row,
)
from index.cluster.state import check_model, read_state, state_row
from index.cluster.waiting import WaitingVectors
from index.errors import ArchiveDamaged, ImportUnfinished, NoArchive
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.types import Article, Entry, OlderVersion, PassageVectors

_MAX_VERSIONS = 20  # older ones of an article
_VECTORS = ("pk", "key", "raw", "codes")


class ClusterWriter(ClusterReader):
    """An archive open for writing: an `index.archive.ArchiveWriter`. What a method wrote is durable when it returns."""

    def __init__(self, milvus: Milvus, model: Model) -> None:
        """Open the archive for writing vectors of `model`.

        Raises:
            NoArchive: there is none.
            OtherModel: its vectors come from another model.
        """
        super().__init__(milvus)
        check_model(milvus, model)
        self._state = read_state(milvus)
        self._means = LanguageMeans.of(model)
        self._waiting = WaitingVectors()
        self._number = 0
        self._restored = 0  # older versions

    def fingerprints(self, ids: Iterable[str] | None = None) -> dict[str, tuple[str, str, str | None]]:
        """Return fingerprint, origin and url by article id; of all articles if `ids` is None."""
        self._records = None
        return {each.listed.id: (each.fingerprint, each.listed.origin, each.listed.url) for each in self.records(ids)}

    def existing_keys(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of `keys` that have stored vectors."""
        wanted = set(keys)
        waiting = self._waiting.known(wanted)
        rows = self.milvus.rows(PASSAGES, "key", (key.hex() for key in wanted - waiting), ["key"])
        return {bytes.fromhex(row["key"]) for row in rows} | waiting

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, PassageVectors]:
        """Return the stored vectors by key; keys without vectors are omitted.

        Raises:
            ArchiveDamaged: a vector fails its checksum.
        """
        wanted = set(keys)
        known = self._waiting.get(wanted)
        rows = self.milvus.rows(PASSAGES, "key", (key.hex() for key in wanted - known.keys()), _VECTORS)
        unique = {row["key"]: row for row in rows}
        return known | {bytes.fromhex(key): passage_vectors(self.milvus.place, row) for key, row in unique.items()}

    def store_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Keep vectors until `store` writes their passages, of which they are a part."""
        self._waiting.add(vectors)

    def store(
        self,
        entries: Sequence[Entry],
        vectors: Mapping[bytes, PassageVectors] = NO_VECTORS,
        origins: Mapping[str, str] = NO_ORIGINS,
    ) -> set[str]:
        """Store articles with their passages; return the ids of replaced articles.

        `vectors` are the missing vectors of their passages; all other vectors must exist. `origins` as in `move`.
        """
        entries = [*{entry.article.id: entry for entry in entries}.values()]  # the last of each
        stored = {each.listed.id for each in self.records([entry.article.id for entry in entries])}
        keys = {key for entry in entries for key in entry.keys}
        known = {key: vectors[key] for key in keys & vectors.keys()}
        known |= self.vectors(keys - known.keys())
        passages = [row for entry in entries for row in self._passage_rows(entry, known)]
        if stored:
            self._start_replacing()
        self._keep_replaced(entry.article for entry in entries if entry.article.id in stored)
        self.milvus.upsert(RECORDS, [row for entry in entries for row in part_rows(entry.article)])
        self.milvus.delete(PASSAGES, "owner", map(owner, stored))
        self.milvus.upsert(RECORDS, [_record_row(entry, "") for entry in entries])
        self.milvus.upsert(PASSAGES, passages)
        self.milvus.upsert(RECORDS, [_record_row(entry, entry.fingerprint) for entry in entries])
        moved = self._move(origins)
        if entries or moved:
            self._advance_state()
        self._waiting.forget(keys)
        return stored

    def _passage_rows(self, entry: Entry, vectors: Mapping[bytes, PassageVectors]) -> list[Row]:
        rows = []
        for passage, key in zip(entry.passages, entry.keys, strict=True):
            each = vectors[key]
            centered = self._means.center(each.vector[None], [passage.language])[0]
            rows.append(passage_row(entry.article, passage, key, each, number=self._next_number(), centered=centered))
        return rows

    def _next_number(self) -> int:
        """Return a number greater than those before it, also those of other writers that wrote earlier."""
        self._number = max(self._number + 1, time.time_ns())
        return self._number

    def _keep_replaced(self, articles: Iterable[Article]) -> None:
        """Keep the stored articles as older versions if title or text of the new ones differ."""
        for article in articles:
            old = self._stored(article.id)
            if old is not None and old.version != article.version:
                self._add_version(old, article.version)

    def _stored(self, article_id: str) -> Article | None:
        """Return an article; None if there is none, or it is damaged."""
        try:
            return self.articles([article_id]).get(article_id)
        except ArchiveDamaged:
            return None

    def keep_versions(self, versions: Iterable[Article]) -> None:
        """Store older versions of stored articles, which stay as they are; equal versions are skipped."""
        for article in versions:
            stored = self._stored(article.id)
            known = {version.article.version for version in self.versions(article.id)}
            if stored is not None and article.version not in {stored.version, *known}:
                self.milvus.upsert(RECORDS, part_rows(article))
                self._add_version(article, stored.version)

    def restore_versions(self, versions: Iterable[OlderVersion]) -> None:
        """Store older versions of stored articles with the times at which they were replaced, the oldest first."""
        for version in versions:
            stored = self._stored(version.article.id)
            if stored is not None:
                self.milvus.upsert(RECORDS, part_rows(version.article))
                # The microseconds, which are not shown, keep the order of versions of the same second.
                self._restored = (self._restored + 1) % 1_000_000
                replaced = version.replaced.replace(microsecond=self._restored)
                self._add_version(version.article, stored.version, replaced)

    def _add_version(self, article: Article, current: str, replaced: datetime | None = None) -> None:
        """Store an older version, whose text after the first part is stored; forget the oldest of too many."""
        row = record_row(article, "", replaced=(replaced or datetime.now(UTC)).isoformat())
        self.milvus.upsert(RECORDS, [row])
        key = owner(article.id)
        rows = self.milvus.rows(RECORDS, "owner", [key], ("pk", "body"), 'kind == "version"')
        versions = sorted((record(self.milvus.place, row) for row in rows), key=lambda each: each.replaced)
        for old in versions[:-_MAX_VERSIONS]:
            parts = part_keys(key, old.version, old.listed.characters) if old.version != current else []
            self.milvus.delete(RECORDS, "pk", [f"v{key}{old.version}", *parts])

    def move(self, origins: Mapping[str, str]) -> None:
        """Store new origins of articles by id; unknown articles and articles without a file are skipped."""
        if self._move(origins):
            self._advance_state()

    def _move(self, origins: Mapping[str, str]) -> bool:
        moved = False
        keys = {f"a{owner(article_id)}": origin for article_id, origin in origins.items()}
        for row in self.milvus.rows(RECORDS, "pk", keys, ("pk", "kind", "owner", "body", "text")):
            before = record(self.milvus.place, row).listed
            if not before.origin:
                continue
            changed = moved_row(self.milvus.place, row, keys[row["pk"]])
            after = record(self.milvus.place, changed).listed
            if after.outlet != before.outlet:  # passages are filtered by it
                fields = ("pk", "number", "owner", "day", "language", "outlet", "key", "body", "text", "terms", "codes")
                passages = self.milvus.rows(PASSAGES, "owner", [row["owner"]], (*fields, "raw", "words", "vector"))
                self.milvus.upsert(PASSAGES, [each | {"outlet": plain(after.outlet)} for each in passages])
            self.milvus.upsert(RECORDS, [changed])
            moved = True
        return moved

    def delete(self, ids: Iterable[str], origins: Iterable[str] | None = None) -> int:
        """Delete articles with their passages and versions, restricted to `origins` if given; return how many."""
        allowed = None if origins is None else set(origins)
        found = [
            owner(each.listed.id) for each in self.records([*ids]) if allowed is None or each.listed.origin in allowed
        ]
        if found:
            self.milvus.delete(PASSAGES, "owner", found)
            self.milvus.delete(RECORDS, "owner", found)
            self._advance_state()
        return len(found)

    def replaced(self) -> bool:
        """Return whether the archive has been replaced by another one."""
        try:
            return read_state(self.milvus).archive != self._state.archive
        except (ImportUnfinished, NoArchive):
            return True

    def close(self) -> None:
        """Forget vectors that no passage uses; the connection belongs to the archive."""
        self._waiting.clear()

    def _start_replacing(self) -> None:
        """Let questions wait until `_advance_state`, since passages of stored articles will be missing."""
        current = read_state(self.milvus)
        count = current.replacements + (2 if current.replacing else 1)  # another one was interrupted
        self.milvus.upsert(RECORDS, [state_row(replace(current, replacements=count))])

    def _advance_state(self) -> None:
        self._records = None
        current = read_state(self.milvus)
        count = current.replacements + current.replacing
        state = replace(current, token=secrets.token_hex(8), revision=current.revision + 1, replacements=count)
        self.milvus.upsert(RECORDS, [state_row(state)])


def _record_row(entry: Entry, fingerprint: str) -> Row:
    languages = (passage.language for passage in entry.passages)
    return record_row(entry.article, fingerprint, languages, dict(entry.provenance))
