"""Write a consistent copy of an archive to one file, and restore it.

A snapshot is a SQLite copy of the catalog, followed by one line with its SHA-256. SQLite ignores bytes after the last
page, so the file can be opened directly. Generations are not included, since they can be rebuilt.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from index.errors import ArchiveDamaged, ArchiveError, OtherFormat
from index.files import create, sync
from index.local.catalog import FILE, Catalog
from index.local.database import Database
from index.local.doctor import examine_catalog
from index.local.lock import write_lock
from index.local.publish import publish
from index.local.writer import CatalogWriter
from index.process import ArticleProcessor
from index.temporary import temporary_folder
from index.types import Report

_TRAILER = "newsqa snapshot sha256 {}\n"
_TRAILER_SIZE = len(_TRAILER.format("")) + 64  # bytes
_BLOCK_SIZE = 1 << 20  # bytes
_LOCK_TIMEOUT = 2.0  # seconds to wait for a writer


def snapshot(data: Path, file: Path, *, force: bool = False) -> Report:
    """Write a consistent copy of the archive to `file`, concurrently with readers and writers; return the examination.

    The file appears under its name only when it is complete.

    Raises:
        ArchiveDamaged: the archive is damaged.
        ArchiveError: there is no archive, the file exists and `force` is not set, or it cannot be written.
    """
    file = file.absolute()
    if file.exists() and not file.is_file():
        raise ArchiveError(f"{file}: not a file: choose another name")
    if file.exists() and not force:
        raise _exists(file)
    if file.resolve().is_relative_to(data.resolve()):
        raise ArchiveError(f"{file}: inside the data folder: choose a file outside it")
    with Catalog.open(data) as catalog, temporary_folder(file) as folder:
        copy = folder / FILE
        catalog.write_copy(copy)
        report = examine_copy(folder, data, "run newsqa doctor --repair first")
        digest = _sha256(copy, copy.stat().st_size)
        with copy.open("ab") as stream:
            stream.write(_TRAILER.format(digest).encode())
        sync(copy)
        if file.exists() and not force:
            raise _exists(file)
        copy.replace(file)
        sync(file.parent)
    return report


def _exists(file: Path) -> ArchiveError:
    return ArchiveError(f"{file}: already exists: choose another name, or add --force")


def restore(
    file: Path,
    data: Path,
    *,
    force: bool = False,
    timeout: float = _LOCK_TIMEOUT,
    convert: Callable[[Path], object] = lambda _: None,
) -> Report:
    """Replace the archive of a data folder by a snapshot, atomically; return the examination.

    Processes that have the archive open apply the new content. The restored archive gets its own identity: existing
    generations are not used for it. Another writer is waited for at most `timeout` seconds. `convert` is called with
    the folder of a copy of the catalog, to convert an earlier format.

    Raises:
        ArchiveDamaged: the file is damaged, or not a snapshot.
        ArchiveError: the folder has an archive and `force` is not set, or cannot be written.
    """
    size = _verify(file)
    if (data / FILE).exists() and not force:
        raise ArchiveError(f"{data}: already contains an archive: choose another --data, or add --force to replace it")
    with write_lock(data, timeout):
        with temporary_folder(data / FILE) as folder:
            _copy(file, folder / FILE, size)
            convert(folder)
            try:
                with CatalogWriter.open(folder) as catalog:
                    catalog.assign_new_identity()
            except OtherFormat as error:
                raise OtherFormat(
                    f"{file}: in another format: restore it with the newsqa version that wrote it"
                ) from error
            report = examine_copy(folder, file, "use another snapshot")
            Database.overwrite(folder / FILE, data / FILE)
        with Catalog.open(data) as catalog:
            publish(catalog, data)
    return report


def examine_copy(folder: Path, source: Path, advice: str, processor: ArticleProcessor | None = None) -> Report:
    """Examine the catalog of a folder, with a processor also the keys of vectors; return the examination.

    Raises:
        ArchiveDamaged: it has problems; the message names `source`, the first of them, and what to do.
    """
    report = examine_catalog(folder, processor)
    if report.problems:
        first = report.problems[0].rpartition(": ")[0]
        raise ArchiveDamaged(f"{source}: damaged ({len(report.problems)} problems): {first}: {advice}")
    return report


def _verify(file: Path) -> int:
    """Check the SHA-256 of a snapshot; return the size of its catalog in bytes."""
    try:
        size = file.stat().st_size - _TRAILER_SIZE
        with file.open("rb") as stream:
            stream.seek(max(size, 0))
            line = stream.read()
        if size > 0 and line == _TRAILER.format(_sha256(file, size)).encode():
            return size
    except OSError as error:
        raise ArchiveError(f"{file}: cannot be read: {error.strerror}") from error
    raise ArchiveDamaged(f"{file}: not a snapshot, or damaged: copy it again, or use another snapshot")


def _blocks(file: Path, size: int) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while size > 0 and (block := stream.read(min(size, _BLOCK_SIZE))):
            size -= len(block)
            yield block


def _sha256(file: Path, size: int) -> str:
    digest = hashlib.sha256()
    for block in _blocks(file, size):
        digest.update(block)
    return digest.hexdigest()


def _copy(file: Path, copy: Path, size: int) -> None:
    create(copy)
    with copy.open("wb") as stream:
        for block in _blocks(file, size):
            stream.write(block)
