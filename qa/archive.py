"""Opens and updates the archive of the settings."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.archive import Archive, ArchiveReader, Store
from index.errors import ArchiveBusy, NoArchive, OtherModel, SettingsError
from index.language import Identifier
from index.local import archive as local
from index.model import gpu
from index.model.cache import BUNDLED, Model, Progress
from index.model.centering import LanguageMeans
from index.model.embed import Embedder, TextEmbedder
from index.model.prepare import full_name, prepare
from index.types import Summary
from qa.settings import Settings
from qa.store import LOCK_TIMEOUT, find_or_prepare, indexing_model, other_model, store_of

if TYPE_CHECKING:
    # Imported where they are used: indexing does not need what answers, and answering does not need what indexes.
    from index.ingest import Ingest
    from index.pipeline import Reuse
    from index.ray import RayEngine
    from qa.ask import Asker
    from qa.reader import Reader


def update(
    paths: Sequence[Path],
    settings: Settings,
    *,
    prune: bool,
    progress: Progress,
    engine: str | None = None,
    reuse: Path | None = None,
) -> Summary:
    """Index new and changed files, with the archive's own model unless the settings name one.

    `engine` is where passages are embedded, such as `ray://head:10001`; by default they are on this machine. Vectors of
    texts that the data folder `reuse` has are taken from there.

    Raises:
        OtherModel: `reuse` was made with another model.
    """
    from index.read import files  # imported here: its libraries load slowly, and answering does not need them

    # Before a model is prepared, so that a misspelled path or address is reported at once.
    if engine is not None:
        from index import ray

        ray.check(engine)
    files.find(paths, allow_missing=prune, excluded=settings.data.resolve())
    with updater(settings, progress, engine=engine, reuse=reuse) as update_archive:
        return update_archive(paths, prune=prune, progress=progress)


@contextmanager
def updater(
    settings: Settings,
    progress: Progress,
    wait: float = LOCK_TIMEOUT,
    engine: str | None = None,
    reuse: Path | None = None,
) -> Iterator[Callable[..., Summary]]:
    """Load the model once and yield a function that updates the archive, as `index.build.update`.

    Each call waits at most `wait` seconds for another writer, forever if `wait` is negative. `engine` and `reuse` are
    as in `update`.
    """
    from index.build import update
    from index.read.isolated import IsolatedReader

    store = store_of(settings)
    identifier = Identifier(settings.languages)
    # With an engine, this machine needs the model for the lengths of passages only.
    embedding = _indexing_embedder(store, replace(settings, device="cpu") if engine else settings, progress)
    with (
        embedding as embedder,
        IsolatedReader() as reader,
        _engine(engine, embedder.model, settings) as used,
        _reuse(reuse, embedder.model) as known,
    ):

        def update_archive(paths: Sequence[Path], *, prune: bool, progress: Progress) -> Summary:
            archive = store.updating(settings.data, embedder.model, wait)
            return update(
                *(paths, archive, embedder, identifier),
                prune=prune,
                progress=progress,
                data=settings.data,
                read=reader.read,
                engine=used,
                reuse=known,
            )

        yield update_archive


@contextmanager
def ingesting(settings: Settings, progress: Progress) -> "Iterator[Ingest]":
    """Load the model and yield what writes articles without files; the archive is created if there is none.

    The articles are published at the end, unless another process is indexing, which then publishes them.
    """
    from index.ingest import Ingest

    store = store_of(settings)
    with _indexing_embedder(store, settings, progress) as embedder:
        model = embedder.model
        try:
            store.model_of(settings.data)
        except NoArchive:
            with store.updating(settings.data, model, LOCK_TIMEOUT):
                pass
        ingest = Ingest(partial(store.writer, settings.data, model), embedder, Identifier(settings.languages))
        try:
            with ingest:
                yield ingest
        finally:
            with suppress(ArchiveBusy), store.updating(settings.data, model, 0):
                pass


@contextmanager
def open_asker(settings: Settings, progress: Progress, *, create: bool = False) -> "Iterator[Asker]":
    """Open the archive with its model; with `create`, create an empty archive if there is none.

    Raises:
        NoArchive: the data folder has no archive.
        OtherModel: the settings name another model than the archive's.
    """
    from qa.ask import Asker
    from qa.reading import BUDGETS

    store = store_of(settings)
    if create:
        _create(store, settings, progress)
    with store.open_archive(settings.data) as archive:
        if settings.model and full_name(settings.model) != archive.model.name:
            raise other_model(archive.model, settings)
        model = find_or_prepare(archive.model, settings, progress)
        with Embedder(model, model.folder(settings.cache)) as embedder, load_reader(embedder, settings) as reader:
            yield Asker(
                archive,
                embedder,
                Identifier(settings.languages),
                min_confidence=settings.min_confidence,
                reader=reader,
                budget=BUDGETS.get(settings.reader, BUDGETS["fast"]),
            )


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """Open the archive without its model.

    Raises:
        NoArchive: the data folder has no archive.
    """
    with store_of(settings).open_archive(settings.data) as archive:
        yield archive


def open_reader(settings: Settings) -> AbstractContextManager[ArchiveReader]:
    """Open the archive only for reading articles. Raises as `open_archive`."""
    return store_of(settings).reader(settings.data)


@contextmanager
def variant(asker: "Asker", *, means: LanguageMeans | None = None, lexical: bool = True) -> "Iterator[Asker]":
    """Open an asker's archive a second time with other language means or without lexical candidates, for evaluation."""
    if not isinstance(asker.archive, local.LocalArchive):
        raise SettingsError("newsqa eval ablate is not available with NEWSQA_STORE: use an archive in a data folder")
    options = {} if lexical else {"lexical": 0}
    with local.LocalArchive(asker.archive.data, means=means, **options) as archive:
        yield replace(asker, archive=archive)


