"""A SQLite file with checked errors; the only module that imports sqlite3."""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from index.errors import ArchiveDamaged, ArchiveError, ArchiveFull, OtherFormat
from index.files import create, sync
from index.limits import check_characters
from index.types import outlet

Row = sqlite3.Row

LIST = "SELECT value FROM json_each(?)"
"""Operand of `IN (…)` in a statement; its parameter is `json_list(values)`: one parameter for any number of values."""
REPAIR_OR_RESTORE = "run newsqa doctor --repair, or restore a snapshot"
RESTORE = "not repairable: restore a snapshot, or index into another data folder"

_APPLICATION = 0x6E777161  # "nwqa", which distinguishes our files from those of other programs
_FULL = 1_000_000  # bytes of free disk space; with less an error of writing means that the disk is full
_SQLITE_ERRORS = (sqlite3.Error, UnicodeError)  # UnicodeError: SQLite quotes damaged bytes in its messages
_OLDEST_FORMAT = 2  # that `index.local.convert` converts
_MAX_LOG = 16_000_000  # bytes of the log (WAL) that stay after a checkpoint
_CHECKPOINT_TIMEOUT = 1000  # milliseconds to wait for readers
LOCK_TIMEOUT = 10.0
"""Seconds to wait for the transaction of another process."""


