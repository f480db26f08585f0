"""Lexical evidence: BM25 over the words of passages; the only module that imports tantivy."""

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

_HEAP = 256_000_000  # bytes of postings that the writer gathers before it begins another segment
_MISSPELT = 6  # letters from which a word that no passage has is taken for a misspelt one
_GUESSES = 16  # misspelt words looked up in one question, a tenth of a millisecond each
_TRIES = 10  # to delete a folder in which a lock may appear meanwhile
_DIGITS = 4  # of scores: what 32-bit floats hold
_FEW = 200  # passages that are faster found one by one than as a set

_NUMBER, _LENGTH, _TERMS = "number", "length", "terms"
_SCHEMA: Schema = (
    SchemaBuilder()
    .add_integer_field(_NUMBER, indexed=True, fast=True)
    .add_integer_field(_LENGTH, fast=True)
    .add_text_field(_TERMS, tokenizer_name="whitespace", index_option="freq")
    .build()
)

EMPTY = InMemoryBM25()
"""Beside an index that has all passages."""


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The terms of a question with their idf."""

    exact: dict[str, float]
    fuzzy: dict[str, float]  # terms that no passage has, perhaps misspelt
    total: float  # of all terms


class LexicalIndex:
    """An index of terms. It is never changed once built, so threads may share it."""

    def __init__(self, index: Index, documents: Sequence[tuple[int, str]] = ()) -> None:
        """Use `build` or `read`."""
        self._searcher = index.searcher()
        summed = self._searcher.aggregate(Query.all_query(), {_LENGTH: {"sum": {"field": _LENGTH}}})
        self._total = float(summed[_LENGTH]["value"] or 0)
        self._documents = documents  # kept to be written, since tantivy cannot copy an index to a folder

    @classmethod
    def build(cls, passages: Iterable[tuple[int, str]]) -> Self:
        """Index the texts of passages under their numbers, in memory."""
        documents = [(number, " ".join(terms(text))) for number, text in passages]
        return cls(_filled(Index(_SCHEMA), documents), documents)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read an index; its files must have been checked. The folder may be read-only, and may go away afterwards.

        Raises:
            ArchiveDamaged: it is not an index.
        """
        try:
            with _scratch() as place:
                for file in folder.iterdir():
                    (place / file.name).symlink_to(file.absolute())
                index = Index.open(str(place))
                if index.schema != _SCHEMA:
                    raise ArchiveDamaged(f"{folder}: not an index of words")
                return cls(index)
        except (OSError, ValueError) as error:
            raise ArchiveDamaged(f"{folder}: not an index of words") from error

    def write(self, folder: Path) -> None:
        """Write an index that was built in memory to a new folder.

        Raises:
            OSError: it cannot be written.
        """
        if len(self._documents) != len(self):
            raise ValueError("an index that was read is in its folder already")
        folder.mkdir()
        try:
            with _scratch(folder.parent) as place:
                _filled(Index(_SCHEMA, path=str(place)), self._documents)
                for file in place.iterdir():
                    if file.suffix != ".lock":
                        shutil.copyfile(file, folder / file.name)  # moved, some could be read by their owner only
        except ValueError as error:  # whatever goes wrong on the disk
            raise OSError(f"{folder}: {error}") from error

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @property
    def numbers(self) -> Numbers:
        """What its passages are known by."""
        hits = self._hits(Query.all_query(), len(self)) if len(self) else []
        return np.array([number for number, _ in hits], dtype=np.int64)

    def length(self, beside: InMemoryBM25 = EMPTY) -> float:
        """Return the mean number of terms of passages, those beside the index among them; 0 without passages."""
        return (self._total + beside.total) / max(len(self) + len(beside), 1)

    def term_weights(self, terms: Iterable[str], beside: InMemoryBM25 = EMPTY) -> TermWeights:
        """Return what the terms of a question weigh among the passages of this index and those beside it."""
        known, guessed, mass, guesses = {}, {}, 0.0, _GUESSES
        total = len(self) + len(beside)
        for term in sorted(set(terms)):  # the same sums for the same question
            frequency = self._frequency(term) + beside.frequency(term)
            weight = _idf(frequency, total)
            mass += weight
            if frequency:
                known[term] = weight
            elif guesses and len(term) >= _MISSPELT and not any(character.isdigit() for character in term):
                guesses -= 1
                guessed[term] = _idf(1, total)
        return TermWeights(known, guessed, mass)

    def search(
        self, terms: Iterable[str], k: int, among: Numbers | None = None, beside: InMemoryBM25 = EMPTY
    ) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` passages that match best, best first; fewer if fewer have a term.

        Passages `beside` the index are not found, but they count in what a term weighs.
        """
        query = self._query(self.term_weights(terms, beside))
        total = len(self)
        k = min(k, total if among is None else len(among))
        if query is None or k < 1:
            return []
        wanted = None if among is None else set(among.tolist())
        # One more than asked for, to see whether others are as good as the last.
        limit = (k + 1) * (1 if wanted is None else math.ceil(total / len(wanted)))
        while True:
            if wanted is not None and limit >= len(wanted):
                # From here on it is faster to ask for those wanted than to ask for all and to drop the others.
                query, wanted, limit = _restricted(query, wanted), None, k + 1
            limit = min(limit, total)
            hits = self._hits(query, limit)
            found = [hit for hit in hits if wanted is None or hit[0] in wanted]
            found.sort(key=lambda hit: (-hit[1], hit[0]))
            if len(hits) < limit or limit == total or (len(found) >= k and found[k - 1][1] > hits[-1][1]):
                return found[:k]
            limit *= 2

    def coverage(self, terms: Iterable[str], numbers: Iterable[int], beside: InMemoryBM25 = EMPTY) -> dict[int, float]:
        """Return which part of a question's weight each of some passages has: 1 for all of its terms once, up to 2.2.

        Passages without a term have 0, and so have those that are not in this index.
        """
        weights = self.term_weights(terms, beside)
        query = self._query(weights)
        found = dict.fromkeys(map(int, numbers), 0.0)
        limit = min(len(found), len(self))
        if query is not None and limit:
            hits = self._hits(_restricted(query, found), limit)
            found |= {number: score / weights.total for number, score in hits}
        return found

    def _query(self, weights: TermWeights) -> Query | None:
        """Return what finds the passages with any of the terms."""
        parts = []
        for term, weight in weights.exact.items():
            if frequency := self._frequency(term):
                query = Query.term_query(_SCHEMA, _TERMS, term, "freq")
                own = _idf(frequency, len(self))
                parts.append(query if weight == own else Query.boost_query(query, weight / own))
        for term, weight in weights.fuzzy.items():
            parts.append(Query.const_score_query(Query.fuzzy_term_query(_SCHEMA, _TERMS, term), weight))
        return Query.boolean_query([(Occur.Should, part) for part in parts]) if parts else None

    def _frequency(self, term: str) -> int:
        return int(self._searcher.doc_freq(_TERMS, term))

    def _hits(self, query: Query, limit: int) -> list[tuple[int, float]]:
        hits = self._searcher.search(query, limit, count=False).hits
        numbers = self._searcher.fast_field_values(_NUMBER, [address for _, address in hits])
        # Rounded, since the order in which tantivy adds up a sum of floats differs from passage to passage.
        return [(int(number or 0), round(score, _DIGITS)) for number, (score, _) in zip(numbers, hits, strict=True)]


def _idf(frequency: int, total: int) -> float:
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def _filled(index: Index, documents: Iterable[tuple[int, str]]) -> Index:
    writer = index.writer(_HEAP, num_threads=1)
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
def _scratch(parent: Path | None = None) -> Iterator[Path]:
    """Give a folder for tantivy to work in, which is gone at the end of the block.

    While it exists, threads of tantivy make locks in it and load what has changed, at any time.
    """
    place = Path(mkdtemp(prefix=".newsqa-", dir=parent))
    try:
        yield place
    finally:
        for _ in range(_TRIES):
            shutil.rmtree(place, ignore_errors=True)
            if not place.exists():
                break


def _restricted(query: Query, numbers: Collection[int]) -> Query:
    if len(numbers) <= _FEW:
        among = Query.boolean_query([(Occur.Should, Query.term_query(_SCHEMA, _NUMBER, number)) for number in numbers])
    else:
        among = Query.term_set_query(_SCHEMA, _NUMBER, [*numbers])
    return Query.boolean_query([(Occur.Must, Query.const_score_query(among, 0)), (Occur.Must, query)])
