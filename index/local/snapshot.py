"""One file that holds an archive of one moment, and the way back.

A snapshot is the catalog as SQLite copies it, followed by one line with its SHA-256: SQLite leaves what comes after its
last page alone, so the file can be opened as it is. Generations are not in it, since they are derived.
"""

import glob
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from index.errors import ArchiveDamaged, ArchiveError, OtherFormat
from index.files import sync
from index.local.catalog import FILE, Catalog
from index.local.database import Database
from index.local.doctor import examine_catalog
from index.local.generation import publish
from index.local.lock import write_lock
from index.local.writer import CatalogWriter
from index.types import Report

_LAST_LINE = "newsqa snapshot sha256 {}\n"
_DIGEST = len(_LAST_LINE.format("")) + 64  # bytes of that line
_BLOCK = 1 << 20  # bytes copied at a time
_WAIT = 2.0  # seconds for a writer to finish what it is at


def snapshot(data: Path, file: Path, *, force: bool = False) -> Report:
    """Write the archive of this moment to `file`, while others read and write it; return what was verified.

    It is there whole under its name, or not at all.

    Raises:
        ArchiveDamaged: the archive is not sound.
        ArchiveError: there is no archive, or the file exists and may not be replaced, or cannot be written.
    """
    file = file.absolute()
    if file.exists() and not force:
        raise ArchiveError(f"{file}: exists already: choose another name, or add --force")
    if file.resolve().is_relative_to(data.resolve()):
        raise ArchiveError(f"{file}: within the archive's own folder: choose a place that does not go with it")
    with Catalog.open(data) as catalog, _aside(file) as folder:
        copy = folder / FILE
        catalog.write_copy(copy)
        report = _sound(folder, data, "run newsqa doctor --repair first")
        digest = _sha256(copy, copy.stat().st_size)
        with copy.open("ab") as stream:
            stream.write(_LAST_LINE.format(digest).encode())
        sync(copy)
        copy.replace(file)
        sync(file.parent)
    return report


def restore(file: Path, data: Path, *, force: bool = False, wait: float = _WAIT) -> Report:
    """Put the archive of a snapshot into a data folder; return what was verified.

    Whoever has the archive of the folder open goes on with it and takes up the new one. Whatever happens, the folder
    holds the one or the other. The new one is an archive of its own: no generation made before is taken for its.
    Another writer is waited for at most `wait` seconds.

    Raises:
        ArchiveDamaged: the file is not as it was written, or no snapshot.
        ArchiveError: there is an archive that may not be replaced, or the folder cannot be written.
    """
    size = _verified(file)
    if (data / FILE).exists() and not force:
        raise ArchiveError(f"{data}: holds an archive already: choose another --data, or add --force to replace it")
    with write_lock(data, wait):
        with _aside(data / FILE) as folder:
            _copied(file, folder / FILE, size)
            try:
                with CatalogWriter.open(folder) as catalog:
                    catalog.become_another()
            except OtherFormat as error:
                raise OtherFormat(f"{file}: in another format: restore it with the newsqa that wrote it") from error
            report = _sound(folder, file, "use another snapshot")
            Database.put(folder / FILE, data / FILE)
        with Catalog.open(data) as catalog:
            publish(catalog, data)
    return report


def _sound(folder: Path, of: Path, advice: str) -> Report:
    report = examine_catalog(folder)
    if report.problems:
        first = report.problems[0].rpartition(": ")[0]
        raise ArchiveDamaged(f"{of}: is not sound ({len(report.problems)} found): {first}: {advice}")
    return report


@contextmanager
def _aside(file: Path) -> Iterator[Path]:
    """Give a folder beside `file` to make it in, which is gone afterwards, as are those of processes killed there.

    Raises:
        ArchiveError: nothing can be written there.
    """
    prefix = f".{file.name}-newsqa-"
    try:
        for left in file.parent.glob(f"{glob.escape(prefix)}*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(mkdtemp(prefix=prefix, dir=file.parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise ArchiveError(
            f"{file}: cannot be written ({error.strerror}): make room, or choose a folder that is there and writable"
        ) from error


def _verified(file: Path) -> int:
    """Return how many bytes of a snapshot are the catalog, after comparing them with their SHA-256."""
    try:
        size = file.stat().st_size - _DIGEST
        with file.open("rb") as stream:
            stream.seek(max(size, 0))
            line = stream.read()
        if size > 0 and line == _LAST_LINE.format(_sha256(file, size)).encode():
            return size
    except OSError as error:
        raise ArchiveError(f"{file}: cannot be read: {error.strerror}") from error
    raise ArchiveDamaged(f"{file}: no snapshot, or damaged: take another copy of it, or another snapshot")


def _blocks(file: Path, size: int) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while size > 0 and (block := stream.read(min(size, _BLOCK))):
            size -= len(block)
            yield block


def _sha256(file: Path, size: int) -> str:
    digest = hashlib.sha256()
    for block in _blocks(file, size):
        digest.update(block)
    return digest.hexdigest()


def _copied(file: Path, copy: Path, size: int) -> None:
    with copy.open("xb") as stream:
        for block in _blocks(file, size):
            stream.write(block)
