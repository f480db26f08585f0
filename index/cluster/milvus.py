"""The connection to Milvus, with its errors as ours; the only module that imports pymilvus."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from index.errors import ArchiveError, SettingsError, StoreUnavailable
from index.types import Vectors

PASSAGES, RECORDS = "passages", "records"
MAX_TEXT = 65_535
"""Bytes of a text in a row."""

_MAX_ROWS = 16_384  # of one answer of Milvus
_MAX_VALUES = 500  # of a condition
_PAGE = 1000  # rows of a call of an iterator
_MAX_INSERT = 16_000_000  # bytes of rows in one call; Milvus takes 64 MB
_TIMEOUT = 10.0  # seconds of a call
# An idle connection sends no pings: servers of gRPC that do not expect them, such as milvus-lite, close it then.
_OPTIONS = {"grpc.keepalive_permit_without_calls": False}
_MIN_VERSION = {"milvus": (2, 3), "milvus-lite": (3, 2)}
_MIN_BM25 = (2, 5)
_EFFORT = 4  # neighbors that the index, a graph, looks at for each one returned: with fewer it misses some
_DEFAULT_NAME = "newsqa"
_NO_CONNECTION, _NO_COLLECTION, _NOT_LOADED = 2, 100, 101  # codes of errors
_UNAVAILABLE = re.compile("unavailable|deadline|timed? ?out|cancelled", re.IGNORECASE)
_log = logging.getLogger("newsqa")

Row = dict[str, Any]


class Milvus:
    """A connection to the two collections of an archive: passages, and records of everything else. Thread-safe."""

    def __init__(self, address: str) -> None:
        """Connect to an address such as `milvus+http://host:19530/name`; `name` starts the names of collections.

        Raises:
            SettingsError: pymilvus is not installed, or the server is too old.
            StoreUnavailable: nothing answers at the address.
        """
        parts, name = _parts(address)
        self.place = place(address)
        """The address without its password, for messages."""
        self.importing = False
        """Whether this connection fills an archive that others must not use yet."""
        try:
            import pymilvus  # imported here: an extra, which takes a second
        except ImportError as error:
            raise SettingsError(f"{self.place}: pymilvus is not installed: pip install 'newsqa[milvus]'") from error
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs every error that it raises
        self._pymilvus = pymilvus
        self._prefix = f"{name}_"
        token = unquote(f"{parts.username}:{parts.password or ''}") if parts.username else ""
        uri = f"{parts.scheme}://{parts.hostname}:{parts.port or 19530}"
        with self._errors():
            self._client = pymilvus.MilvusClient(uri, token=token, timeout=_TIMEOUT, grpc_options=_OPTIONS)
            version = str(self._client.get_server_version(timeout=_TIMEOUT))
        self._bm25 = check_version(self.place, version)
        if not self._bm25:
            _log.warning("%s: is Milvus %s, which has no BM25: passages are found by vectors only", self.place, version)

    def exists(self, collection: str) -> bool:
        """Return whether a collection exists."""
        with self._errors():
            return bool(self._client.has_collection(self._prefix + collection, timeout=_TIMEOUT))

    def dimension(self) -> int:
        """Return the dimension of the vectors of passages."""
        with self._errors():
            fields = self._client.describe_collection(self._prefix + PASSAGES, timeout=_TIMEOUT)["fields"]
        return next((int(field["params"]["dim"]) for field in fields if field["name"] == "vector"), 0)

    def create(self, dimension: int) -> None:
        """Create the collections that do not exist."""
        kinds = self._pymilvus.DataType
        with self._errors():
            schema = self._client.create_schema(enable_dynamic_field=False)
            schema.add_field("pk", kinds.VARCHAR, max_length=64, is_primary=True)
            schema.add_field("kind", kinds.VARCHAR, max_length=8)
            schema.add_field("owner", kinds.VARCHAR, max_length=32)
            schema.add_field("body", kinds.VARCHAR, max_length=MAX_TEXT)
            schema.add_field("text", kinds.VARCHAR, max_length=MAX_TEXT)
            schema.add_field("unused", kinds.FLOAT_VECTOR, dim=2)  # a collection needs a vector
            indexes = self._client.prepare_index_params()
            indexes.add_index("unused", index_type="FLAT", metric_type="IP")
            self._create(RECORDS, schema, indexes)
            schema = self._client.create_schema(enable_dynamic_field=False)
            schema.add_field("pk", kinds.VARCHAR, max_length=64, is_primary=True)
            schema.add_field("number", kinds.INT64)
            schema.add_field("owner", kinds.VARCHAR, max_length=32)
            schema.add_field("day", kinds.INT64)
            schema.add_field("language", kinds.VARCHAR, max_length=64)
            schema.add_field("outlet", kinds.VARCHAR, max_length=32)
            schema.add_field("key", kinds.VARCHAR, max_length=128)
            for name in ("body", "text", "terms", "codes", "raw"):
                schema.add_field(name, kinds.VARCHAR, max_length=MAX_TEXT)
            schema.add_field(
                "words", kinds.VARCHAR, max_length=MAX_TEXT, **({"enable_analyzer": True} if self._bm25 else {})
            )
            schema.add_field("vector", kinds.FLOAT_VECTOR, dim=dimension)
            indexes = self._client.prepare_index_params()
            indexes.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
            if self._bm25:
                self._add_bm25(schema, indexes)
            self._create(PASSAGES, schema, indexes)

    def _add_bm25(self, schema: Any, indexes: Any) -> None:
        """Let Milvus compute BM25 from the words of passages."""
        schema.add_field("bm25", self._pymilvus.DataType.SPARSE_FLOAT_VECTOR)
        bm25 = self._pymilvus.FunctionType.BM25
        schema.add_function(
            self._pymilvus.Function(
                name="bm25", function_type=bm25, input_field_names=["words"], output_field_names=["bm25"]
            )
        )
        constants = {"bm25_k1": 1.2, "bm25_b": 0.75}
        indexes.add_index("bm25", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=constants)

    def _create(self, collection: str, schema: Any, indexes: Any) -> None:
        name = self._prefix + collection
        if not self._client.has_collection(name, timeout=_TIMEOUT):
            # Strong: a read sees every write that was acknowledged before it.
            self._client.create_collection(
                name, schema=schema, index_params=indexes, consistency_level="Strong", timeout=_TIMEOUT
            )

    def drop(self, *collections: str) -> None:
        """Delete those of some collections that exist, by default of both, first that of the passages."""
        with self._errors():
            for collection in collections or (PASSAGES, RECORDS):
                self._client.drop_collection(self._prefix + collection, timeout=_TIMEOUT)

    def rows(
        self, collection: str, field: str, values: Iterable[str], fields: Sequence[str], more: str = ""
    ) -> list[Row]:
        """Return the rows in which `field` has one of `values`, plain letters and digits, and that `more` admits."""
        found: list[Row] = []
        for condition in _conditions(field, values, more):
            page = self._call("query", collection, filter=condition, output_fields=[*fields], limit=_MAX_ROWS)
            # Of a passage that very many articles have, the rows do not fit into one answer.
            found += page if len(page) < _MAX_ROWS else self.iterate(collection, condition, fields)
        return found

    def iterate(self, collection: str, condition: str, fields: Sequence[str], limit: int = -1) -> Iterator[Row]:
        """Yield the rows that satisfy a condition, at most `limit` unless negative."""
        pages = self._call("query_iterator", collection, _PAGE, limit, condition, output_fields=[*fields])
        try:
            while True:
                with self._errors():
                    page = pages.next()
                if not page:
                    return
                yield from page
        finally:
            pages.close()

    def count(self, collection: str, condition: str = "") -> int:
        """Return the number of rows that satisfy a condition."""
        rows = self._call("query", collection, filter=condition, output_fields=["count(*)"])
        return int(rows[0]["count(*)"])

    def upsert(self, collection: str, rows: Sequence[Row]) -> None:
        """Write rows; those with the same key are replaced."""
        batch: list[Row] = []
        size = 0
        for row in rows:
            if size > _MAX_INSERT:
                self._call("upsert", collection, batch)
                batch, size = [], 0
            batch.append({"unused": [1.0, 0.0], **row} if collection == RECORDS else row)
            size += sum(4 * len(value) for value in row.values() if isinstance(value, str | list))
        if batch:
            self._call("upsert", collection, batch)

    def delete(self, collection: str, field: str, values: Iterable[str]) -> None:
        """Delete the rows in which `field` has one of `values`."""
        for condition in _conditions(field, values):
            self._call("delete", collection, filter=condition)

    def search(
        self, vector: Vectors, words: str, limits: tuple[int, int], condition: str, fields: Sequence[str]
    ) -> list[Row]:
        """Return the passages nearest to a vector and the best by BM25 for `words`, within two limits, in one call.

        A Milvus without BM25 returns only those nearest to the vector.
        """
        effort = {"params": {"ef": _EFFORT * limits[0]}}
        if not self._bm25:
            options = {
                "anns_field": "vector",
                "limit": limits[0],
                "filter": condition,
                "output_fields": [*fields],
                "search_params": effort,
            }
            (hits,) = self._call("search", PASSAGES, [vector.tolist()], **options)
            return [dict(hit["entity"]) for hit in hits]
        request = self._pymilvus.AnnSearchRequest
        requests = [request([vector.tolist()], "vector", effort, limits[0], expr=condition or None)]
        if words:
            requests.append(request([words], "bm25", {}, limits[1], expr=condition or None))
        ranker = self._pymilvus.RRFRanker()
        (hits,) = self._call("hybrid_search", PASSAGES, requests, ranker, sum(limits), output_fields=[*fields])
        return [dict(hit["entity"]) for hit in hits]

    def _call(self, method: str, collection: str, *arguments: Any, **options: Any) -> Any:
        """Call a method of pymilvus for a collection; load the collection if a restart of Milvus has released it."""
        name = self._prefix + collection
        with self._errors():
            call = partial(getattr(self._client, method), name, *arguments, timeout=_TIMEOUT, **options)
            try:
                return call()
            except self._pymilvus.MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
                self._client.load_collection(name, timeout=_TIMEOUT)
                return call()

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise errors of Milvus as ours."""
        try:
            yield
        except self._pymilvus.MilvusException as error:
            reason = " ".join(str(error.message).split())[:200]
            # A message about a collection has its name, which may be any.
            unavailable = error.code != _NO_COLLECTION and _UNAVAILABLE.search(reason)
            if error.code == _NO_CONNECTION or unavailable:
                raise StoreUnavailable(f"{self.place}: does not answer: start Milvus, or check NEWSQA_STORE") from error
            raise ArchiveError(f"{self.place}: {reason}") from error
        except Exception as error:
            # pymilvus lets errors of its connection through, as those of gRPC, which is not imported for this.
            if not type(error).__module__.startswith("grpc"):
                raise
            raise StoreUnavailable(f"{self.place}: does not answer: start Milvus, or check NEWSQA_STORE") from error


