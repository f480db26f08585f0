"""The lexical index: BM25 over the terms of passages; the only module that imports tantivy."""

import json
import math
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

import numpy as np
from tantivy import Document, FieldType, Index, Occur, Query, Schema, SchemaBuilder

from index.bm25 import InMemoryBM25, TermWeights, idf, rare
from index.errors import ArchiveDamaged
from index.files import link
from index.local.catalog import Content
from index.local.columns import Selection
from index.terms import terms
from index.types import Filter, Numbers

_WRITER_HEAP = 256_000_000  # bytes of postings per segment
_MAX_DELETE_ATTEMPTS = 10  # of a folder in which tantivy may create a lock at any time
_DIGITS = 4  # of scores: the precision of 32-bit floats
_MAX_NUMBER_QUERIES = 200  # passages; a set query is faster for more
_MAX_FILTERED_HITS = 1000  # to filter by columns
_TIED_FACTOR = 3  # hits for each one asked for, where words are misspelled
_MAX_TIED_HITS = 500  # to order by number; thousands of passages can match a misspelling equally well
_MAX_SCANNED = 50_000  # occurrences of a term that are faster to read one after another than to look up by passage

_NUMBER, _LENGTH, _TERMS, _DAY, _LANGUAGE, _OUTLET = "number", "length", "terms", "day", "language", "outlet"
_META = "meta.json"  # where tantivy lists its segments
_SCHEMA: Schema = (
    SchemaBuilder()
    .add_integer_field(_NUMBER, indexed=True, fast=True)
    .add_integer_field(_LENGTH, fast=True)
    .add_integer_field(_DAY, fast=True)
    .add_text_field(_LANGUAGE, tokenizer_name="raw", index_option="basic")
    .add_text_field(_OUTLET, tokenizer_name="raw", index_option="basic")
    .add_text_field(_TERMS, tokenizer_name="whitespace", index_option="freq")
    .build()
)

EMPTY = InMemoryBM25()
"""The delta of an index that contains all passages."""


