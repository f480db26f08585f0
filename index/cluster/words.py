"""How many passages have a term: the weights of BM25, which Milvus does not tell."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from index.bm25 import InMemoryBM25, TermWeights, rare, within_one_edit
from index.cluster.milvus import PASSAGES, Milvus

_MAX_PASSAGES = 200_000  # that are counted; of a larger archive they are a sample
_EDGE = 2  # letters; one edit leaves the first or the last letters of a word as they are


class Words:
    """The frequencies of the terms of an archive, or of a sample. Deleted passages count until it is opened again."""

    def __init__(self) -> None:
        """Start without passages."""
        self.passages = 0
        self._last = 0  # the greatest number of a counted passage
        self._length = 0  # terms of all passages
        self._frequencies: Counter[str] = Counter()
        self._alike: defaultdict[tuple[str, str, int], list[str]] = defaultdict(list)

    def update(self, milvus: Milvus) -> None:
        """Count the passages that were written since the last call."""
        if self.passages >= _MAX_PASSAGES:
            return
        for row in milvus.iterate(
            PASSAGES, f"number > {self._last}", ("number", "terms"), _MAX_PASSAGES - self.passages
        ):
            self._last = max(self._last, int(row["number"]))
            self.add(row["terms"].split())

    def add(self, terms: list[str]) -> None:
        """Count a passage."""
        self.passages += 1
        self._length += len(terms)
        for term in set(terms):
            if term not in self._frequencies:
                for edge in _edges(term):
                    self._alike[edge].append(term)
            self._frequencies[term] += 1

    def weights(self, terms: Iterable[str]) -> TermWeights:
        """Return the weights of the terms of a question."""
        return TermWeights.of(terms, lambda term: self._frequencies[term], self.passages)

    def rare(self, terms: Iterable[str]) -> tuple[str, ...]:
        """Return those of the terms that are not frequent, see `index.bm25.rare`."""
        return rare(terms, lambda term: self._frequencies[term], self.passages)

    def similar(self, term: str) -> list[str]:
        """Return the terms of the archive that differ from a term by one edit."""
        lengths = (len(term) - 1, len(term), len(term) + 1)
        edges = {(*edge[:2], length) for edge in _edges(term) for length in lengths}
        found = dict.fromkeys(each for edge in edges if edge in self._alike for each in self._alike[edge])
        return [each for each in found if within_one_edit(term, each)]

    def scores(self, weights: TermWeights, passages: Iterable[tuple[int, Iterable[str]]]) -> dict[int, float]:
        """Return the BM25 of passages, of which number and terms are given; those without a term are omitted."""
        index = InMemoryBM25()
        for number, terms in passages:
            index.add(number, terms)
        mean = self._length / max(self.passages, 1)
        return {number: round(score, 4) for number, score in index.scores(weights.exact, weights.fuzzy, mean).items()}


def _edges(term: str) -> tuple[tuple[str, str, int], tuple[str, str, int]]:
    return ("first", term[:_EDGE], len(term)), ("last", term[-_EDGE:], len(term))