@contextmanager
def embedder(settings: Settings, progress: Progress) -> Iterator[Embedder]:
    """Load the archive's own model."""
    model = find_or_prepare(store_of(settings).model_of(settings.data), settings, progress)
    with Embedder(model, model.folder(settings.cache)) as loaded:
        yield loaded


@contextmanager
def load_reader(embedder: Embedder, settings: Settings) -> "Iterator[Reader | None]":
    """Load the reader of a model; None if the settings switch it off or there is none for the model."""
    from qa.reader import Reader, available

    if settings.reader == "off" or not available(embedder.model):
        yield None
    else:
        with Reader(embedder, embedder.model.folder(settings.cache)) as reader:
            yield reader


def _create(store: Store, settings: Settings, progress: Progress) -> None:
    try:
        store.model_of(settings.data)
    except NoArchive:
        model = prepare(settings.model or BUNDLED, settings.cache, progress)
        store.create(settings.data, model)


@contextmanager
def _indexing_embedder(store: Store, settings: Settings, progress: Progress) -> Iterator[TextEmbedder]:
    """Load the model that new articles are embedded with, on the device of the settings.

    Raises:
        ModelError: the device cannot be used; nothing was prepared or created then.
    """
    if settings.device == "cuda":
        gpu.check()
    model = indexing_model(store, settings, progress)
    with Embedder(model, model.folder(settings.cache)) as loaded:
        if settings.device == "cuda":
            progress("loading the model on the GPU", 0, 0)
            yield gpu.load(loaded)
        else:
            yield loaded


def _engine(
    address: str | None, model: Model, settings: Settings
) -> "AbstractContextManager[RayEngine] | AbstractContextManager[None]":
    """Connect to the engine that embeds; None if this machine embeds."""
    if address is None:
        return nullcontext()
    from index import ray  # imported here: few use it

    return ray.RayEngine(ray.connect(address), model, settings.device)


@contextmanager
def _reuse(data: Path | None, model: Model) -> "Iterator[Reuse | None]":
    """Open the archive whose vectors are taken over; None if there is none."""
    if data is None:
        yield None
        return
    try:
        local.model_of(data)
    except NoArchive as error:
        raise NoArchive(f"no archive in {data}: --reuse needs the data folder of an existing archive") from error
    with local.reader(data) as catalog:
        if not catalog.model.same_vectors(model):
            raise OtherModel(
                f"{data}: made with the model {catalog.model.identity}, so its vectors cannot be reused for "
                f"{model.identity}: index without --reuse"
            )
        yield catalog.vectors
