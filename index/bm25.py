"""BM25: the weights of terms, and a small mutable index in memory, with the scores of tantivy."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

K1, B = 1.2, 0.75
"""The constants of tantivy."""

# A frequent term takes time and finds nothing that others do not: nDCG@10 is the same without it (docs/decisions.md).
_MIN_FREQUENT = 1000  # passages that contain it
_MIN_FREQUENT_SHARE = 0.05  # of all
_MIN_FUZZY_LENGTH = 6  # letters of an unknown term that is matched as a misspelling
_MAX_FUZZY_TERMS = 16  # per question; each takes 0.1 ms
_MAX_EXACT_LENGTH = 24  # terms; tantivy stores longer lengths with four significant bits


@dataclass(frozen=True, slots=True)
class TermWeights:
    """The idf weights of the terms of a question."""

    exact: dict[str, float]
    fuzzy: dict[str, float]  # terms in no passage, matched as misspellings
    total: float  # of all terms

    @classmethod
    def of(cls, terms: Iterable[str], frequency: Callable[[str], int], total: int) -> Self:
        """Return the weights of terms; `frequency` gives the number of passages with a term, of `total`."""
        exact: dict[str, float] = {}
        fuzzy: dict[str, float] = {}
        total_weight = 0.0
        for term in sorted(set(terms)):  # sorted, for the same floating-point sum every time
            found = frequency(term)
            weight = idf(found, total)
            total_weight += weight
            if found:
                exact[term] = weight
            elif (
                len(fuzzy) < _MAX_FUZZY_TERMS
                and len(term) >= _MIN_FUZZY_LENGTH
                and not any(character.isdigit() for character in term)
            ):
                fuzzy[term] = idf(1, total)
        return cls(exact, fuzzy, total_weight)


def idf(frequency: int, total: int) -> float:
    """Return the weight of a term that `frequency` of `total` passages contain."""
    return math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))


def rare(terms: Iterable[str], frequency: Callable[[str], int], total: int) -> tuple[str, ...]:
    """Return those of the terms that are not frequent, which find passages; all of them if all are.

    `frequency` gives the number of passages with a term, of `total`.
    """
    most = max(_MIN_FREQUENT, _MIN_FREQUENT_SHARE * total)
    terms = tuple(terms)
    return tuple(term for term in terms if frequency(term) <= most) or terms


class InMemoryBM25:
    """Term frequencies of passages. Not thread-safe."""

    def __init__(self) -> None:
        """Create an empty index."""
        self.total = 0
        """The number of terms of all passages."""
        self._counts: dict[int, Counter[str]] = {}
        self._postings: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def add(self, number: int, terms: Iterable[str]) -> None:
        """Add a passage."""
        counts = self._counts[number] = Counter(terms)
        self.total += counts.total()
        for term, count in counts.items():
            self._postings[term][number] = count

    def remove(self, number: int) -> None:
        """Remove a passage."""
        counts = self._counts.pop(number)
        self.total -= counts.total()
        for term in counts:
            del self._postings[term][number]
            if not self._postings[term]:
                del self._postings[term]

    def __len__(self) -> int:
        return len(self._counts)

    def frequency(self, term: str) -> int:
        """Return the number of passages that contain a term."""
        return len(self._postings[term]) if term in self._postings else 0

    def scores(self, exact: Mapping[str, float], fuzzy: Mapping[str, float], mean_length: float) -> dict[int, float]:
        """Return the BM25 of all passages with a term of the question, by number.

        `exact` and `fuzzy` are weights of terms; a fuzzy term matches terms that differ by one edit.
        """
        scores: defaultdict[int, float] = defaultdict(float)
        for term, weight in exact.items():
            for number, count in self._postings[term].items() if term in self._postings else ():
                norm = K1 * (1 - B + B * _rounded(self._counts[number].total()) / mean_length)
                scores[number] += weight * (1 + K1) * count / (count + norm)
        for fuzzy_term, weight in fuzzy.items():
            similar = [term for term in self._postings if within_one_edit(fuzzy_term, term)]
            for number in {number for term in similar for number in self._postings[term]}:
                scores[number] += weight
        return dict(scores)


def _rounded(length: int) -> int:
    """Return the length of a passage as tantivy stores it, in one byte."""
    above = max(length - _MAX_EXACT_LENGTH, 0)
    lost = max(above.bit_length() - 4, 0)
    return length if not lost else _MAX_EXACT_LENGTH + (above >> lost << lost)


def within_one_edit(first: str, second: str) -> bool:
    """Return whether two words differ by at most one insertion, deletion, substitution or transposition."""
    if abs(len(first) - len(second)) > 1:
        return False
    start = next(
        (start for start, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    first, second = first[start:], second[start:]
    return (
        first[1:] in (second, second[1:])
        or second[1:] == first
        or (first[1::-1] == second[:2] and first[2:] == second[2:])
    )
