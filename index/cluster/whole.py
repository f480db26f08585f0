"""Read everything in Milvus, to copy or examine an archive."""

from collections import defaultdict
from collections.abc import Iterator

from index.cluster.milvus import PASSAGES, RECORDS, Milvus, Row, one_of
from index.cluster.reader import ClusterReader
from index.cluster.rows import passage_vectors, record, stored_passage
from index.cluster.state import read_model, read_state
from index.errors import ArchiveChanged, ArchiveDamaged
from index.types import Entry, PassageVectors

_BATCH = 100  # articles that are read at once
_RECORD = ("pk", "kind", "owner", "body", "text")
_PASSAGE = ("pk", "number", "owner", "key", "body", "text", "codes", "raw", "vector")


class WholeCluster(ClusterReader):
    """An archive as an `index.archive.WholeArchive`; Milvus has no view of one moment, so a change raises at the end.

    The hashes of all articles are in memory, and while vectors are read the keys of all passages.
    """

    def __init__(self, milvus: Milvus) -> None:
        """Read over a connection. Raises as `index.cluster.state.read_model`."""
        super().__init__(milvus)
        self.model = read_model(milvus)
        self._state = read_state(milvus)

    def rows(self) -> Iterator[tuple[Row, list[Row]]]:
        """Yield the row of each article with those of its passages, in the order in which they were written."""
        first: dict[str, int] = {}
        for row in self.milvus.iterate(PASSAGES, "", ("owner", "number")):
            first[row["owner"]] = min(int(row["number"]), first.get(row["owner"], int(row["number"])))
        articles = {row["owner"] for row in self.milvus.iterate(RECORDS, 'kind == "article"', ["owner"])}
        owners = sorted(articles, key=lambda owner: (owner not in first, first.get(owner, 0), owner))
        for start in range(0, len(owners), _BATCH):
            batch = owners[start : start + _BATCH]
            passages: defaultdict[str, list[Row]] = defaultdict(list)
            for row in self.milvus.iterate(PASSAGES, one_of("owner", batch), _PASSAGE):
                passages[row["owner"]].append(row)
            found = self.milvus.rows(RECORDS, "pk", (f"a{owner}" for owner in batch), _RECORD)
            records = {row["owner"]: row for row in found}
            for owner in batch:
                if owner in records:
                    yield records[owner], sorted(passages[owner], key=lambda row: int(row["number"]))

    def entries(self) -> Iterator[Entry]:
        """Yield all articles with their passages.

        Raises:
            ArchiveDamaged: an article or a passage fails its checksum, or an article was not written completely.
        """
        for row, passages in self.rows():
            stored = record(self.milvus.place, row)
            if not stored.fingerprint:
                raise ArchiveDamaged(
                    f"{self.milvus.place}: article {stored.listed.id} was not written completely: index its file again"
                )
            (article,) = self.complete([(stored, row["text"])])
            yield Entry(
                article,
                stored.fingerprint,
                tuple(stored_passage(self.milvus.place, each)[0] for each in passages),
                tuple(bytes.fromhex(each["key"]) for each in passages),
                stored.provenance,
            )

    def used_vectors(self) -> Iterator[tuple[bytes, PassageVectors]]:
        """Yield the keys of all passages, each once, with their vectors.

        Raises:
            ArchiveDamaged: a vector fails its checksum.
            ArchiveChanged: the archive is not in the state in which it was opened.
        """
        seen: set[bytes] = set()
        for _, passages in self.rows():
            for row in passages:
                key = bytes.fromhex(row["key"])
                if key not in seen:
                    seen.add(key)
                    yield key, passage_vectors(self.milvus.place, row)
        if read_state(self.milvus) != self._state:
            raise ArchiveChanged(f"{self.milvus.place}: the archive changed meanwhile: try again while nothing writes")
