"""An archive on this machine, open for questions: catalog, newest sound generation, and what was written since."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Self

from index.errors import ArchiveBusy, ArchiveError, OtherModel
from index.local.candidates import candidates
from index.local.catalog import FILE, Catalog
from index.local.delta import LiveIndex
from index.local.generation import Generation, lags, publish, publish_made, usable
from index.local.lock import write_lock
from index.local.publisher import Publisher
from index.local.writer import CatalogWriter
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.types import Article, Candidate, EncodedQuestion, Filter, StoredPassage

_LEXICAL = 20  # candidates by their words: names and codes that vectors blur
_LOCK_WAIT = 2.0  # seconds; another process may be making the same archive
_log = logging.getLogger("newsqa")


class LocalArchive:
    """The archive of a data folder, open for questions: an `index.archive.Archive`."""

    def __init__(self, data: Path, *, means: LanguageMeans | None = None, lexical: int = _LEXICAL) -> None:
        """Open the archive of a data folder. A generation is made if none is sound, or if much has been written since.

        Measurements may pass other `means` than the model's, or another number of `lexical` candidates; a generation
        with other means is made in memory and never published.

        Raises:
            NoArchive: there is none.
            ArchiveDamaged: its catalog cannot be read.
        """
        self.data = data
        self.catalog = Catalog.open(data)
        try:
            self.model = self.catalog.model
            self.means = LanguageMeans.of(self.model) if means is None else means
            self.quantizer = TokenQuantizer(self.model)
            self._lexical = lexical
            self._own_means = means is None
            self.live = LiveIndex(self._opened())
            self.newer: Generation | None = None
            """What another thread may set for the next question to apply."""
            self.refresh()
        except BaseException:
            self.catalog.close()
            raise

    @classmethod
    def create(cls, data: Path, model: Model) -> Self:
        """Open the archive of a data folder, making an empty one for `model` if there is none.

        Raises:
            ArchiveError: it cannot be written, or is another model's.
        """
        if not (data / FILE).exists():
            with write_lock(data, _LOCK_WAIT):
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

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Take up what has been written, and see the archive as it is now until the end of the block.

        Raises:
            ArchiveError: the archive has gone, or another one lies in its place.
        """
        if self.catalog.replaced():
            self._reopen()
        with self.catalog.reading():
            self._catch_up()
            yield

    def refresh(self) -> None:
        """Take up what has been written.

        Raises:
            ArchiveError: the archive has gone, or another one lies in its place.
        """
        with self.reading():
            pass

    def _reopen(self) -> None:
        """Open what lies in the data folder now, if it was made with the same model."""
        new = LocalArchive(self.data)
        if not new.model.same_vectors(self.model):
            new.close()
            raise OtherModel(f"{self.data}: made again with the model {new.model.identity}: start newsqa serve again")
        self.catalog.close()
        self.catalog, self.live = new.catalog, new.live

    def _catch_up(self) -> None:
        newer = self.newer
        if newer is not None and newer.revision > self.generation.revision and self.catalog.has_been(newer.state):
            self.live.rebase(newer)
        state, live = self.catalog.state, self.live
        if state == live.state:
            return
        if not self.catalog.has_been(live.state):  # an older copy has been put back, or it was long ago
            live = self.live = LiveIndex(self._opened())
        alive = self.catalog.numbers_after(live.generation.last)
        live.catch_up(self.catalog.content(live.last), alive, self.means)

    def _opened(self) -> Generation:
        found = usable(self.catalog, self.data, self.means)
        if found is not None and not lags(found, self.catalog):
            return found
        made = Generation.build(self.catalog.content(), self.means)
        if not self._own_means:
            return made
        try:
            publish_made(made, self.catalog, self.data, self.means, wait=0)
        except ArchiveError as error:
            # Another process is publishing, or the folder is read-only: what is in memory will do.
            _log.info("index not published: %s", error)
        return made

    def candidates(self, question: EncodedQuestion, k: int, filters: Filter) -> list[Candidate]:
        """Return passages that may answer, in no order; at least `k` if there are as many."""
        return candidates(self.catalog, self.live, question, k=k, lexical=self._lexical, filters=filters)

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages.

        Raises:
            ArchiveDamaged: a text is missing or fails its checksum.
        """
        return self.catalog.texts(passages)

    def copies(self, passages: Iterable[StoredPassage], filters: Filter) -> dict[int, list[str]]:
        """Return, by passage number, the ids of all articles with the very same passage.

        Raises:
            ArchiveDamaged: a passage is missing from the catalog's own indexes.
        """
        return self.catalog.copies((passage.number for passage in passages), filters)

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id.

        Raises:
            ArchiveDamaged: an article is missing or fails its checksum.
        """
        return self.catalog.all_articles(ids)

    def reader(self) -> AbstractContextManager[Catalog]:
        """Open the catalog once more, for the calling thread, and give one consistent view of it."""
        return reader(self.data)

    def writer(self) -> CatalogWriter:
        """Open the catalog for writing; the caller closes it.

        Raises:
            ArchiveError: it cannot be written.
        """
        return CatalogWriter.open(self.data, self.model)

    def publishing(self) -> Publisher:
        """Return what publishes generations in the background, as a context manager."""
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


@contextmanager
def reader(data: Path) -> Iterator[Catalog]:
    """Give one consistent view of the articles in a data folder.

    Raises:
        NoArchive: there is no archive.
    """
    with Catalog.open(data) as catalog, catalog.reading():
        yield catalog


def model_of(data: Path) -> Model:
    """Return the model of the archive in a data folder. Raises as `reader`."""
    with Catalog.open(data) as catalog:
        return catalog.model


@contextmanager
def updating(data: Path, model: Model, wait: float) -> Iterator[CatalogWriter]:
    """Open the archive of a data folder for an update, and publish it afterwards; an empty one is made if needed.

    Another update is waited for at most `wait` seconds, forever if negative. An update that is interrupted is
    published, too.

    Raises:
        ArchiveError: the folder cannot be written, is being written, or has an archive of another model.
    """
    with write_lock(data, wait), CatalogWriter.create(data, model) as catalog:
        try:
            yield catalog
            catalog.forget_unused()
        finally:
            with suppress(ArchiveBusy):  # another process publishes; what was written is found in any case
                publish(catalog, data)
