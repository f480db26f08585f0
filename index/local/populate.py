"""Fill a new archive from elsewhere, verify it, and put it in place."""

import gc
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from index.archive import ArchiveWriter
from index.errors import ArchiveError
from index.files import sync
from index.local.catalog import FILE, Catalog
from index.local.database import Database
from index.local.generation import GENERATIONS
from index.local.lock import write_lock
from index.local.publish import publish
from index.local.snapshot import examine_copy
from index.local.writer import CatalogWriter
from index.memory import release
from index.model.cache import Model
from index.process import ArticleProcessor
from index.temporary import temporary_folder
from index.types import Report

_LOCK_TIMEOUT = 2.0  # seconds to wait for a writer


def populate(
    data: Path,
    model: Model,
    fill: Callable[[ArchiveWriter], None],
    *,
    source: Path,
    processing: Callable[[], AbstractContextManager[ArticleProcessor]],
    force: bool = False,
) -> Report:
    """Put an archive that `fill` writes into a data folder, and publish it; return the examination.

    The archive is written in a temporary folder, and gets its place only when it is complete and has no problems;
    `processing` opens a processor, which verifies the keys of vectors and embeds nothing. Error messages name its
    `source`.

    Raises:
        ArchiveDamaged: the archive has problems.
        ArchiveError: the folder has an archive and `force` is not set, or cannot be written.
    """
    check_empty(data, force=force)
    with write_lock(data, _LOCK_TIMEOUT):
        check_empty(data, force=force)
        with temporary_folder(data / FILE) as folder:
            with CatalogWriter.create(folder, model) as catalog:
                fill(catalog)
            with processing() as processor:
                report = examine_copy(folder, source, "export it again", processor)
            del processor
            gc.collect()  # the model, of half a gigabyte, before publishing takes as much
            release()
            if not (data / FILE).exists():
                _publish_ahead(folder, data)
            Database.overwrite(folder / FILE, data / FILE)
        with Catalog.open(data) as catalog:
            publish(catalog, data)
    return report


def check_empty(data: Path, *, force: bool) -> None:
    """Raise an error if a data folder has an archive and `force` is not set.

    Raises:
        ArchiveError: it has.
    """
    if (data / FILE).exists() and not force:
        raise ArchiveError(f"{data}: already contains an archive: choose another --data, or add --force to replace it")


def _publish_ahead(folder: Path, data: Path) -> None:
    """Publish the archive of `folder` in a data folder without an archive, so that it appears there searchable."""
    with Catalog.open(folder) as catalog:
        publish(catalog, folder)
    shutil.rmtree(data / GENERATIONS, ignore_errors=True)  # left by an import that was interrupted
    (folder / GENERATIONS).rename(data / GENERATIONS)
    sync(data)
