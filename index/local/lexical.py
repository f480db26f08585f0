"""The lexical index: BM25 over the terms of passages; the only module that imports tantivy."""

import math
import shutil
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

import numpy as np
from tantivy import Document, Index, Occur, Query, Schema, SchemaBuilder

from index.errors import ArchiveDamaged
from index.local.memory_bm25 import InMemoryBM25
from index.terms import terms
from index.types import Numbers

_WRITER_HEAP = 256_000_000  # bytes of postings per segment
_MIN_FUZZY_LENGTH = 6  # letters of an unknown term that is matched as a misspelling
_MAX_FUZZY_TERMS = 16  # per question; each takes 0.1 ms
_MAX_DELETE_ATTEMPTS = 10  # of a folder in which tantivy may create a lock at any time
_DIGITS = 4  # of scores: the precision of 32-bit floats
_MAX_NUMBER_QUERIES = 200  # passages; a set query is faster for more

_NUMBER, _LENGTH, _TERMS = "number", "length", "terms"
_SCHEMA: Schema = (
    SchemaBuilder()
    .add_integer_field(_NUMBER, indexed=True, fast=True)
    .add_integer_field(_LENGTH, fast=True)
    .add_text_field(_TERMS, tokenizer_name="whitespace", index_option="freq")
    .build()
)

EMPTY = InMemoryBM25()
"""The delta of an index that contains all passages."""


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The idf weights of the terms of a question."""

    exact: dict[str, float]
    fuzzy: dict[str, float]  # terms in no passage, matched as misspellings
    total: float  # of all terms


class LexicalIndex:
    """An immutable index of terms. Thread-safe."""

    def __init__(self, index: Index, documents: Sequence[tuple[int, str]] = ()) -> None:
        """Wrap a tantivy index; `build` and `read` are the public constructors."""
        self._searcher = index.searcher()
        result = self._searcher.aggregate(Query.all_query(), {_LENGTH: {"sum": {"field": _LENGTH}}})
        self._term_count = float(result[_LENGTH]["value"] or 0)
        self._documents = documents  # for `write`, since tantivy cannot copy an index to a folder

    @classmethod
    def build(cls, passages: Iterable[tuple[int, str]]) -> Self:
        """Build an index in memory from pairs of passage number and text."""
        documents = [(number, " ".join(terms(text))) for number, text in passages]
        return cls(_add_documents(Index(_SCHEMA), documents), documents)

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
                return cls(index)
        except (OSError, ValueError) as error:
            raise ArchiveDamaged(f"{folder}: not a lexical index") from error

    def write(self, folder: Path) -> None:
        """Write an index that was built in memory to a new folder.

        Raises:
            OSError: the folder cannot be written.
        """
        if len(self._documents) != len(self):
            raise ValueError("an index that was read is already in its folder")
        folder.mkdir()
        try:
            with _temporary_folder(folder.parent) as place:
                _add_documents(Index(_SCHEMA, path=str(place)), self._documents)
                for file in place.iterdir():
                    if file.suffix != ".lock":
                        shutil.copyfile(file, folder / file.name)  # a moved file could keep owner-only permissions
        except ValueError as error:  # tantivy raises ValueError for disk errors
            raise OSError(f"{folder}: {error}") from error

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
        exact: dict[str, float] = {}
        fuzzy: dict[str, float] = {}
        total_weight = 0.0
        total = len(self) + len(delta)
        for term in sorted(set(terms)):  # sorted, for the same floating-point sum every time
            frequency = self._frequency(term) + delta.frequency(term)
            weight = _idf(frequency, total)
            total_weight += weight
            if frequency:
                exact[term] = weight
            elif (
                len(fuzzy) < _MAX_FUZZY_TERMS
                and len(term) >= _MIN_FUZZY_LENGTH
                and not any(character.isdigit() for character in term)
            ):
                fuzzy[term] = _idf(1, total)
        return TermWeights(exact, fuzzy, total_weight)

    def search(
        self, terms: Iterable[str], k: int, allowed: Numbers | None = None, delta: InMemoryBM25 = EMPTY
    ) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` best passages, best first; fewer if fewer contain a term.

        Passages of the `delta` count in the weights of terms but are not searched.
        """
        query = self._query(self.term_weights(terms, delta))
        total = len(self)
        k = min(k, total if allowed is None else len(allowed))
        if query is None or k < 1:
            return []
        wanted = None if allowed is None else set(allowed.tolist())
        # One more than requested, to detect ties with the last.
        limit = (k + 1) * (1 if wanted is None else math.ceil(total / len(wanted)))
        while True:
            if wanted is not None and limit >= len(wanted):
                # A restricted query is faster than filtering all hits from here on.
                query, wanted, limit = _restrict(query, wanted), None, k + 1
            limit = min(limit, total)
            hits = self._hits(query, limit)
            matching = [hit for hit in hits if wanted is None or hit[0] in wanted]
            matching.sort(key=lambda hit: (-hit[1], hit[0]))
            if len(hits) < limit or limit == total or (len(matching) >= k and matching[k - 1][1] > hits[-1][1]):
                return matching[:k]
            limit *= 2

    def coverage(self, terms: Iterable[str], numbers: Iterable[int], delta: InMemoryBM25 = EMPTY) -> dict[int, float]:
        """Return the BM25 of passages divided by the weight of the question, from 0 to 2.2, by number.

        A passage with each term once has about 1. Passages without a term, or not in the index, have 0.
        """
        weights = self.term_weights(terms, delta)
        query = self._query(weights)
        coverage = dict.fromkeys(map(int, numbers), 0.0)
        limit = min(len(coverage), len(self))
        if query is not None and limit:
            hits = self._hits(_restrict(query, coverage), limit)
            coverage |= {number: score / weights.total for number, score in hits}
        return coverage

    def _query(self, weights: TermWeights) -> Query | None:
        """Return the query for passages with any of the terms, or None without terms."""
        parts = []
        for term, weight in weights.exact.items():
            if frequency := self._frequency(term):
                query = Query.term_query(_SCHEMA, _TERMS, term, "freq")
                index_weight = _idf(frequency, len(self))
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


def _idf(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _add_documents(index: Index, documents: Iterable[tuple[int, str]]) -> Index:
    writer = index.writer(_WRITER_HEAP, num_threads=1)
    for number, text in documents:
        document = Document()
        document.add_integer(_NUMBER, number)
        document.add_integer(_LENGTH, len(text.split()))
        document.add_text(_TERMS, text)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    return index


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