def place(address: str) -> str:
    """Return an address without its user and password, for messages."""
    parts, name = _parts(address)
    return f"milvus+{parts.scheme}://{parts.hostname}:{parts.port or 19530}/{name}"


def _parts(address: str) -> tuple[SplitResult, str]:
    """Return the address of the server and the name of the archive."""
    parts = urlsplit(address.removeprefix("milvus+"))
    return parts, parts.path.strip("/") or _DEFAULT_NAME


def check_version(place: str, version: str) -> bool:
    """Return whether a server with a version such as `v2.6.4`, `v2.3.5-lite` or `milvus_lite-3.2.2` has BM25.

    Raises:
        SettingsError: it is too old.
    """
    product = "milvus-lite" if "milvus_lite" in version else "milvus"  # packages of the server end in `-lite`
    match = re.search(r"(\d+)\.(\d+)", version)
    if match is None or (int(match[1]), int(match[2])) < _MIN_VERSION[product]:
        minimum = ".".join(map(str, _MIN_VERSION[product]))
        raise SettingsError(f"{place}: is {product} {version.lstrip('v')}: newsqa needs {product} {minimum} or later")
    return (int(match[1]), int(match[2])) >= _MIN_BM25


def one_of(field: str, values: Iterable[str | int]) -> str:
    """Return the condition that a field has one of some values, which are plain letters, digits and hyphens."""
    return f"{field} in {json.dumps([*values])}"


def joined(*conditions: str) -> str:
    """Return the condition that all conditions hold; empty ones do."""
    return " and ".join(condition for condition in conditions if condition)


def _conditions(field: str, values: Iterable[str], more: str = "") -> Iterator[str]:
    """Yield conditions of limited length which together hold for a field with any of the values."""
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), _MAX_VALUES):
        yield joined(one_of(field, wanted[start : start + _MAX_VALUES]), more)
