"""Protocols of an article store, between questions and storage.

`index.local` implements them on one machine, `index.cluster` in Milvus. `qa` and `eval` use these Protocols and no
storage engine.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.types import (
    Article,
    Candidate,
    EncodedQuestion,
    Entry,
    Facets,
    Filter,
    ListedArticle,
    OlderVersion,
    PassageVectors,
    StoredPassage,
)

NO_VECTORS: Mapping[bytes, PassageVectors] = MappingProxyType({})
NO_ORIGINS: Mapping[str, str] = MappingProxyType({})
ANYTHING = Filter()


class ArchiveReader(Protocol):
    """Read access to articles and passages. Not thread-safe."""

    def sizes(self) -> dict[str, int]:
        """Return the numbers of `articles` and `passages`, at once in a store of any size."""
        ...

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`."""
        ...

    def facets(self) -> Facets:
        """Return the values that articles can be filtered by."""
        ...

    def page(self, limit: int, offset: int, filters: Filter = ANYTHING) -> list[Article]:
        """Return the articles with a passage that `filters` admit, newest first."""
        ...

    def listed(self, limit: int, offset: int, filters: Filter = ANYTHING) -> list[ListedArticle]:
        """Return the articles of `page` without reading their texts, and without checking their checksums."""
        ...

    def total(self, filters: Filter) -> int:
        """Return the number of articles with a passage that `filters` admit."""
        ...

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; unknown ids are omitted.

        Raises:
            ArchiveDamaged: an article fails its checksum.
        """
        ...

    def versions(self, article_id: str) -> list[OlderVersion]:
        """Return the older versions of an article, the newest first.

        Raises:
            ArchiveDamaged: a version fails its checksum.
        """
        ...

    def provenance(self, article_id: str) -> dict[str, str]:
        """Return where the fields of an article were found, by name; empty if it is not known. Raises as `versions`."""
        ...

    def passage(self, passage_id: str) -> StoredPassage | None:
        """Return a passage, or None."""
        ...

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article, in text order."""
        ...