class LexicalIndex:
    """An immutable index of terms and of what filters need. Thread-safe."""

    def __init__(self, index: Index, documents: int) -> None:
        """Wrap a tantivy index of `documents`, including deleted ones; `read` is the public constructor."""
        self._searcher = index.searcher()
        self._documents = documents
        result = self._searcher.aggregate(Query.all_query(), {_LENGTH: {"sum": {"field": _LENGTH}}})
        self._term_count = float(result[_LENGTH]["value"] or 0)

    @staticmethod
    def write(folder: Path, contents: Iterable[Content], base: Path | None = None, dead: Iterable[int] = ()) -> None:
        """Write an index of passages to a new folder; it starts with that of the folder `base`, less `dead` passages.

        Files that stay as they are become links to those of `base`.

        Raises:
            OSError: the folder cannot be written.
        """
        folder.mkdir()
        try:
            with _temporary_folder(folder.parent) as place:
                for file in base.iterdir() if base else ():
                    link(file, place / file.name)
                _change(Index(_SCHEMA, path=str(place)), contents, dead)
                for file in place.iterdir():
                    if file.suffix != ".lock":
                        link(file, folder / file.name)
        except ValueError as error:  # tantivy raises ValueError for disk errors
            raise OSError(f"{folder}: {error}") from error

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read an index; the caller has verified its files. The folder may be read-only, and may be deleted afterwards.

        Raises:
            ArchiveDamaged: the folder is not an index.
        """
        try:
            with _temporary_folder() as place:
                for file in folder.iterdir():
                    (place / file.name).symlink_to(file.absolute())
                index = Index.open(str(place))
                if index.schema != _SCHEMA:
                    raise ArchiveDamaged(f"{folder}: not a lexical index")
                meta = json.loads((folder / _META).read_text(encoding="utf-8"))
                return cls(index, sum(segment["max_doc"] for segment in meta["segments"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArchiveDamaged(f"{folder}: not a lexical index") from error

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @property
    def numbers(self) -> Numbers:
        """The passage numbers."""
        hits = self._hits(Query.all_query(), len(self)) if len(self) else []
        return np.array([number for number, _ in hits], dtype=np.int64)

    def mean_length(self, delta: InMemoryBM25 = EMPTY) -> float:
        """Return the mean number of terms per passage, including the delta; 0 without passages."""
        return (self._term_count + delta.total) / max(len(self) + len(delta), 1)

    def term_weights(self, terms: Iterable[str], delta: InMemoryBM25 = EMPTY) -> TermWeights:
        """Return the weights of the terms of a question, over the passages of the index and the delta."""
        return TermWeights.of(
            terms,
            lambda term: self._frequency(term) + delta.frequency(term),
            self._documents + len(delta),  # with deleted ones, since `_frequency` counts them
        )

    def rare(self, terms: Iterable[str]) -> tuple[str, ...]:
        """Return those of the terms that are not frequent; all of them if all are."""
        return rare(terms, self._frequency, self._documents)

    def search(
        self, terms: Iterable[str], k: int, selection: Selection | None = None, delta: InMemoryBM25 = EMPTY
    ) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` best passages, best first; fewer if fewer contain a term.

        Passages of the `delta` count in the weights of terms but are not searched.
        """
        weights = self.term_weights(terms, delta)
        query = self._query(weights)
        total = len(self)
        k = min(k, total if selection is None else selection.count)
        if query is None or k < 1:
            return []
        # One more than requested, to detect ties with the last, which are likely among misspellings.
        limit = (k + 1) * (_TIED_FACTOR if weights.fuzzy else 1)
        if selection is not None:
            limit = math.ceil(limit * total / selection.count)
        while True:
            if selection is not None and limit > max(_MAX_FILTERED_HITS, 4 * k):
                # A filter of tantivy is faster than filtering so many hits.
                query, selection, limit = _filtered(query, selection.filters), None, k + 1
            limit = min(limit, total)
            hits = self._hits(query, limit)
            matching = hits
            if selection is not None:
                admitted = selection.admits(np.array([number for number, _ in hits], dtype=np.int64)).tolist()
                matching = [hit for hit, admits in zip(hits, admitted, strict=True) if admits]
            matching.sort(key=lambda hit: (-hit[1], hit[0]))
            last = hits[-1][1] if hits else 0.0
            is_complete = len(hits) < limit or limit == total
            is_clear = len(matching) >= k and (matching[k - 1][1] > last or limit >= max(_MAX_TIED_HITS, 2 * k))
            if is_complete or is_clear:
                return matching[:k]
            limit = max(2 * limit, _MAX_TIED_HITS)  # at once, since each search looks up misspellings again

    def coverage(self, terms: Iterable[str], numbers: Iterable[int], delta: InMemoryBM25 = EMPTY) -> dict[int, float]:
        """Return the BM25 of passages divided by the weight of the question, from 0 to 2.2, by number.

        A passage with each term once has about 1. Passages without a term, or not in the index, have 0.
        """
        weights = self.term_weights(terms, delta)
        coverage = dict.fromkeys(map(int, numbers), 0.0)
        limit = min(len(coverage), len(self))
        if not limit:
            return coverage
        # Several terms at once are read one after another, from the first to the last of the passages.
        scanned = [term for term in weights.exact if self._frequency(term) <= _MAX_SCANNED]
        groups = [scanned, *([term] for term in weights.exact if term not in scanned)]
        parts = [
            replace(weights, exact={term: weights.exact[term] for term in group}, fuzzy={} if i else weights.fuzzy)
            for i, group in enumerate(groups)
        ]
        queries = [_restrict(query, coverage) for query in map(self._query, parts) if query is not None]
        if queries:
            hits = self._hits(Query.boolean_query([(Occur.Should, query) for query in queries]), limit)
            coverage |= {number: score / weights.total for number, score in hits}
        return coverage

    def _query(self, weights: TermWeights) -> Query | None:
        """Return the query for passages with any of the terms, or None without terms."""
        parts = []
        for term, weight in weights.exact.items():
            if frequency := self._frequency(term):
                query = Query.term_query(_SCHEMA, _TERMS, term, "freq")
                index_weight = idf(frequency, self._documents)
                parts.append(query if weight == index_weight else Query.boost_query(query, weight / index_weight))
        for term, weight in weights.fuzzy.items():
            parts.append(Query.const_score_query(Query.fuzzy_term_query(_SCHEMA, _TERMS, term), weight))
        return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None

    def _frequency(self, term: str) -> int:
        return int(self._searcher.doc_freq(_TERMS, term))

    def _hits(self, query: Query, limit: int) -> list[tuple[int, float]]:
        hits = self._searcher.search(query, limit, count=False).hits
        numbers = self._searcher.fast_field_values(_NUMBER, [address for _, address in hits])
        # Rounded, since tantivy sums floats in an order that differs between passages.
        return [(int(number or 0), round(score, _DIGITS)) for number, (score, _) in zip(numbers, hits, strict=True)]


