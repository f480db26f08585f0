"""Finds the store and the model that the settings and an archive name."""

from pathlib import Path

from index.archive import Store
from index.errors import NoArchive, OtherModel
from index.local import archive as local
from index.model.cache import BUNDLED, Model, Progress
from index.model.prepare import prepare, prepare_as
from qa.settings import Settings

LOCK_TIMEOUT = 2.0
"""Seconds to wait for another writer: a service that deletes unused vectors holds the lock for a moment."""


def store_of(settings: Settings) -> Store:
    """Return the store of the settings."""
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


def indexing_model(store: Store, settings: Settings, progress: Progress) -> Model:
    """Return the model for new articles: that of the archive if there is one, else that of the settings.

    Raises:
        OtherModel: the settings name another model than the archive's.
    """
    try:
        archived = store.model_of(settings.data)
    except NoArchive:
        return prepare(settings.model or BUNDLED, settings.cache, progress)
    if settings.model is None:
        return find_or_prepare(archived, settings, progress)
    if BUNDLED in {settings.model, archived.name} and settings.model != archived.name:
        raise other_model(archived, settings)  # before the other model is prepared, which takes time and libraries
    return prepare(settings.model, settings.cache, progress).with_tokens_of(archived)


def find_or_prepare(model: Model, settings: Settings, progress: Progress) -> Model:
    """Return the model of an archive, with the archive's own projection and grid of token vectors.

    Raises as `prepared`.
    """
    return prepared(model, settings, progress).with_tokens_of(model)


def prepared(model: Model, settings: Settings, progress: Progress) -> Model:
    """Return the model of an archive from the cache; prepare it if it is not there.

    Raises:
        OtherModel: the prepared model gives other vectors than those of the archive.
    """
    try:
        return prepare_as(model, settings.cache, progress)
    except OtherModel as error:
        raise OtherModel(f"{place(settings)}: {error}: index {_elsewhere(settings)}") from error


def other_model(archived: Model, settings: Settings, source: Path | None = None) -> OtherModel:
    """Return the error that the settings name another model than that of the archive, or of an export."""
    return OtherModel(
        f"{source or place(settings)}: made with the model {archived.identity}, not with {settings.model}: "
        f"use that model, or index {_elsewhere(settings)}"
    )


def _elsewhere(settings: Settings) -> str:
    return "under another name (NEWSQA_STORE)" if settings.store else "into another data folder"
