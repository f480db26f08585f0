"""The tables of an exported archive as Parquet files of small row groups; the only module that imports pyarrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ArchiveDamaged, OtherFormat, SettingsError
from index.files import create, sync

try:
    # newsqa can be installed without it.
    import pyarrow as pa
    from pyarrow import parquet
except ImportError as error:
    raise SettingsError("Parquet needs another package: pip install 'newsqa[parquet]'") from error

ARTICLES, VERSIONS, PASSAGES, VECTORS = "articles.parquet", "versions.parquet", "passages.parquet", "vectors.parquet"
FILES = (ARTICLES, VERSIONS, PASSAGES, VECTORS)

Values = tuple[Any, ...]
"""The values of a row, in the order of its columns."""

_MAX_ROWS = 4096  # of a row group
_MAX_BYTES = 8_000_000  # of a row group, about, before compression; bounds the memory of writing and reading


def _required(name: str, type_: Any) -> Any:
    return pa.field(name, type_, nullable=False)


def _list(type_: Any, length: int = -1) -> Any:
    return pa.list_(_required("element", type_), length)


_SPAN = pa.struct([_required("start", pa.int32()), _required("end", pa.int32())])
_TEXTS = [_required("title", pa.string()), _required("text", pa.string()), _required("language", pa.string())]
_FIELDS = [
    pa.field("published", pa.date32()),
    pa.field("source", pa.string()),
    pa.field("author", pa.string()),
    pa.field("url", pa.string()),
]
_REPEATED = ("language", "source", "author", "article_id")  # columns that are written once for each distinct value


def _schema(name: str, dimension: int) -> Any:
    """Return the columns of a table; `dimension` is that of the vectors."""
    columns = {
        ARTICLES: [
            *(_required("id", pa.string()), *_TEXTS, *_FIELDS),
            *(_required("origin", pa.string()), _required("fingerprint", pa.string())),
            _required("provenance", pa.map_(pa.string(), pa.string())),
        ],
        VERSIONS: [
            *(_required("article_id", pa.string()), _required("version", pa.string())),
            *(_required("replaced", pa.timestamp("us", tz="UTC")), *_TEXTS, *_FIELDS),
        ],
        PASSAGES: [
            *(_required("id", pa.string()), _required("article_id", pa.string())),
            *(_required("start", pa.int32()), _required("end", pa.int32()), _required("language", pa.string())),
            *(_required("sentences", _list(_SPAN)), _required("key", pa.binary())),
        ],
        VECTORS: [
            *(_required("key", pa.binary()), _required("vector", _list(pa.float32(), dimension))),
            *(_required("counts", _list(pa.uint16())), _required("codes", pa.binary())),
        ],
    }
    return pa.schema(columns[name])


class TableWriter:
    """Writes a table to a new file that only its owner can read; close it, or use it as a context manager."""

    def __init__(self, file: Path, dimension: int) -> None:
        """Create the file; its name determines the columns.

        Raises:
            OSError: it cannot be created.
        """
        self._file = file
        self._schema = _schema(file.name, dimension)
        self._rows: list[Values] = []
        self._bytes = 0
        create(file)
        self._writer = parquet.ParquetWriter(
            file,
            self._schema,
            compression="zstd",
            use_dictionary=[name for name in self._schema.names if name in _REPEATED],
            # The bytes of floats by their place: those of the exponents compress, and the file is an eighth smaller.
            column_encoding={"vector.list.element": "BYTE_STREAM_SPLIT"} if file.name == VECTORS else None,
        )

    def add(self, row: Values, size: int) -> None:
        """Write a row of about `size` bytes.

        Raises:
            OSError: the file cannot be written.
        """
        self._rows.append(row)
        self._bytes += size
        if len(self._rows) >= _MAX_ROWS or self._bytes >= _MAX_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = zip(self._schema, zip(*self._rows, strict=True), strict=True)
            arrays = [pa.array(values, field.type) for field, values in columns]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
        self._rows, self._bytes = [], 0

    def __enter__(self) -> "TableWriter":
        """Return the writer."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Write what is left, and flush the file to the disk."""
        if kind is None:
            self._flush()
        self._writer.close()
        sync(self._file)


def read(file: Path, dimension: int) -> Iterator[Values]:
    """Yield the rows of a table; vectors and lists of numbers are arrays.

    Raises:
        OtherFormat: the file has other columns.
        ArchiveDamaged: it is not a Parquet file, or damaged.
    """
    try:
        with parquet.ParquetFile(file, pre_buffer=False) as table:
            if not table.schema_arrow.equals(_schema(file.name, dimension)):
                raise OtherFormat(f"{file}: has other columns: import it with the newsqa version that wrote it")
            for group in range(table.num_row_groups):
                columns = table.read_row_group(group, use_threads=False).columns
                yield from zip(*map(_values, columns), strict=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ArchiveDamaged(f"{file}: damaged ({reason}): copy the folder again") from error


def _values(column: Any) -> Any:
    """Return the values of a column: rows of arrays for vectors, Python values otherwise."""
    if pa.types.is_fixed_size_list(column.type):
        return np.concatenate([chunk.flatten().to_numpy() for chunk in column.chunks]).reshape(len(column), -1)
    return column.to_pylist()
