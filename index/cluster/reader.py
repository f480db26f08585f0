"""Articles and passages in Milvus, for reading."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from index.archive import ANYTHING
from index.cluster.filters import admits
from index.cluster.milvus import PASSAGES, RECORDS, Milvus
from index.cluster.rows import Record, article, owner, part_keys, record, stored_passage
from index.cluster.state import STATE, State, state_of
from index.errors import NoArchive
from index.types import Article, Facets, Filter, ListedArticle, OlderVersion, StoredPassage

_ARTICLE = ("pk", "kind", "owner", "body", "text")
_PASSAGE = ("pk", "number", "body")


class ClusterReader:
    """The articles and passages of an archive: an `index.archive.ArchiveReader`. Each call sees the newest state."""

    def __init__(self, milvus: Milvus) -> None:
        """Read over a connection."""
        self.milvus = milvus
        self._records: list[Record] | None = None

    def sizes(self) -> dict[str, int]:
        """Return the numbers of `articles` and `passages`."""
        return {
            "articles": self.milvus.count(RECORDS, 'kind == "article"'),
            "passages": self.milvus.count(PASSAGES),
        }

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`, which are read one by one."""
        keys = {row["key"] for row in self.milvus.iterate(PASSAGES, "", ["key"])}
        return self.sizes() | {"embeddings": len(keys)}

    def facets(self) -> Facets:
        """Return the values that articles can be filtered by."""
        listed = [each.listed for each in self._listing()]
        days = [each.published for each in listed if each.published]
        return Facets(
            articles=len(listed),
            published_from=min(days, default=None),
            published_to=max(days, default=None),
            languages=_frequencies(language for each in self._listing() for language in each.languages),
            sources=_frequencies(each.source for each in listed if each.source is not None),
            files=_frequencies(each.outlet for each in listed if each.source is None),
        )

    def page(self, limit: int, offset: int, filters: Filter = ANYTHING) -> list[Article]:
        """Return the articles with a passage that `filters` admit, newest first."""
        ids = [each.id for each in self.listed(limit, offset, filters)]
        found = self.articles(ids)
        return [found[article_id] for article_id in ids if article_id in found]

    def listed(self, limit: int, offset: int, filters: Filter = ANYTHING) -> list[ListedArticle]:
        """Return the articles of `page` without reading their texts."""
        return [each.listed for each in self._listing() if admits(filters, each)][offset : offset + limit]

    def total(self, filters: Filter) -> int:
        """Return the number of articles with a passage that `filters` admit."""
        return sum(admits(filters, each) for each in self._listing())

    def _listing(self) -> list[Record]:
        """Return the records of all articles, newest first; read once, since Milvus does not sort."""
        if self._records is None:
            rows = self.milvus.iterate(RECORDS, 'kind == "article"', ("pk", "body"))
            records = [record(self.milvus.place, row) for row in rows]
            records.sort(key=lambda each: (-_ordinal(each.listed), each.listed.id))
            self._records = records
        return self._records

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; unknown ids are omitted.

        Raises:
            ArchiveDamaged: an article fails its checksum.
        """
        return self.articles_and_state(ids)[0]

    def articles_and_state(self, ids: Iterable[str]) -> tuple[dict[str, Article], State]:
        """Return articles by id with the state of the archive, read in the same call.

        Raises:
            ArchiveError: the archive was deleted, or is being imported.
            ArchiveDamaged: an article fails its checksum.
        """
        keys = [STATE, *(f"a{owner(each)}" for each in ids)]
        rows = {row["pk"]: row for row in self.milvus.rows(RECORDS, "pk", keys, _ARTICLE)}
        state = rows.pop(STATE, None)
        if state is None:
            raise NoArchive(f"{self.milvus.place}: no archive: run newsqa index PATH to create one")
        found = [(record(self.milvus.place, row), row["text"]) for row in rows.values()]
        return {each.id: each for each in self.complete(found)}, state_of(self.milvus, state)

    def complete(self, found: list[tuple[Record, str]]) -> list[Article]:
        """Return articles of records and the first parts of their texts; the others of long texts take another call."""
        keys = [part_keys(owner(each.listed.id), each.version, each.listed.characters) for each, _ in found]
        rows = self.milvus.rows(RECORDS, "pk", (key for each in keys for key in each), ("pk", "text"))
        parts = {row["pk"]: row["text"] for row in rows}
        return [
            article(self.milvus.place, each, "".join([first, *(parts.get(key, "") for key in others)]))
            for (each, first), others in zip(found, keys, strict=True)
        ]

    def records(self, ids: Iterable[str] | None) -> list[Record]:
        """Return the records of articles by id; of all articles if `ids` is None."""
        if ids is None:
            return self._listing()
        rows = self.milvus.rows(RECORDS, "pk", (f"a{owner(each)}" for each in ids), ("pk", "body"))
        return [record(self.milvus.place, row) for row in rows]

    def versions(self, article_id: str) -> list[OlderVersion]:
        """Return the older versions of an article, the newest first: by date, or by when they were replaced.

        Raises:
            ArchiveDamaged: a version fails its checksum.
        """
        rows = self.milvus.rows(RECORDS, "owner", [owner(article_id)], _ARTICLE, 'kind == "version"')
        found = [(record(self.milvus.place, row), row["text"]) for row in rows]
        found.sort(key=lambda each: each[0].replaced, reverse=True)
        versions = [
            OlderVersion(each, datetime.fromisoformat(stored.replaced).replace(microsecond=0))
            for each, (stored, _) in zip(self.complete(found), found, strict=True)
        ]
        return sorted(versions, key=lambda each: each.article.published or each.replaced.date(), reverse=True)

    def provenance(self, article_id: str) -> dict[str, str]:
        """Return where the fields of an article were found, by name; empty if it is not known. Raises as `versions`."""
        return next((each.provenance for each in self.records([article_id])), {})

    def passage(self, passage_id: str) -> StoredPassage | None:
        """Return a passage, or None."""
        if not passage_id.isalnum() or not passage_id.isascii():
            return None
        rows = self.milvus.rows(PASSAGES, "pk", [passage_id], _PASSAGE)
        return stored_passage(self.milvus.place, rows[0])[0] if rows else None

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article, in text order."""
        rows = self.milvus.rows(PASSAGES, "owner", [owner(article_id)], _PASSAGE)
        return sorted((stored_passage(self.milvus.place, row)[0] for row in rows), key=lambda each: each.start)


def _ordinal(each: ListedArticle) -> int:
    return each.published.toordinal() if each.published else 0


def _frequencies(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
