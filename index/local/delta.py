"""Search a generation together with the passages written after it (the delta).

Passage numbers increase and are never reused, so the delta consists of the passages with greater numbers than those of
the generation. It is small until the next generation: its vectors are searched exhaustively.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from index.local.catalog import Content, State
from index.local.generation import Generation
from index.local.memory_bm25 import InMemoryBM25
from index.model.centering import LanguageMeans
from index.terms import terms
from index.types import Numbers, Vectors

_DIGITS = 4  # of scores, as in `index.local.lexical`


class LiveIndex:
    """The passages of one state, possibly with deleted ones of the generation. Not thread-safe."""

    def __init__(self, generation: Generation) -> None:
        """Start with a generation and an empty delta."""
        self.generation = generation
        self.state: State = generation.state
        self.last = generation.last  # the greatest applied passage number
        self._vectors: dict[int, Vectors] = {}  # of the delta, by number
        self._matrix: Vectors | None = None  # the same as rows, built on demand
        self._bm25 = InMemoryBM25()

    def __len__(self) -> int:
        """Return the number of passages in the delta."""
        return len(self._vectors)

    def apply(self, added: Content, alive: Numbers, means: LanguageMeans) -> None:
        """Add the passages after `last` to the delta; remove from it those that are not `alive`."""
        for number in self._vectors.keys() - set(alive.tolist()):
            self._remove(number)
        vectors = means.center(added.vectors, added.languages)
        for number, vector, text in zip(added.numbers.tolist(), vectors, added.texts, strict=True):
            self._vectors[number] = vector
            self._bm25.add(number, terms(text))
            self.last = number
        self._matrix = None
        self.state = added.state

    def rebase(self, generation: Generation) -> None:
        """Switch to a later generation of the same archive, and remove its passages from the delta."""
        self.generation = generation
        for number in [number for number in self._vectors if number <= generation.last]:
            self._remove(number)
        if self.last < generation.last:
            self.last, self.state = generation.last, generation.state

    def _remove(self, number: int) -> None:
        del self._vectors[number]
        self._bm25.remove(number)
        self._matrix = None

    def search_dense(self, vector: Vectors, k: int, allowed: Numbers | None = None) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the `k` nearest passages, best first; fewer if there are fewer."""
        if self._matrix is None:
            self._matrix = np.array([*self._vectors.values()], dtype=np.float32).reshape(-1, len(vector))
        cosines = self._matrix @ vector
        if allowed is not None:
            cosines[~np.isin([*self._vectors], self._in_delta(allowed))] = -np.inf
        numbers, best = [*self._vectors], np.argsort(-cosines, kind="stable")[:k]
        recent = [(numbers[i], float(cosines[i])) for i in best if cosines[i] > -np.inf]
        return _best(self.generation.vectors.search(vector, k, allowed), recent, k)

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Return the cosines of passages by number; all numbers must exist."""
        recent = {number: float(self._vectors[number] @ vector) for number in numbers if number in self._vectors}
        older = [number for number in numbers if number not in recent]
        return recent | dict(zip(older, (self.generation.vectors.vectors(older) @ vector).tolist(), strict=True))

    def search_lexical(
        self, question: Iterable[str], k: int, allowed: Numbers | None = None
    ) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` best passages, best first; fewer if fewer contain a term."""
        question = tuple(question)
        older = self.generation.lexical.search(question, k, allowed, self._bm25)
        recent = self._scores(question)
        if allowed is not None:
            recent = {number: recent[number] for number in self._in_delta(allowed).tolist() if number in recent}
        return _best(older, recent.items(), k)

    def coverage(self, question: Iterable[str], numbers: Sequence[int]) -> dict[int, float]:
        """Return the coverage of passages of generation and delta, by number: see `LexicalIndex.coverage`."""
        question = tuple(question)
        coverage = self.generation.lexical.coverage(question, numbers, self._bm25)
        if recent := [number for number in numbers if number in self._vectors]:
            scores, total = self._scores(question), self.generation.lexical.term_weights(question, self._bm25).total
            coverage |= {number: scores[number] / total for number in recent if number in scores}
        return coverage

    def _scores(self, question: Iterable[str]) -> dict[int, float]:
        if not self._vectors:
            return {}
        lexical = self.generation.lexical
        weights = lexical.term_weights(question, self._bm25)
        scores = self._bm25.scores(weights.exact, weights.fuzzy, lexical.mean_length(self._bm25))
        return {number: round(score, _DIGITS) for number, score in scores.items()}

    def _in_delta(self, allowed: Numbers) -> Numbers:
        """Return the numbers that are greater than those of the generation."""
        recent: Numbers = allowed[allowed > self.generation.last]
        return recent


def _best(older: Iterable[tuple[int, float]], recent: Iterable[tuple[int, float]], k: int) -> list[tuple[int, float]]:
    return sorted([*older, *recent], key=lambda hit: (-hit[1], hit[0]))[:k]
