"""Convert a catalog of an earlier format to the current one, without embedding."""

import json
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.checksums import checksum
from index.errors import ArchiveDamaged, ArchiveError
from index.local.catalog import FILE
from index.local.database import RESTORE, Database
from index.local.lock import write_lock
from index.local.schema import FORMAT, PROVENANCE, STATES, VERSIONS, RowDecoder, codes_row, tokens_table
from index.model.cache import Model, Progress
from index.model.quantize import TokenQuantizer
from index.types import TokenCodes, unit

Prepared = Callable[[Model], Model]
"""Returns the model of an archive as this version of newsqa prepares it."""

_NEW_TABLES = {2: (STATES,), 3: (VERSIONS, PROVENANCE)}  # by the format that lacks them
_FOUR_BITS = 4  # the last format with token vectors in 4 bits
_CONVERTED = "converted_tokens"
_BATCH_SIZE = 256  # passages, some 20,000 token vectors: 30 MB as float32
_LOCK_TIMEOUT = 2.0  # seconds to wait for a writer


def convert(data: Path, prepared: Prepared, progress: Progress) -> str | None:
    """Convert the catalog of a data folder; return a note about it, or None if it is in no earlier format.

    Readers of the earlier version see the archive unchanged until the last transaction. After an interruption, the next
    call continues. It takes a quarter of the file more on the disk, and as much again to make the file smaller.

    Raises:
        ArchiveBusy: another process is writing.
        ArchiveError: the catalog is damaged, or cannot be written.
    """
    file = data / FILE
    if not file.is_file() or Database.format_of(file) not in (*_NEW_TABLES, _FOUR_BITS):
        return None
    with write_lock(data, _LOCK_TIMEOUT):
        for format_, statements in _NEW_TABLES.items():
            Database.convert(file, format_, format_ + 1, statements)
        if Database.format_of(file) != FORMAT:  # else another process has converted it
            with closing(Database.writer(file, _FOUR_BITS)) as database:
                before = file.stat().st_size
                _TokenConversion(database, prepared, progress).run()
                try:
                    database.vacuum()
                except ArchiveError as error:
                    return f"converted; the file is not smaller yet: run newsqa doctor --vacuum ({error})"
                return f"converted: {before / 1e6:.1f} MB before, {file.stat().st_size / 1e6:.1f} MB after"
    return None


class _TokenConversion:
    """Replaces token vectors in 4 bits per component by projected ones in 2 bits."""

    def __init__(self, database: Database, prepared: Prepared, progress: Progress) -> None:
        self._database, self._progress = database, progress
        self._rows = RowDecoder(database.file)
        stored = self._described()
        grid = stored.pop("grid")
        self._low, self._step = np.array(grid, dtype=np.float32)
        model = prepared(Model(**stored, projection="", component_means=[], level_step=0.0))
        self._quantizer = TokenQuantizer(model)
        self._model = json.dumps(stored | model.tokens)
        self._last = 0  # number of the last row that was converted

    def _described(self) -> dict[str, Any]:
        """Return the stored description of the model."""
        for value, stored in self._database.rows("SELECT value, checksum FROM settings WHERE key = 'model'"):
            if checksum("model", value) == stored:
                described: dict[str, Any] = json.loads(value)
                return described
        raise ArchiveDamaged(f"{self._database.file}: the model's description is damaged: {RESTORE}")

    def run(self) -> None:
        """Convert the rows in batches, each in a transaction, and in the last one replace the table."""
        self._database.run(tokens_table(f"IF NOT EXISTS {_CONVERTED}"))
        total = self._database.value("SELECT count(*) FROM tokens")
        done = self._database.value(f"SELECT count(*) FROM {_CONVERTED}")  # by an earlier attempt
        count = _BATCH_SIZE
        while count == _BATCH_SIZE:
            with self._database.transaction():
                count = self._convert_batch()
            done += count
            self._progress("converting token vectors", min(done, total), total)
        # The vectors are not deleted text, and overwriting freed pages with zeros would write the old file once more.
        self._database.run("PRAGMA secure_delete = OFF")
        with self._database.transaction():
            while self._convert_batch():  # written by a service meanwhile
                pass
            self._database.run("DROP TABLE tokens")
            self._database.run(f"ALTER TABLE {_CONVERTED} RENAME TO tokens")
            self._database.run(
                "UPDATE settings SET value = ?, checksum = ? WHERE key = 'model'",
                *(self._model, checksum("model", self._model)),
            )
            self._database.run(f"PRAGMA user_version = {FORMAT}")

    def _convert_batch(self) -> int:
        """Convert the next rows, which are in the order of their numbers, and return how many there were.

        Damaged rows are omitted: the examination that follows reports them.
        """
        last = self._database.rows(
            f"SELECT tokens.rowid FROM {_CONVERTED} JOIN tokens USING (key) ORDER BY {_CONVERTED}.rowid DESC LIMIT 1"
        )
        self._last = max(self._last, *(number for (number,) in last), 0)
        rows = self._database.rows(
            "SELECT rowid, key, counts, codes, checksum FROM tokens WHERE rowid > ? ORDER BY rowid LIMIT ?",
            *(self._last, _BATCH_SIZE),
        )
        decoded = []
        for self._last, *row in rows:
            with suppress(ArchiveDamaged, ValueError):
                decoded.append((row[0], self._rows.codes("a text", *row)))
        if decoded:
            codes = self._encoded(np.concatenate([tokens.codes for _, tokens in decoded]))
            ends = np.cumsum([len(tokens.codes) for _, tokens in decoded])[:-1]
            for (key, tokens), part in zip(decoded, np.split(codes, ends), strict=True):
                self._database.run(
                    f"INSERT INTO {_CONVERTED} (key, counts, codes, checksum) VALUES (?, ?, ?, ?)",
                    *codes_row(key, TokenCodes(tokens.counts, part)),
                )
        return len(rows)

    def _encoded(self, codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the codes of vectors that are decoded from 4 bits: components i and i + width // 2 share a byte."""
        steps = np.hstack([codes & 15, codes >> 4]).astype(np.float32)
        return self._quantizer.quantize(unit(self._quantizer.project(self._low + self._step * steps)))