def _change(index: Index, contents: Iterable[Content], dead: Iterable[int]) -> None:
    """Add passages to an index, and delete others by number."""
    writer = index.writer(_WRITER_HEAP, num_threads=1)
    for number in dead:
        writer.delete_documents_by_term(_NUMBER, number)
    for content in contents:
        rows = zip(content.numbers.tolist(), content.days.tolist(), strict=True)
        for (number, day), language, outlet, text in zip(
            rows, content.languages, content.outlets, content.texts, strict=True
        ):
            words = terms(text)
            document = Document()
            document.add_integer(_NUMBER, number)
            document.add_integer(_LENGTH, len(words))
            if day:
                document.add_integer(_DAY, day)
            document.add_text(_LANGUAGE, language)
            document.add_text(_OUTLET, outlet)
            document.add_text(_TERMS, " ".join(words))
            writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _filtered(query: Query, filters: Filter) -> Query:
    """Return a query for the passages that a filter admits, with the scores of `query`."""
    conditions = []
    last = min((day for day in (filters.published_to, filters.as_of) if day), default=None)
    if filters.published_from or last:
        first = filters.published_from.toordinal() if filters.published_from else None
        days = Query.range_query(_SCHEMA, _DAY, FieldType.Integer, first, last.toordinal() if last else None)
        conditions.append(days)
    for field, names in ((_LANGUAGE, filters.languages), (_OUTLET, filters.sources)):
        if names:
            conditions.append(Query.term_set_query(_SCHEMA, field, [*names]))
    return Query.boolean_query(
        [*((Occur.Must, Query.const_score_query(condition, 0)) for condition in conditions), (Occur.Must, query)]
    )


@contextmanager
def _temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Create a folder for tantivy, and delete it at the end of the block.

    While it exists, threads of tantivy may create locks in it and reload changes at any time.
    """
    place = Path(mkdtemp(prefix=".newsqa-", dir=parent))
    try:
        yield place
    finally:
        for _ in range(_MAX_DELETE_ATTEMPTS):
            shutil.rmtree(place, ignore_errors=True)
            if not place.exists():
                break


def _restrict(query: Query, numbers: Collection[int]) -> Query:
    if len(numbers) <= _MAX_NUMBER_QUERIES:
        restriction = Query.boolean_query(
            [(Occur.Should, Query.term_query(_SCHEMA, _NUMBER, number)) for number in numbers]
        )
    else:
        restriction = Query.term_set_query(_SCHEMA, _NUMBER, [*numbers])
    return Query.boolean_query([(Occur.Must, Query.const_score_query(restriction, 0)), (Occur.Must, query)])
