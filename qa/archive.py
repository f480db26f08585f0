"""The archive of the settings with its model, opened, updated and looked after: the one place that names a store."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from index.archive import Archive, ArchiveReader
from index.errors import ModelError, NoArchive, OtherModel
from index.language import Identifier
from index.local import archive as local
from index.local.archive import LocalArchive
from index.model.cache import BUNDLED, Model, Progress, find
from index.model.centering import LanguageMeans
from index.model.embed import Embedder
from index.model.prepare import full_name, prepare
from index.types import Report, Summary
from qa.ask import Asker
from qa.settings import Settings

_LOCK_WAIT = 2.0  # seconds; a service that deletes unused vectors holds the lock for a moment


def update(paths: Sequence[Path], settings: Settings, *, prune: bool, progress: Progress) -> Summary:
    """Index new and changed files, with the archive's own model unless the settings name one."""
    from index.read import files  # its libraries take time to load, and answering needs none of them

    files.find(paths, allow_missing=prune)  # before a model is prepared, so that a misspelt path is reported at once
    with updates(settings, progress) as run:
        return run(paths, prune=prune, progress=progress)


@contextmanager
def updates(settings: Settings, progress: Progress, wait: float = _LOCK_WAIT) -> Iterator[Callable[..., Summary]]:
    """Give `index.build.update` for the archive of the settings and its model, which is loaded once.

    Each call waits at most `wait` seconds for another update, forever if negative.
    """
    from index.build import update

    model = _model_to_index_with(settings, progress)
    identifier = Identifier(settings.languages)
    with Embedder(model, model.folder(settings.cache)) as embedder:

        def run(paths: Sequence[Path], *, prune: bool, progress: Progress) -> Summary:
            archive = local.updating(settings.data, model, wait)
            return update(paths, archive, embedder, identifier, prune=prune, progress=progress)

        yield run


@contextmanager
def opened(settings: Settings, progress: Progress, *, create: bool = False) -> Iterator[Asker]:
    """Open the archive for questions; with `create`, an empty one is made if there is none.

    Raises:
        NoArchive: there is none.
        OtherModel: the settings name another model than the archive's.
    """
    if create:
        _create(settings, progress)
    with LocalArchive(settings.data) as archive:
        if settings.model and full_name(settings.model) != archive.model.name:
            raise OtherModel(
                f"{settings.data}: made with the model {archive.model.identity}, not with {settings.model}: "
                "use that model, or index into another data folder"
            )
        model = _archived(archive.model, settings, progress)
        with Embedder(model, model.folder(settings.cache)) as embedder:
            yield Asker(archive, embedder, Identifier(settings.languages), min_confidence=settings.min_confidence)


@contextmanager
def searchable(settings: Settings) -> Iterator[Archive]:
    """Open the archive without its model.

    Raises:
        NoArchive: there is none.
    """
    with LocalArchive(settings.data) as archive:
        yield archive


def reader(settings: Settings) -> AbstractContextManager[ArchiveReader]:
    """Open the archive for reading articles alone. Raises as `searchable`."""
    return local.reader(settings.data)


@contextmanager
def variant(asker: Asker, *, means: LanguageMeans | None = None, lexical: bool = True) -> Iterator[Asker]:
    """Open an asker's archive once more with other language means, or without lexical candidates, for measurements."""
    options = {} if lexical else {"lexical": 0}
    with LocalArchive(asker.archive.data, means=means, **options) as archive:
        yield Asker(archive, asker.embedder, asker.identifier, asker.weights, asker.min_confidence)


@contextmanager
def embedder(settings: Settings, progress: Progress) -> Iterator[Embedder]:
    """Load the archive's own model."""
    model = _archived(local.model_of(settings.data), settings, progress)
    with Embedder(model, model.folder(settings.cache)) as loaded:
        yield loaded


def examine(settings: Settings, embedder: Embedder | None, *, repair: bool, sample: float, seed: int | None) -> Report:
    """Check the archive and, with `repair`, fix what was found and check again.

    Without an embedder nothing is embedded again.

    Raises:
        ArchiveError: the archive cannot be opened, or not be repaired.
    """
    from index.local import doctor  # as above
    from index.local.repair import repair as fix
    from index.process import ArticleProcessor

    processor = ArticleProcessor(embedder, Identifier(settings.languages)) if embedder else None
    report = doctor.examine(settings.data, processor, share=sample, seed=seed)
    if repair and (report.problems or report.notes):
        fix(settings.data, processor, report)
        report = doctor.examine(settings.data, processor, share=sample, seed=report.seed)
    return report


def snapshot(settings: Settings, file: Path, *, force: bool) -> Report:
    """Write the archive to one verified file. Raises as `index.local.snapshot.snapshot`."""
    from index.local.snapshot import snapshot as write  # as above

    return write(settings.data, file, force=force)


def restore(settings: Settings, file: Path, *, force: bool) -> Report:
    """Put the archive of a snapshot into the data folder. Raises as `index.local.snapshot.restore`."""
    from index.local.snapshot import restore as put  # as above

    return put(file, settings.data, force=force)


def _create(settings: Settings, progress: Progress) -> None:
    try:
        local.model_of(settings.data)
    except NoArchive:
        model = prepare(settings.model or BUNDLED, settings.cache, progress)
        LocalArchive.create(settings.data, model).close()


def _model_to_index_with(settings: Settings, progress: Progress) -> Model:
    if settings.model is None:
        try:
            return _archived(local.model_of(settings.data), settings, progress)
        except NoArchive:
            pass
    return prepare(settings.model or BUNDLED, settings.cache, progress)


def _archived(model: Model, settings: Settings, progress: Progress) -> Model:
    """Return the model that an archive was made with, prepared again if the cache has lost it."""
    try:
        return find(model.identity, settings.cache)
    except ModelError:
        prepared = prepare(model.name, settings.cache, progress)
    if not prepared.same_vectors(model):
        raise OtherModel(
            f"{settings.data}: made with the model {model.identity}, and {model.name} is now {prepared.identity}: "
            "index into another data folder"
        )
    return prepared
