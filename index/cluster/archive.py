"""An archive in Milvus, open for questions; and what `qa.archive` calls of a store."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep

from index.cluster.candidates import candidates
from index.cluster.filters import condition
from index.cluster.milvus import PASSAGES, Milvus
from index.cluster.reader import ClusterReader
from index.cluster.rows import FoundPassage, stored_passage
from index.cluster.state import State, check_model, create, read_model, read_state
from index.cluster.words import Words
from index.cluster.writer import ClusterWriter
from index.errors import ArchiveChanged
from index.facets import FacetCounter
from index.files import make_folder
from index.local.lock import write_lock
from index.model.cache import Model
from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.types import Article, Candidate, EncodedQuestion, Facets, Filter, StoredPassage

_MAX_LEXICAL = 20  # candidates by BM25, as in `index.local.archive`
_REPLACING = 5.0  # seconds; replacing a hundred articles takes less, and one that takes longer was interrupted
_POLLING = 0.05  # seconds


class ClusterArchive:
    """An archive in Milvus: an `index.archive.Archive`. A data folder beside it has the keys of the service."""

    def __init__(self, milvus: Milvus, data: Path) -> None:
        """Open the archive.

        Raises:
            NoArchive: there is none.
            ArchiveError: it cannot be read, or was made with other language means.
        """
        self.data = data
        self._milvus = milvus
        self.model = read_model(milvus)
        check_model(milvus, self.model)
        self.means = LanguageMeans.of(self.model)
        self.quantizer = TokenQuantizer(self.model)
        self._words = Words()
        self._found: dict[str, FoundPassage] = {}  # of the current question, by id
        self._facets = FacetCounter(self._count_facets)
        self._searched = False  # whether passages were found, and not yet checked to be complete
        self._interrupted = 0  # replacements that will not end
        self._state = read_state(milvus)
        self._words.update(milvus)

    @property
    def revision(self) -> int:
        """The number of changes of the archive that the last question saw."""
        return self._state.revision

    def storage(self) -> dict[str, float]:
        """Return figures about files, see `index.archive.Archive`: there are none, and writes are public at once."""
        names = ("log_bytes", "generation_timestamp_seconds", "publication_seconds", "unpublished_seconds")
        return dict.fromkeys(names, 0.0)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Apply recent writes. Later articles are seen, too; after a search, replaced ones raise.

        Raises:
            ArchiveChanged: articles were replaced.
            ArchiveError: the archive was deleted, or replaced by an archive of another model.
        """
        self._found, self._searched = {}, False
        state = self._settled_state()
        if state != self._state:
            if state.archive != self._state.archive:
                check_model(self._milvus, self.model)
                self._words, self._facets = Words(), FacetCounter(self._count_facets)
            self._words.update(self._milvus)
            self._state = state
        yield
        if self._searched:
            self._check_unchanged(read_state(self._milvus))

    def _settled_state(self) -> State:
        """Return the state once no stored article is being replaced, or that has taken too long."""
        end = monotonic() + _REPLACING
        while (state := read_state(self._milvus)).replacing and state.replacements != self._interrupted:
            if monotonic() > end:
                self._interrupted = state.replacements
            sleep(_POLLING)
        return state

    def _check_unchanged(self, state: State) -> None:
        """Raise if an article may have been without some of its passages when passages were searched."""
        self._searched = False
        if state.replacements != self._state.replacements:
            raise self._changed()

    def refresh(self) -> None:
        """Apply recent writes. Raises as `reading`."""
        with self.reading():
            pass

    def _count_facets(self) -> Facets:
        return ClusterReader(self._milvus).facets()  # a new reader, since one reads the records once

    def facets(self, *, exact: bool = False) -> Facets:
        """Return the values that articles can be filtered by, see `FacetCounter.facets`."""
        return self._facets.facets(self._state, exact=exact)

    def candidates(self, question: EncodedQuestion, k: int, filters: Filter) -> list[Candidate]:
        """Return candidate passages, unordered; at least `k` if `k` passages satisfy `filters`.

        Raises:
            ArchiveDamaged: a passage or its token vectors fail their checksum.
        """
        self._searched = True
        found = candidates(self._milvus, self._words, question, k=k, lexical=_MAX_LEXICAL, filters=filters)
        self._found |= {identity: each for identity, (each, _) in found.items()}
        return [candidate for _, candidate in found.values()]

    def texts(self, passages: Sequence[StoredPassage]) -> list[str]:
        """Return the texts of passages of `candidates`."""
        return [self._found[passage.id].text for passage in passages]

    def copies(self, passages: Iterable[StoredPassage], filters: Filter) -> dict[int, list[str]]:
        """Return, by passage number, the ids of the articles with an identical passage that satisfy `filters`.

        Raises:
            ArchiveChanged: a passage was deleted meanwhile.
        """
        keys = {passage.number: self._found[passage.id].key for passage in passages}
        rows = self._milvus.rows(PASSAGES, "key", keys.values(), ("pk", "number", "key", "body"), condition(filters))
        rows.sort(key=lambda row: int(row["number"]))
        ids: dict[str, list[str]] = {}
        for row in rows:
            ids.setdefault(row["key"], []).append(stored_passage(self._milvus.place, row)[0].article_id)
        if keys.values() - ids.keys():
            raise self._changed()
        return {number: ids[key] for number, key in keys.items()}

    def articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return articles by id; all ids must exist.

        Raises:
            ArchiveDamaged: an article fails its checksum.
            ArchiveChanged: articles were replaced or deleted after their passages were found.
        """
        wanted = set(ids)
        articles, state = ClusterReader(self._milvus).articles_and_state(wanted)
        self._check_unchanged(state)
        if wanted - articles.keys():
            raise self._changed()
        for each in self._found.values():
            article = articles.get(each.passage.article_id)
            if article is not None and article.version != each.version:
                raise self._changed()  # its spans are those of another text
        return articles

    def _changed(self) -> ArchiveChanged:
        return ArchiveChanged(f"{self._milvus.place}: the archive changed during the answer: ask again")

    def reader(self) -> AbstractContextManager[ClusterReader]:
        """Return a reader, for use by the calling thread."""
        return nullcontext(ClusterReader(self._milvus))

    def writer(self) -> ClusterWriter:
        """Open the archive for writing.

        Raises:
            ArchiveError: it has been replaced by an archive of another model.
        """
        return ClusterWriter(self._milvus, self.model)

    def publishing(self) -> AbstractContextManager[object]:
        """Do nothing: every write is public at once."""
        return nullcontext()


class ClusterStore:
    """The archive at an address: an `index.archive.Store`."""

    def __init__(self, address: str) -> None:
        """Name the address; the first use connects."""
        self._address = address

    @cached_property
    def _milvus(self) -> Milvus:
        return Milvus(self._address)

    def open_archive(self, data: Path) -> AbstractContextManager[ClusterArchive]:
        """Open the archive for questions. Raises as `ClusterArchive`."""
        make_folder(data)
        return nullcontext(ClusterArchive(self._milvus, data))

    def create(self, data: Path, model: Model) -> None:
        """Create an empty archive for `model` if there is none."""
        with write_lock(data, -1):
            create(self._milvus, model)

    def reader(self, data: Path) -> AbstractContextManager[ClusterReader]:  # noqa: ARG002 - of the protocol
        """Open the archive for reading articles.

        Raises:
            NoArchive: there is none.
        """
        read_state(self._milvus)
        return nullcontext(ClusterReader(self._milvus))

    def model_of(self, data: Path) -> Model:  # noqa: ARG002 - of the protocol
        """Return the model of the archive. Raises as `reader`."""
        return read_model(self._milvus)

    def writer(self, data: Path, model: Model) -> ClusterWriter:  # noqa: ARG002 - of the protocol
        """Open the archive for writing articles without files. Raises as `ClusterWriter`."""
        return ClusterWriter(self._milvus, model)

    @contextmanager
    def updating(self, data: Path, model: Model, wait: float) -> Iterator[ClusterWriter]:
        """Open the archive for an update; create an empty one if needed.

        Waits at most `wait` seconds for another update of this machine, or without limit if negative.

        Raises:
            ArchiveError: the archive cannot be written, or has vectors of another model.
        """
        with write_lock(data, wait):
            create(self._milvus, model)
            yield ClusterWriter(self._milvus, model)
