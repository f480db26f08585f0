"""The archive on this machine, with the model it was made with: brought up to date, and opened for questions."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from index.archive import Archive
from index.catalog import Catalog
from index.embed import Embedder
from index.errors import ModelError, NoArchive, OtherModel
from index.language import Identifier
from index.model import BUNDLED, Model, Progress, find
from index.prepare import full_name, prepare
from index.types import Summary
from qa.ask import Asker
from qa.settings import Settings


def bring_up_to_date(paths: Sequence[Path], settings: Settings, *, prune: bool, progress: Progress) -> Summary:
    """Index what is new or changed in files and folders, with the archive's own model unless the settings name one."""
    from index import read  # takes libraries that asking does without
    from index.build import update

    read.find(paths, gone=prune)  # so that a misspelt path is told before a model is prepared
    model = _model_to_index_with(settings, progress)
    identifier = Identifier(settings.languages)
    with Embedder(model, model.folder(settings.cache)) as embedder:
        return update(paths, settings.data, embedder, identifier, prune=prune, progress=progress)


@contextmanager
def opened(settings: Settings, progress: Progress) -> Iterator[Asker]:
    """Open the archive for questions.

    Raises:
        OtherModel: the settings name another model than the archive's.
    """
    with Archive(settings.data) as archive:
        if settings.model and full_name(settings.model) != archive.model.name:
            raise OtherModel(
                f"{settings.data}: made with the model {archive.model.identity}, not with {settings.model}: "
                "use that model, or index into another data folder"
            )
        model = _archived(archive.model, settings, progress)
        with Embedder(model, model.folder(settings.cache)) as embedder:
            yield Asker(archive, embedder, Identifier(settings.languages), least=settings.min_confidence)


def _model_to_index_with(settings: Settings, progress: Progress) -> Model:
    if settings.model is None:
        try:
            with Catalog.open(settings.data) as catalog:
                return _archived(catalog.model, settings, progress)
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
