"""A SQLite file that says what is wrong with it; the only module that imports sqlite3."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from index.errors import ArchiveDamaged, ArchiveError, OtherFormat
from index.files import sync

Row = sqlite3.Row

LIST = "SELECT value FROM json_each(?)"
"""What `IN (…)` takes in a statement whose parameter is `listed(values)`: one parameter, however many values."""
AGAIN = "run newsqa doctor --repair, or restore a snapshot"

_APPLICATION = 0x6E777161  # "nwqa", so that another program's file is not taken for ours
_FAILURES = (sqlite3.Error, UnicodeError)  # the other where SQLite names what is damaged as it finds it
WAIT = 10.0
"""Seconds for another process to finish its transaction."""


class Database:
    """An open file. One thread at a time."""

    def __init__(self, file: Path, mode: str, wait: float = WAIT) -> None:
        """Open a file; `mode` is `ro`, `rw` or `rwc`. A lock of another process is waited for at most `wait` seconds.

        Raises:
            ArchiveError: it cannot be opened.
        """
        self.file = file
        try:
            self._connection = sqlite3.connect(
                f"{file.resolve().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,  # transactions begin where we say
                check_same_thread=False,
                timeout=wait,
            )
        except _FAILURES as error:
            raise self._explained(error) from error
        self._connection.row_factory = sqlite3.Row
        self._opened = _file_identity(file)

    @classmethod
    def reader(cls, file: Path, format_: int, wait: float = WAIT) -> Self:
        """Open a file of ours for reading.

        Raises:
            ArchiveError: it is not ours, or in another format, or cannot be read.
        """
        try:
            return cls(file, "ro", wait)._checked(format_)
        except OtherFormat:
            raise
        except ArchiveError:
            if os.access(file.parent, os.W_OK):
                raise
        # In a folder that cannot be written, SQLite can only read a file that nobody has left half-way.
        log = file.with_name(f"{file.name}-wal")
        if log.exists() and log.stat().st_size:
            raise ArchiveError(f"{file}: was not closed: open it once in a folder that can be written")
        return cls(file, "ro&immutable=1", wait)._checked(format_)

    @classmethod
    def writer(cls, file: Path, format_: int, wait: float = WAIT) -> Self:
        """Open a file of ours for writing; what is committed survives a loss of power.

        Raises:
            ArchiveError: it is not ours, or in another format, or cannot be written.
        """
        return cls(file, "rw", wait)._checked(format_)._durable()

    @classmethod
    @contextmanager
    def made(cls, file: Path, format_: int) -> Iterator[Self]:
        """Make a new file: what the block writes is there under its name when it ends, or nothing is.

        Raises:
            ArchiveError: it cannot be written.
        """
        aside = file.with_suffix(".making")
        try:
            aside.unlink(missing_ok=True)
            database = cls(aside, "rwc")
            try:
                with database.transaction():
                    yield database
                    database.run(f"PRAGMA user_version = {format_}")
                    database.run(f"PRAGMA application_id = {_APPLICATION}")
                # Not later: were it cut short under its own name, readers could not undo the half of it.
                database.run("PRAGMA journal_mode = WAL")
            finally:
                database.close()
            aside.replace(file)
            sync(file.parent)
        except OSError as error:
            raise ArchiveError(f"{file}: cannot be made: {error.strerror}") from error

    @classmethod
    def convert(cls, file: Path, before: int, after: int, statements: Iterable[str], wait: float = WAIT) -> None:
        """Bring a file of ours from one format into the next, wholly or not at all; leave one in another format.

        Raises:
            ArchiveError: it cannot be written.
        """
        try:
            database = cls.writer(file, before, wait)
        except OtherFormat:  # perhaps another process was faster
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
            if (found := self.value("PRAGMA user_version")) != format_:
                raise OtherFormat(
                    f"{self.file}: in format {found}, and this newsqa reads {format_}: index into another data folder"
                )
        except BaseException:
            self.close()
            raise
        return self

    def _durable(self) -> Self:
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
                self.run(f"PRAGMA {pragma}")
        except BaseException:
            self.close()
            raise
        return self

    @contextmanager
    def transaction(self, kind: str = "IMMEDIATE") -> Iterator[None]:
        """Do all of the block or nothing; with kind `DEFERRED`, see one state in all of it, be it of a block around."""
        if kind == "DEFERRED" and self._connection.in_transaction:
            yield
            return
        self.run(f"BEGIN {kind}")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):  # of a damaged file; what went wrong first is told
                    self._connection.execute("ROLLBACK")
            raise

    def each(self, statement: str, *values: Any) -> Iterator[Row]:
        """Give the rows of a statement one by one."""
        try:
            yield from self._connection.execute(statement, values)
        except _FAILURES as error:
            raise self._explained(error) from error

    def rows(self, statement: str, *values: Any) -> list[Row]:
        """Return the rows of a statement."""
        return list(self.each(statement, *values))

    def value(self, statement: str, *values: Any) -> Any:
        """Return the only value of a statement.

        Raises:
            ArchiveDamaged: there is none.
        """
        for row in self.rows(statement, *values):
            return row[0]
        raise ArchiveDamaged(f"{self.file}: incomplete: {AGAIN}")

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement; return how many rows it changed."""
        try:
            return self._connection.execute(statement, values).rowcount
        except _FAILURES as error:
            raise self._explained(error) from error

    def problems(self) -> Iterator[str]:
        """Give what is wrong with the file's own structure, and references that lead nowhere."""
        for (found,) in self.each("PRAGMA integrity_check"):
            if found != "ok":
                yield " ".join(found.split())
        for table, row, parent, _ in self.each("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} refers to a row of {parent} that is not there"

    def write_copy(self, file: Path) -> None:
        """Write all of one moment to a new file, while others read and write this one. It is not synced.

        Raises:
            ArchiveError: it cannot be written, or what is to be copied is damaged.
        """
        try:
            self.run("VACUUM INTO ?", str(file.absolute()))
        except ArchiveDamaged:
            raise
        except ArchiveError as error:
            raise ArchiveError(f"{file.parent}: not written, make room or check permissions ({error})") from error

    @classmethod
    def put(cls, copy: Path, file: Path) -> None:
        """Give a file the content of another: others see it as it was or as it is then, whatever happens.

        A file that is open anywhere must not be exchanged by renaming: the log beside it would be taken for the new
        one's. One that is no database any more is renamed, since nobody can be using it.

        Raises:
            ArchiveError: it cannot be written, or somebody else is writing.
        """
        try:
            if file.exists():
                cls(file, "rw")._becomes(copy)
                return
        except ArchiveDamaged:
            pass
        sync(copy)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        copy.replace(file)
        sync(file.parent)

    def _becomes(self, copy: Path) -> None:
        source = sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)
        try:
            self._durable()
            source.backup(self._connection)
            self.run("PRAGMA busy_timeout = 1000")  # it is done, whoever reads meanwhile
            self.run("PRAGMA wal_checkpoint(TRUNCATE)")  # or the log would stay as large as the file
        except _FAILURES as error:
            raise self._explained(error) from error
        finally:
            source.close()
            self.close()

    def replaced(self) -> bool:
        """Tell whether another file, or none, lies where this one was opened."""
        return _file_identity(self.file) != self._opened

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _explained(self, error: sqlite3.Error | UnicodeError) -> ArchiveError:
        said = " ".join(str(error).split())  # it may name words of an article
        code = getattr(error, "sqlite_errorname", "") or ""
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return ArchiveError(f"{self.file}: another process holds it: try again when it has finished")
        if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            return ArchiveError(
                f"{self.file}: cannot be opened or written: check the permissions of {self.file.parent}"
            )
        if code.startswith("SQLITE_FULL"):
            return ArchiveError(f"{self.file}: the disk is full: make room and run the command again; nothing is lost")
        if code.startswith("SQLITE_IOERR"):  # a full disk, too, where SQLite makes room beforehand
            return ArchiveError(f"{self.file}: {said} ({code}): make room or look after the disk, and try again")
        # No code: what was read is not text; a plain error: a table is missing.
        if isinstance(error, sqlite3.ProgrammingError):
            return ArchiveError(f"{self.file}: {said}")
        if not code or code in ("SQLITE_ERROR", "SQLITE_NOTADB") or code.startswith("SQLITE_CORRUPT"):
            return ArchiveDamaged(f"{self.file}: damaged ({said}): {AGAIN}")
        return ArchiveError(f"{self.file}: {said}: try again")


def _file_identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def listed(values: Iterable[str | int]) -> str:
    """Return values as the parameter of `LIST`."""
    return json.dumps([*values])


def checksum(*values: object) -> bytes:
    """Return a checksum of a row, since SQLite keeps none and a flipped bit must not become a false quote."""
    digest = hashlib.blake2b(digest_size=8)
    for value in values:
        content = value if isinstance(value, bytes) else repr(value).encode()
        digest.update(b"%d:" % len(content) + content)
    return digest.digest()
