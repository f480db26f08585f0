"""The words of a few passages that come and go: BM25 as tantivy has it, over plain dictionaries.

Terms, weights and lengths are those of `index.words`, so that scores compare with those of an index.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

_K1, _B = 1.2, 0.75
_EXACT = 24  # terms up to which tantivy keeps a passage's length whole; of the rest it keeps four bits


class InMemoryBM25:
    """Which passage has which term how often. One thread at a time."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.total = 0
        """Terms of all passages."""
        self._passages: dict[int, Counter[str]] = {}
        self._having: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def add(self, number: int, terms: Iterable[str]) -> None:
        """Take a passage up."""
        counts = self._passages[number] = Counter(terms)
        self.total += counts.total()
        for term, count in counts.items():
            self._having[term][number] = count

    def drop(self, number: int) -> None:
        """Forget a passage."""
        counts = self._passages.pop(number)
        self.total -= counts.total()
        for term in counts:
            del self._having[term][number]
            if not self._having[term]:
                del self._having[term]

    def __len__(self) -> int:
        return len(self._passages)

    def frequency(self, term: str) -> int:
        """Return how many passages have a term."""
        return len(self._having[term]) if term in self._having else 0

    def scores(self, known: Mapping[str, float], guessed: Mapping[str, float], length: float) -> dict[int, float]:
        """Return the BM25 of all passages that have a term, given what terms weigh and the mean length of passages.

        A guessed term counts where a passage has one that differs by one letter.
        """
        found: defaultdict[int, float] = defaultdict(float)
        for term, weight in known.items():
            for number, count in self._having[term].items() if term in self._having else ():
                norm = _K1 * (1 - _B + _B * _rounded(self._passages[number].total()) / length)
                found[number] += weight * (1 + _K1) * count / (count + norm)
        for guess, weight in guessed.items():
            similar = [term for term in self._having if _one_apart(guess, term)]
            for number in {number for term in similar for number in self._having[term]}:
                found[number] += weight
        return dict(found)


def _rounded(length: int) -> int:
    """Return a passage's length as tantivy keeps it, in a byte."""
    above = max(length - _EXACT, 0)
    lost = max(above.bit_length() - 4, 0)
    return length if not lost else _EXACT + (above >> lost << lost)


def _one_apart(one: str, other: str) -> bool:
    """Tell whether two words are the same but for one letter more, less or different, or two changing places."""
    if abs(len(one) - len(other)) > 1:
        return False
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    one, other = one[at:], other[at:]
    return one[1:] in (other, other[1:]) or other[1:] == one or (one[1::-1] == other[:2] and one[2:] == other[2:])
