"""Checks, repairs, converts, copies and moves the archive of the settings."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArchiveDamaged, SettingsError
from index.language import Identifier
from index.local import archive as local
from index.model.cache import Progress
from index.model.embed import Embedder
from index.model.prepare import full_name
from index.types import Report
from qa.settings import Settings
from qa.store import LOCK_TIMEOUT, find_or_prepare, other_model, prepared

if TYPE_CHECKING:
    # Imported where they are used, since their libraries load slowly.
    from index.parquet.manifest import Manifest
    from index.process import ArticleProcessor


def check_available(settings: Settings, *, repair: bool, vacuum: bool) -> None:
    """Refuse what cannot be done with the store of the settings, before the archive is read, which may take hours.

    Raises:
        SettingsError: the archive is in Milvus, and `repair` or `vacuum` is set.
    """
    if repair:
        _only_local(settings, "newsqa doctor --repair", "see what newsqa doctor advises")
    if vacuum:
        _only_local(settings, "newsqa doctor --vacuum", "Milvus frees space itself")


def examine(settings: Settings, embedder: Embedder | None, *, repair: bool, sample: float, seed: int | None) -> Report:
    """Check the archive; with `repair`, fix the problems and check again, over the same sample.

    A random fraction `sample` of the passages is re-embedded and compared, unless `embedder` is None.

    Raises:
        ArchiveError: the archive cannot be opened or repaired.
    """
    from index.process import ArticleProcessor  # imported here, as in `update`

    processor = ArticleProcessor(embedder, Identifier(settings.languages)) if embedder else None
    if settings.store:
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


def vacuum(settings: Settings) -> tuple[int, int]:
    """Free the space of deleted articles. Returns and raises as `index.local.archive.vacuum`."""
    return local.vacuum(settings.data, LOCK_TIMEOUT)


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
        raise other_model(model, settings, folder)
    found = find_or_prepare(model, settings, progress)

    @contextmanager
    def processing() -> "Iterator[ArticleProcessor]":
        with Embedder(found, found.folder(settings.cache)) as embedder:
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


def _convert(settings: Settings, progress: Progress, folder: Path) -> str | None:
    from index.local.convert import convert as convert_archive  # imported here, as in `update`

    return convert_archive(folder, lambda model: prepared(model, settings, progress), progress)


def _only_local(settings: Settings, purpose: str, instead: str) -> None:
    """Refuse what exists for the store of one machine only.

    Raises:
        SettingsError: the settings name another store.
    """
    if settings.store is not None:
        raise SettingsError(f"{purpose} is not available with NEWSQA_STORE: {instead}")