class Database:
    """An open SQLite file. Not thread-safe."""

    def __init__(self, file: Path, mode: str, timeout: float = LOCK_TIMEOUT) -> None:
        """Open a file; `mode` is `ro`, `rw` or `rwc`. Wait at most `timeout` seconds for a lock.

        Raises:
            ArchiveError: the file cannot be opened.
        """
        self.file = file
        try:
            self._connection = sqlite3.connect(
                f"{file.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,  # transactions are explicit
                check_same_thread=False,
                timeout=timeout,
            )
        except _SQLITE_ERRORS as error:
            raise self._archive_error(error) from error
        self._connection.row_factory = sqlite3.Row
        self._connection.create_function("outlet", 3, outlet, deterministic=True)
        self._opened = _file_identity(file)

    @classmethod
    def reader(cls, file: Path, format_: int, timeout: float = LOCK_TIMEOUT) -> Self:
        """Open a newsqa file for reading.

        Raises:
            ArchiveError: it is not a newsqa file, has another format, or cannot be read.
        """
        try:
            return cls(file, "ro", timeout)._checked(format_)
        except OtherFormat:
            raise
        except ArchiveError:
            if os.access(file.parent, os.W_OK):
                raise
        # In a read-only folder, SQLite can read a file only if it was closed properly.
        log = file.with_name(f"{file.name}-wal")
        if log.exists() and log.stat().st_size:
            raise ArchiveError(f"{file}: was not closed properly: open it once in a writable folder")
        return cls(file, "ro&immutable=1", timeout)._checked(format_)

    @classmethod
    def writer(cls, file: Path, format_: int, timeout: float = LOCK_TIMEOUT) -> Self:
        """Open a newsqa file for writing; commits are durable.

        Raises:
            ArchiveError: it is not a newsqa file, has another format, or cannot be written.
        """
        return cls(file, "rw", timeout)._checked(format_)._durable()

    @classmethod
    @contextmanager
    def create(cls, file: Path, format_: int) -> Iterator[Self]:
        """Create a file with what the block writes; it appears under its name, complete, at the end of the block.

        Raises:
            ArchiveError: the file cannot be written.
        """
        temporary = file.with_suffix(".making")
        try:
            temporary.unlink(missing_ok=True)
            create(temporary)  # SQLite gives its other files the same permissions
            database = cls(temporary, "rw")
            try:
                with database.transaction():
                    yield database
                    database.run(f"PRAGMA user_version = {format_}")
                    database.run(f"PRAGMA application_id = {_APPLICATION}")
                # Before the file gets its name: readers could not roll back an interrupted change of the mode.
                database.run("PRAGMA journal_mode = WAL")
            finally:
                database.close()
            temporary.replace(file)
            sync(file.parent)
        except OSError as error:
            raise ArchiveError(f"{file}: cannot be created: {error.strerror}") from error

    @classmethod
    def format_of(cls, file: Path) -> int:
        """Return the format of a newsqa file, or of any SQLite file.

        Raises:
            ArchiveError: the file cannot be read.
        """
        database = cls(file, "ro")
        try:
            return int(database.value("PRAGMA user_version"))
        finally:
            database.close()

    @classmethod
    def convert(
        cls, file: Path, before: int, after: int, statements: Iterable[str], timeout: float = LOCK_TIMEOUT
    ) -> None:
        """Convert a newsqa file from one format to the next, in one transaction; ignore a file in any other format.

        Raises:
            ArchiveError: the file cannot be written.
        """
        try:
            database = cls.writer(file, before, timeout)
        except OtherFormat:  # another process may have converted it
            return
        try:
            with database.transaction():
                if database.value("PRAGMA user_version") == before:
                    for statement in statements:
                        database.run(statement)
                    database.run(f"PRAGMA user_version = {after}")
        finally:
            database.close()

    def _checked(self, format_: int) -> Self:
        try:
            if self.value("PRAGMA application_id") != _APPLICATION:
                raise ArchiveDamaged(
                    f"{self.file}: not a catalog of newsqa: choose another data folder, or delete this file"
                )
            if (version := self.value("PRAGMA user_version")) != format_:
                convertible = _OLDEST_FORMAT <= version < format_
                advice = (
                    "run newsqa doctor --repair, which converts it" if convertible else "index into another data folder"
                )
                raise OtherFormat(f"{self.file}: in format {version}, and this newsqa reads {format_}: {advice}")
            if self.value("SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')"):
                raise ArchiveDamaged(f"{self.file}: has triggers or views, which newsqa does not write: do not use it")
        except BaseException:
            self.close()
            raise
        return self

    def _durable(self) -> Self:
        try:
            for pragma in (
                "journal_mode = WAL",
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",  # deleted text is overwritten with zeros
                f"journal_size_limit = {_MAX_LOG}",
            ):
                self.run(f"PRAGMA {pragma}")
        except BaseException:
            self.close()
            raise
        return self

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """Run the block in a transaction; `DEFERRED` gives a consistent view and joins an enclosing transaction."""
        if kind == "DEFERRED" and self._connection.in_transaction:
            yield
            return
        self.run(f"BEGIN {kind}")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):  # of a damaged file; the original error is raised
                    self._connection.execute("ROLLBACK")
            raise

    def iterate(self, statement: str, *values: Any) -> Iterator[Row]:
        """Yield the rows of a statement."""
        try:
            yield from self._connection.execute(statement, values)
        except _SQLITE_ERRORS as error:
            raise self._archive_error(error) from error

    def rows(self, statement: str, *values: Any) -> list[Row]:
        """Return the rows of a statement."""
        try:
            return self._connection.execute(statement, values).fetchall()
        except _SQLITE_ERRORS as error:
            raise self._archive_error(error) from error

    def value(self, statement: str, *values: Any) -> Any:
        """Return the only value of a statement.

        Raises:
            ArchiveDamaged: the statement has no row.
        """
        for row in self.rows(statement, *values):
            return row[0]
        raise ArchiveDamaged(f"{self.file}: incomplete: {REPAIR_OR_RESTORE}")

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement; return the number of changed rows."""
        try:
            return self._connection.execute(statement, values).rowcount
        except _SQLITE_ERRORS as error:
            raise self._archive_error(error) from error

    def problems(self) -> Iterator[str]:
        """Yield the errors of the file structure, and foreign keys without a target."""
        for (message,) in self.iterate("PRAGMA integrity_check"):
            if message != "ok":
                yield " ".join(message.split())
        for table, row, parent, _ in self.iterate("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} refers to a row of {parent} that does not exist"

    def write_copy(self, file: Path) -> None:
        """Write a consistent copy to a new file, concurrently with readers and writers. The copy is not synced.

        Raises:
            ArchiveError: the copy cannot be written, or this file is damaged.
        """
        try:
            create(file)
            self.run("VACUUM INTO ?", str(file.absolute()))
        except ArchiveDamaged:
            raise
        except (ArchiveError, OSError) as error:
            raise ArchiveError(f"{file.parent}: copy not written: free space or check permissions ({error})") from error

    @classmethod
    def overwrite(cls, copy: Path, file: Path) -> None:
        """Replace the content of `file` by that of `copy`, atomically for readers, even after a crash.

        An open file must not be replaced by renaming: SQLite would apply the log of the old file to the new one. A
        file that is no longer a database is replaced by renaming, since no process can have it open.

        Raises:
            ArchiveError: the file cannot be written, or another process is writing.
        """
        try:
            if file.exists():
                cls(file, "rw")._copy_from(copy)
                return
        except ArchiveDamaged:
            pass
        sync(copy)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        copy.replace(file)
        sync(file.parent)

    def _copy_from(self, copy: Path) -> None:
        source = sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)
        try:
            self._durable()
            source.backup(self._connection)
            self.truncate_log()  # otherwise it stays as large as the file
        except _SQLITE_ERRORS as error:
            raise self._archive_error(error) from error
        finally:
            source.close()
            self.close()

    def truncate_log(self) -> bool:
        """Move the log (WAL) into the file and empty it; return False if a reader or writer prevents that.

        The log has deleted text until then.
        """
        before = self.value("PRAGMA busy_timeout")
        self.run(f"PRAGMA busy_timeout = {_CHECKPOINT_TIMEOUT}")
        try:
            return not self.value("PRAGMA wal_checkpoint(TRUNCATE)")
        except ArchiveError:  # such as a full disk; what was committed stays in the log
            return False
        finally:
            self.run(f"PRAGMA busy_timeout = {before}")

    def vacuum(self) -> None:
        """Write the file again without free pages, and empty the log.

        Raises:
            ArchiveError: another process is writing, or too little space is free.
        """
        self.run("VACUUM")
        self.truncate_log()

    def replaced(self) -> bool:
        """Return whether the file was deleted or replaced by another file since it was opened."""
        return _file_identity(self.file) != self._opened

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _archive_error(self, error: sqlite3.Error | UnicodeError) -> ArchiveError:
        reason = " ".join(str(error).split())  # it may quote words of an article
        code = getattr(error, "sqlite_errorname", "") or ""
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return ArchiveError(f"{self.file}: locked by another process: retry when it has finished")
        if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            return ArchiveError(
                f"{self.file}: cannot be opened or written: check the permissions of {self.file.parent}"
            )
        if code.startswith("SQLITE_FULL"):
            return ArchiveFull(f"{self.file}: the disk is full: free space and run the command again; no data is lost")
        if code.startswith("SQLITE_IOERR"):  # also a full disk, when SQLite allocates space in advance
            kind = ArchiveFull if _is_full(self.file.parent) else ArchiveError
            return kind(f"{self.file}: {reason} ({code}): free space or check the disk, then retry")
        # Without a code: a value is not text. SQLITE_ERROR: a table is missing.
        if isinstance(error, sqlite3.ProgrammingError):
            return ArchiveError(f"{self.file}: {reason}")
        if not code or code in ("SQLITE_ERROR", "SQLITE_NOTADB") or code.startswith("SQLITE_CORRUPT"):
            return ArchiveDamaged(f"{self.file}: damaged ({reason}): {REPAIR_OR_RESTORE}")
        return ArchiveError(f"{self.file}: {reason}: retry")


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _FULL
    except OSError:
        return False


def _file_identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def json_list(values: Iterable[str | int]) -> str:
    """Return the parameter of `LIST` for values.

    Raises:
        FieldError: a value has U+0000, at which SQLite would cut it, or half a surrogate pair.
        ArchiveDamaged: a value is neither text nor a number, as in a damaged row.
    """
    checked = [check_characters("id", value) if isinstance(value, str) else value for value in values]
    try:
        return json.dumps(checked)
    except TypeError as error:
        raise ArchiveDamaged(f"an id in the catalog is damaged: {REPAIR_OR_RESTORE}") from error