class WholeArchive(Protocol):
    """Read access to everything in an archive, in one consistent view, to copy it. Not thread-safe."""

    @property
    def model(self) -> Model:
        """The model that computed the vectors."""
        ...

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`."""
        ...

    def versions(self, article_id: str) -> list[OlderVersion]:
        """Return the older versions of an article, the newest first. Raises as `entries`."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Yield all articles with their passages, in the order in which they were stored.

        Raises:
            ArchiveDamaged: an article or a passage fails its checksum.
        """
        ...

    def used_vectors(self) -> Iterator[tuple[bytes, PassageVectors]]:
        """Yield the keys of all passages, each once, with their vectors. Raises as `entries`."""
        ...


class Archive(Protocol):
    """An archive open for questions.

    Not thread-safe, except properties, `storage`, `reader`, `writer` and `publishing`.
    """

    @property
    def data(self) -> Path:
        """The data folder, which also holds the API keys of the service."""
        ...

    @property
    def model(self) -> Model:
        """The model that computed the vectors."""
        ...

    @property
    def means(self) -> LanguageMeans:
        """The language means that center the vectors."""
        ...

    @property
    def quantizer(self) -> TokenQuantizer:
        """The quantizer of the token vectors."""
        ...

    @property
    def revision(self) -> int:
        """The revision of the generation in use; answers show it as `generation`."""
        ...

    def storage(self) -> dict[str, float]:
        """Return figures about the files for those who watch a service.

        `log_bytes` is the size of the log of writes; `generation_timestamp_seconds` the time of the generation in use,
        0 if it is only in memory; `publication_seconds` how long the last publication took; `unpublished_seconds` how
        long writes have waited for one.
        """
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Apply recent writes, then give a consistent view until the end of the block.

        Raises:
            ArchiveError: the archive was deleted, or replaced by an archive of another model.
        """
        ...

    def refresh(self) -> None:
        """Apply recent writes. Raises as `reading`."""
        ...

    def facets(self, *, exact: bool = False) -> Facets:
        """Return the values that articles can be filtered by; cheap to call for every question.

        In a large archive they may be of a state before the last writes, unless `exact` is set.
        """
        ...

    def candidates(self, question: EncodedQuestion, k: int, filters: Filter) -> list[Candidate]:
        """Return candidate passages, unordered; at least `k` if `k` passages satisfy `filters`.

        Raises:
            ArchiveDamaged: a passage or its token vectors fail their checksum.
        """
        ...

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages.

        Raises:
            ArchiveDamaged: a text is missing or fails its checksum.
        """
        ...

    def copies(self, passages: Iterable[StoredPassage], filters: Filter) -> dict[int, list[str]]:
        """Return, by passage number, the ids of the articles with an identical passage that satisfy `filters`.

        Raises:
            ArchiveDamaged: a passage is missing.
        """
        ...

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; all ids must exist.

        Raises:
            ArchiveDamaged: an article is missing or fails its checksum.
        """
        ...

    def reader(self) -> AbstractContextManager[ArchiveReader]:
        """Open another consistent view, for use by the calling thread."""
        ...

    def writer(self) -> "ArchiveWriter":
        """Open the archive for writing. The caller closes it.

        Raises:
            ArchiveError: the archive cannot be written.
        """
        ...

    def publishing(self) -> AbstractContextManager[object]:
        """Publish new generations in the background until the end of the block."""
        ...


class ArchiveWriter(Protocol):
    """An archive open for writing. Not thread-safe."""

    def fingerprints(self, ids: Iterable[str] | None = None) -> dict[str, tuple[str, str, str | None]]:
        """Return fingerprint, origin and url by article id; of all articles if `ids` is None."""
        ...

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; unknown ids are omitted.

        Raises:
            ArchiveDamaged: an article fails its checksum.
        """
        ...

    def existing_keys(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of `keys` that have stored vectors."""
        ...

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, PassageVectors]:
        """Return the stored vectors by key; keys without vectors are omitted."""
        ...

    def store_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Store vectors before their passages, in one transaction."""
        ...

    def store(
        self,
        entries: Sequence[Entry],
        vectors: Mapping[bytes, PassageVectors] = NO_VECTORS,
        origins: Mapping[str, str] = NO_ORIGINS,
    ) -> set[str]:
        """Store articles with their passages in one transaction; return the ids of replaced articles.

        `vectors` are the missing vectors of their passages; all other vectors must exist. `origins` are new origins
        of other articles, by id.
        """
        ...

    def keep_versions(self, versions: Iterable[Article]) -> None:
        """Store older versions of stored articles, which stay as they are; equal versions are skipped."""
        ...

    def restore_versions(self, versions: Iterable[OlderVersion]) -> None:
        """Store older versions of stored articles with the times at which they were replaced, the oldest first."""
        ...

    def move(self, origins: Mapping[str, str]) -> None:
        """Store new origins of articles, by id."""
        ...

    def delete(self, ids: Iterable[str], origins: Iterable[str] | None = None) -> int:
        """Delete articles, restricted to `origins` if given; return how many were deleted."""
        ...

    def replaced(self) -> bool:
        """Return whether the archive on disk has been replaced by another one."""
        ...

    def sizes(self) -> dict[str, int]:
        """Return the numbers of `articles` and `passages`, at once in a store of any size."""
        ...

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`."""
        ...

    def close(self) -> None:
        """Release resources."""
        ...


class Store(Protocol):
    """Where archives are; `index.local.archive` and `ClusterStore` are such stores.

    `data` is the data folder, which also has keys and feeds. Every function raises `NoArchive` if there is no archive,
    unless it creates one, and `ArchiveError` if the archive cannot be used.
    """

    def open_archive(self, data: Path) -> AbstractContextManager[Archive]:
        """Open the archive for questions."""
        ...

    def create(self, data: Path, model: Model) -> None:
        """Create an empty archive for `model` if there is none."""
        ...

    def reader(self, data: Path) -> AbstractContextManager[ArchiveReader]:
        """Open the archive for reading articles."""
        ...

    def model_of(self, data: Path) -> Model:
        """Return the model of the archive."""
        ...

    def writer(self, data: Path, model: Model) -> ArchiveWriter:
        """Open the archive for writing articles without files; the caller closes it."""
        ...

    def updating(self, data: Path, model: Model, wait: float) -> AbstractContextManager[ArchiveWriter]:
        """Open the archive for an update; create an empty one if needed.

        Waits at most `wait` seconds for another update, or without limit if negative.
        """
        ...
