"""The seam between questions and storage: what every store of articles offers.

`index.local` is the store on one machine. `qa` and `eval` see these Protocols and no engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, Self

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
    PassageVectors,
    StoredPassage,
)

NO_VECTORS: Mapping[bytes, PassageVectors] = MappingProxyType({})
NO_ORIGINS: Mapping[str, str] = MappingProxyType({})


class ArchiveReader(Protocol):
    """Articles and passages, open for reading. One thread at a time."""

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`."""
        ...

    def facets(self) -> Facets:
        """Return the values that articles can be filtered by."""
        ...

    def page(self, limit: int, offset: int) -> list[Article]:
        """Return articles, newest first."""
        ...

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; unknown ids are left out.

        Raises:
            ArchiveDamaged: an article fails its checksum.
        """
        ...

    def passage(self, passage_id: str) -> StoredPassage | None:
        """Return a passage, or None."""
        ...

    def passages_of(self, article_id: str) -> list[StoredPassage]:
        """Return the passages of an article in their order."""
        ...


class Archive(Protocol):
    """An archive open for questions. One thread at a time, but for `reader`, `writer` and `data`."""

    @property
    def data(self) -> Path:
        """The data folder, which also holds the API keys of the service."""
        ...

    @property
    def model(self) -> Model:
        """The model that its vectors come from."""
        ...

    @property
    def means(self) -> LanguageMeans:
        """The language means that its vectors are centered with."""
        ...

    @property
    def quantizer(self) -> TokenQuantizer:
        """The quantizer of its token vectors."""
        ...

    @property
    def revision(self) -> int:
        """The revision of the published indexes in use, which answers show as `generation`."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Apply what has been written, then give one consistent view until the end of the block.

        Raises:
            ArchiveError: the archive is gone or was replaced by one of another model.
        """
        ...

    def refresh(self) -> None:
        """Apply what has been written. Raises as `reading`."""
        ...

    def candidates(self, question: EncodedQuestion, k: int, filters: Filter) -> list[Candidate]:
        """Return passages that may answer, in no order; at least `k` if there are as many."""
        ...

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages.

        Raises:
            ArchiveDamaged: a text is missing or fails its checksum.
        """
        ...

    def copies(self, passages: Iterable[StoredPassage], filters: Filter) -> dict[int, list[str]]:
        """Return, by passage number, the ids of all articles with the very same passage."""
        ...

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id.

        Raises:
            ArchiveDamaged: an article is missing or fails its checksum.
        """
        ...

    def reader(self) -> AbstractContextManager[ArchiveReader]:
        """Open another consistent view, for the calling thread."""
        ...

    def writer(self) -> "ArchiveWriter":
        """Open the archive for writing. The caller closes it.

        Raises:
            ArchiveError: it cannot be written.
        """
        ...

    def publishing(self) -> AbstractContextManager[object]:
        """Keep the published indexes up to date in the background until the end of the block."""
        ...


class ArchiveWriter(Protocol):
    """An archive open for writing. One thread at a time; close it, or use it as a context manager."""

    def fingerprints(self, ids: Iterable[str] | None = None) -> dict[str, tuple[str, str, str | None]]:
        """Return fingerprint, origin and url of every article, or of some, by id."""
        ...

    def embedded(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return the keys that already have vectors."""
        ...

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, PassageVectors]:
        """Return the vectors that are stored under some of `keys`."""
        ...

    def keep_vectors(self, vectors: Mapping[bytes, PassageVectors]) -> None:
        """Store vectors ahead of their passages, all or nothing."""
        ...

    def keep(
        self,
        entries: Sequence[Entry],
        vectors: Mapping[bytes, PassageVectors] = NO_VECTORS,
        origins: Mapping[str, str] = NO_ORIGINS,
    ) -> set[str]:
        """Store articles with their passages, all or nothing; return the ids of those that were replaced.

        `vectors` are stored with them; all others are there. `origins` are new origins of other articles, by id.
        """
        ...

    def move(self, origins: Mapping[str, str]) -> None:
        """Store new origins of articles, by id."""
        ...

    def delete(self, ids: Iterable[str], origins: Iterable[str] | None = None) -> int:
        """Delete articles, only those of some origins if given; return how many there were."""
        ...

    def replaced(self) -> bool:
        """Return whether another archive is in its place by now."""
        ...

    def counts(self) -> dict[str, int]:
        """Return the numbers of `articles`, `passages` and distinct `embeddings`."""
        ...

    def close(self) -> None:
        """Release resources."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
