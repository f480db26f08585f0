"""An archive on this machine, open for questions: its catalog, its newest valid generation, and the delta."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Self

from index.errors import ArchiveBusy, ArchiveError, OtherModel
from index.facets import FacetCounter
from index.local.candidates import candidates
from index.local.catalog import FILE, Catalog
from index.local.delta import LiveIndex
from index.local.generation import GENERATIONS, Generation, is_behind, newest_valid
from index.local.lock import write_lock
from index.local.publish import build, publish
from index.local.publisher import Publisher
from index.local.writer import CatalogWriter
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.types import Article, Candidate, EncodedQuestion, Facets, Filter, StoredPassage

_MAX_LEXICAL = 20  # candidates by BM25: for names and codes, which vectors do not distinguish well
_LOCK_TIMEOUT = 2.0  # seconds; another process may be creating the same archive
_log = logging.getLogger("newsqa")


class LocalArchive:
    """The archive of a data folder, open for questions: an `index.archive.Archive`."""

    def __init__(self, data: Path, *, means: LanguageMeans | None = None, lexical: int = _MAX_LEXICAL) -> None:
        """Open the archive of a data folder; build a generation if none is valid, or if the delta is too large.

        Measurements may pass other `means` than those of the model, or another number of `lexical` candidates; a
        generation with other means is built and never published.

        Raises:
            NoArchive: the folder has no archive.
            ArchiveError: the catalog cannot be read.
        """
        self.data = data
        self.catalog = Catalog.open(data)
        try:
            self.model = self.catalog.model
            self.means = LanguageMeans.of(self.model) if means is None else means
            self.quantizer = TokenQuantizer(self.model)
            self._lexical = lexical
            self._model_means = means is None
            self._facets = FacetCounter(self._count_facets)
            self.live = LiveIndex(self._open_generation())
            self.newer: Generation | None = None
            """A newer generation, set by another thread and applied by the next question."""
            self.publication_seconds = 0.0
            """How long the last publication of the background thread took."""
            self.unpublished_since: float | None = None
            """When that thread first saw writes that are not published, by the monotonic clock."""
            self.refresh()
        except BaseException:
            self.catalog.close()
            raise

    @classmethod
    def create(cls, data: Path, model: Model) -> Self:
        """Open the archive of a data folder; create an empty one for `model` if the folder has none.

        Raises:
            ArchiveError: the archive cannot be written, or has vectors of another model.
        """
        if not (data / FILE).exists():
            with write_lock(data, _LOCK_TIMEOUT):
                CatalogWriter.create(data, model).close()
        return cls(data)

    @property
    def generation(self) -> Generation:
        """The generation in use."""
        return self.live.generation

    @property
    def revision(self) -> int:
        """The revision of the generation in use."""
        return self.generation.revision

    def storage(self) -> dict[str, float]:
        """Return figures about the files, see `index.archive.Archive`."""
        since = self.unpublished_since
        return {
            "log_bytes": _status(self.data / f"{FILE}-wal", "st_size"),
            "generation_timestamp_seconds": _status(self.data / GENERATIONS / str(self.revision), "st_mtime"),
            "publication_seconds": self.publication_seconds,
            "unpublished_seconds": 0.0 if since is None else monotonic() - since,
        }

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Apply recent writes, then give a consistent view until the end of the block.

        Raises:
            ArchiveError: the archive was deleted, or replaced by an archive of another model.
        """
        if self.catalog.replaced():
            self._reopen()
        with self.catalog.reading():
            self._apply_changes()
            yield

    def refresh(self) -> None:
        """Apply recent writes.

        Raises:
            ArchiveError: the archive was deleted, or replaced by an archive of another model.
        """
        with self.reading():
            pass

    def _reopen(self) -> None:
        """Open the archive that has replaced this one, if it has the same model."""
        new = LocalArchive(self.data, means=None if self._model_means else self.means, lexical=self._lexical)
        if not new.model.same_vectors(self.model):
            new.close()
            raise OtherModel(f"{self.data}: recreated with the model {new.model.identity}: restart newsqa serve")
        self.catalog.close()
        self.catalog, self.live, self._facets = new.catalog, new.live, new._facets

    def _apply_changes(self) -> None:
        newer = self.newer
        if newer is not None and newer.revision > self.generation.revision and self.catalog.was_in(newer.state):
            self.live.rebase(newer)
        state, live = self.catalog.state, self.live
        if state == live.state:
            return
        if not self.catalog.was_in(live.state):  # an older copy was restored, or the state is too old
            live = self.live = LiveIndex(self._open_generation())
        alive = self.catalog.numbers_after(live.generation.last)
        live.apply(self.catalog.content(live.last), alive, self.means)

    def _open_generation(self) -> Generation:
        if not self._model_means:
            return build(self.catalog, self.means)
        newest = newest_valid(self.catalog, self.data, self.means)
        if newest is not None and not is_behind(newest, self.catalog):
            return newest
        try:
            return publish(self.catalog, self.data, wait=0)
        except ArchiveError as error:
            # Another process is publishing, or the folder is read-only.
            _log.info("index not published: %s", error)
            return newest or build(self.catalog, self.means)

    def _count_facets(self) -> Facets:
        with reader(self.data) as catalog:  # of its own, since a thread may count them
            return catalog.facets()

    def facets(self, *, exact: bool = False) -> Facets:
        """Return the values that articles can be filtered by, see `FacetCounter.facets`."""
        return self._facets.facets(self.live.state, exact=exact)

    def candidates(self, question: EncodedQuestion, k: int, filters: Filter) -> list[Candidate]:
        """Return candidate passages, unordered; at least `k` if `k` passages satisfy `filters`.

        Raises:
            ArchiveDamaged: a passage or its token vectors fail their checksum.
        """
        return candidates(self.catalog, self.live, question, k=k, lexical=self._lexical, filters=filters)

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages.

        Raises:
            ArchiveDamaged: a text is missing or fails its checksum.
        """
        return self.catalog.texts(passages)

    def copies(self, passages: Iterable[StoredPassage], filters: Filter) -> dict[int, list[str]]:
        """Return, by passage number, the ids of the articles with an identical passage that satisfy `filters`.

        Raises:
            ArchiveDamaged: a passage is missing from the indexes of SQLite.
        """
        return self.catalog.copies((passage.number for passage in passages), filters)

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; all ids must exist.

        Raises:
            ArchiveDamaged: an article is missing or fails its checksum.
        """
        return self.catalog.all_articles(ids)

    def reader(self) -> AbstractContextManager[Catalog]:
        """Open another consistent view, for use by the calling thread."""
        return reader(self.data)

    def writer(self) -> CatalogWriter:
        """Open the catalog for writing; the caller closes it.

        Raises:
            ArchiveError: the catalog cannot be written.
        """
        return CatalogWriter.open(self.data, self.model)

    def publishing(self) -> Publisher:
        """Return a context manager that publishes generations in the background."""
        return Publisher(self)

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the catalog."""
        self.close()


def _status(file: Path, field: str) -> float:
    """Return a field of the status of a file, 0 if it does not exist."""
    try:
        return float(getattr(file.stat(), field))
    except FileNotFoundError:
        return 0.0


def open_archive(data: Path) -> LocalArchive:
    """Open the archive of a data folder for questions. Raises as `LocalArchive`."""
    return LocalArchive(data)


def create(data: Path, model: Model) -> None:
    """Create an empty archive for `model` if the folder has none. Raises as `LocalArchive.create`."""
    LocalArchive.create(data, model).close()


@contextmanager
def reader(data: Path) -> Iterator[Catalog]:
    """Give a consistent view of the articles in a data folder.

    Raises:
        NoArchive: the folder has no archive.
    """
    with Catalog.open(data) as catalog, catalog.reading():
        yield catalog


def model_of(data: Path) -> Model:
    """Return the model of the archive in a data folder. Raises as `reader`."""
    with Catalog.open(data) as catalog:
        return catalog.model


def writer(data: Path, model: Model) -> CatalogWriter:
    """Open the archive of a data folder for writing articles without files; the caller closes it.

    Raises:
        ArchiveError: there is none, it cannot be written, or it has vectors of another model.
    """
    return CatalogWriter.open(data, model)


@contextmanager
def updating(data: Path, model: Model, wait: float) -> Iterator[CatalogWriter]:
    """Open the archive of a data folder for an update, and publish it afterwards; create an empty one if needed.

    Waits at most `wait` seconds for another update, or without limit if negative. An interrupted update is also
    published.

    Raises:
        ArchiveError: the folder cannot be written, is locked, or has an archive of another model.
    """
    with write_lock(data, wait), CatalogWriter.create(data, model) as catalog:
        try:
            yield catalog
            catalog.delete_unused_vectors()
        finally:
            with suppress(ArchiveBusy):  # another process is publishing; questions find the delta in any case
                publish(catalog, data)
            catalog.truncate_log()


def vacuum(data: Path, wait: float) -> tuple[int, int]:
    """Free the space of deleted articles, and what is left of their text; return the bytes before and after.

    Waits at most `wait` seconds for an update.

    Raises:
        ArchiveError: there is no archive, it is locked, or too little space is free.
    """
    before = (data / FILE).stat().st_size if (data / FILE).is_file() else 0
    with write_lock(data, wait), CatalogWriter.open(data) as catalog:
        catalog.vacuum()
        publish(catalog, data, anew=True)
    return before, (data / FILE).stat().st_size
