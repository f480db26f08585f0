"""Opens, updates, checks and copies the archive of the settings; the only module of qa that names stores."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.archive import Archive, ArchiveReader, Store
from index.errors import ArchiveBusy, ArchiveDamaged, NoArchive, OtherModel, SettingsError
from index.language import Identifier
from index.local import archive as local
from index.model import gpu
from index.model.cache import BUNDLED, Model, Progress
from index.model.centering import LanguageMeans
from index.model.embed import Embedder, TextEmbedder
from index.model.prepare import full_name, prepare, prepare_as
from index.types import Report, Summary
from qa.settings import Settings

if TYPE_CHECKING:
    # Imported where they are used: indexing does not need what answers, and answering does not need what indexes.
    from index.ingest import Ingest
    from index.parquet.manifest import Manifest
    from index.pipeline import Reuse
    from index.ray import RayEngine
    from qa.ask import Asker
    from qa.reader import Reader

_LOCK_TIMEOUT = 2.0  # seconds; a service that deletes unused vectors holds the lock for a moment


def _store(settings: Settings) -> Store:
    if settings.store is None:
        return local
    from index.cluster.archive import ClusterStore  # imported here: few use it

    return ClusterStore(settings.store)


def place(settings: Settings) -> str:
    """Return where the archive is, for messages: the data folder, or the address of Milvus without its password."""
    if settings.store is None:
        return str(settings.data)
    from index.cluster import milvus  # imported here: few use it

    return milvus.place(settings.store)


def _only_local(settings: Settings, purpose: str, instead: str) -> None:
    """Refuse what exists for the store of one machine only.

    Raises:
        SettingsError: the settings name another store.
    """
    if settings.store is not None:
        raise SettingsError(f"{purpose} is not available with NEWSQA_STORE: {instead}")


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
    wait: float = _LOCK_TIMEOUT,
    engine: str | None = None,
    reuse: Path | None = None,
) -> Iterator[Callable[..., Summary]]:
    """Load the model once and yield a function that updates the archive, as `index.build.update`.

    Each call waits at most `wait` seconds for another writer, forever if `wait` is negative. `engine` and `reuse` are
    as in `update`.
    """
    from index.build import update
    from index.read.isolated import IsolatedReader

    store = _store(settings)
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

    store = _store(settings)
    with _indexing_embedder(store, settings, progress) as embedder:
        model = embedder.model
        try:
            store.model_of(settings.data)
        except NoArchive:
            with store.updating(settings.data, model, _LOCK_TIMEOUT):
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

    store = _store(settings)
    if create:
        _create(store, settings, progress)
    with store.open_archive(settings.data) as archive:
        if settings.model and full_name(settings.model) != archive.model.name:
            raise _other_model(archive.model, settings)
        model = _find_or_prepare(archive.model, settings, progress)
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
    with _store(settings).open_archive(settings.data) as archive:
        yield archive


def open_reader(settings: Settings) -> AbstractContextManager[ArchiveReader]:
    """Open the archive only for reading articles. Raises as `open_archive`."""
    return _store(settings).reader(settings.data)


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
    model = _find_or_prepare(_store(settings).model_of(settings.data), settings, progress)
    with Embedder(model, model.folder(settings.cache)) as loaded:
        yield loaded


def examine(settings: Settings, embedder: Embedder | None, *, repair: bool, sample: float, seed: int | None) -> Report:
    """Check the archive; with `repair`, fix the problems and check again, over the same sample.

    A random fraction `sample` of the passages is re-embedded and compared, unless `embedder` is None.

    Raises:
        ArchiveError: the archive cannot be opened or repaired.
    """
    from index.process import ArticleProcessor  # imported here, as in `update`

    processor = ArticleProcessor(embedder, Identifier(settings.languages)) if embedder else None
    if settings.store:
        if repair:
            _only_local(settings, "newsqa doctor --repair", "see what newsqa doctor advises")
        from index.cluster.doctor import examine as examine_cluster
        from index.cluster.milvus import Milvus

        return examine_cluster(Milvus(settings.store), processor, share=sample, seed=seed)
    from index.local import doctor
    from index.local.repair import repair as repair_archive

    report = doctor.examine(settings.data, processor, share=sample, seed=seed)
    if repair and (report.problems or report.notes):
        again = not report.file_sound  # the indexes of SQLite, once rebuilt, may show more damage
        repair_archive(settings.data, processor, report)
        report = doctor.examine(settings.data, processor, share=sample, seed=report.seed)
        if again and report.problems:
            repair_archive(settings.data, processor, report)
            report = doctor.examine(settings.data, processor, share=sample, seed=report.seed)
    return report


@contextmanager
def repairing() -> Iterator[None]:
    """Raise no error that advises to repair an archive: it is raised by the repair itself."""
    from index.local.database import REPAIR_OR_RESTORE, RESTORE

    try:
        yield
    except ArchiveDamaged as error:
        raise ArchiveDamaged(str(error).replace(REPAIR_OR_RESTORE, RESTORE)) from error


def convert(settings: Settings, progress: Progress) -> str | None:
    """Convert an archive of an earlier format. Returns and raises as `index.local.convert.convert`."""
    return None if settings.store else _convert(settings, progress, settings.data)


def _convert(settings: Settings, progress: Progress, folder: Path) -> str | None:
    from index.local.convert import convert as convert_archive  # imported here, as in `update`

    return convert_archive(folder, lambda model: _prepared(model, settings, progress), progress)


def vacuum(settings: Settings) -> tuple[int, int]:
    """Free the space of deleted articles. Returns and raises as `index.local.archive.vacuum`."""
    _only_local(settings, "vacuum", "Milvus frees space itself")
    return local.vacuum(settings.data, _LOCK_TIMEOUT)


def snapshot(settings: Settings, file: Path, *, force: bool) -> Report:
    """Write the archive to one verified file. Raises as `index.local.snapshot.snapshot`."""
    _only_local(settings, "newsqa snapshot", "use Milvus Backup, or newsqa export")
    from index.local.snapshot import snapshot as write_snapshot  # imported here, as in `update`

    return write_snapshot(settings.data, file, force=force)


def restore(settings: Settings, file: Path, *, force: bool, progress: Progress) -> Report:
    """Restore a snapshot into the data folder, converted if needed. Raises as `index.local.snapshot.restore`."""
    _only_local(settings, "newsqa restore", "use Milvus Backup, or newsqa import")
    from index.local.snapshot import restore as restore_snapshot  # imported here, as in `update`

    return restore_snapshot(file, settings.data, force=force, convert=partial(_convert, settings, progress))


def export(settings: Settings, folder: Path, progress: Progress) -> "Manifest":
    """Write the archive to a folder of Parquet files. Raises as `index.parquet.export.export`."""
    from index.parquet.export import export as write_export  # imported here, as in `update`

    if settings.store:
        from index.cluster.milvus import Milvus
        from index.cluster.whole import WholeCluster

        return write_export(WholeCluster(Milvus(settings.store)), folder, progress)
    from index.local.whole import whole

    with whole(settings.data) as archive:
        return write_export(archive, folder, progress)


def import_export(settings: Settings, folder: Path, *, force: bool, progress: Progress) -> Report:
    """Put an exported archive into the data folder or into Milvus, without embedding.

    Raises:
        OtherModel: the settings name another model, or this machine's model gives other vectors.
        ArchiveError: as `index.parquet.load.ExportedArchive` and `index.local.populate.populate`.
    """
    from index.parquet.load import ExportedArchive  # imported here, as in `update`
    from index.process import ArticleProcessor

    populate = _populate(settings, force=force)
    exported = ExportedArchive.open(folder)
    model = exported.manifest.model
    if settings.model and full_name(settings.model) != model.name:
        raise _other_model(model, settings, folder)
    prepared = _find_or_prepare(model, settings, progress)

    @contextmanager
    def processing() -> "Iterator[ArticleProcessor]":
        with Embedder(prepared, prepared.folder(settings.cache)) as embedder:
            yield ArticleProcessor(embedder, Identifier(settings.languages))

    return populate(
        *(settings.data, model, lambda writer: exported.copy_to(writer, progress)),
        source=folder,
        processing=processing,
        force=force,
    )


def _populate(settings: Settings, *, force: bool) -> Callable[..., Report]:
    """Return the function that fills an archive, after a check that there is none or that it may be replaced."""
    if settings.store:
        from index.cluster import populate as cluster
        from index.cluster.milvus import Milvus

        milvus = Milvus(settings.store)
        cluster.check_empty(milvus, force=force)
        return partial(cluster.populate, milvus)
    from index.local.populate import check_empty, populate

    check_empty(settings.data, force=force)  # before the files are verified, which takes time
    return populate


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
    model = _indexing_model(store, settings, progress)
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


def _indexing_model(store: Store, settings: Settings, progress: Progress) -> Model:
    try:
        archived = store.model_of(settings.data)
    except NoArchive:
        return prepare(settings.model or BUNDLED, settings.cache, progress)
    if settings.model is None:
        return _find_or_prepare(archived, settings, progress)
    if BUNDLED in {settings.model, archived.name} and settings.model != archived.name:
        raise _other_model(archived, settings)  # before the other model is prepared, which takes time and libraries
    return prepare(settings.model, settings.cache, progress).with_tokens_of(archived)


def _other_model(archived: Model, settings: Settings, source: Path | None = None) -> OtherModel:
    another = "under another name (NEWSQA_STORE)" if settings.store else "into another data folder"
    return OtherModel(
        f"{source or place(settings)}: made with the model {archived.identity}, not with {settings.model}: "
        f"use that model, or index {another}"
    )


def _find_or_prepare(model: Model, settings: Settings, progress: Progress) -> Model:
    """Return the model of an archive, with the archive's own projection and grid of token vectors.

    Raises as `_prepared`.
    """
    return _prepared(model, settings, progress).with_tokens_of(model)


def _prepared(model: Model, settings: Settings, progress: Progress) -> Model:
    """Return the model of an archive from the cache; prepare it if it is not there.

    Raises:
        OtherModel: the prepared model gives other vectors than those of the archive.
    """
    try:
        return prepare_as(model, settings.cache, progress)
    except OtherModel as error:
        raise OtherModel(f"{settings.data}: {error}: index into another data folder") from error
