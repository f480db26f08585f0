"""A generation and the passages written since, searched as one.

Passage numbers grow and are never given twice, so what a generation lacks are the passages with a greater number than
any of its own. They are few until the next generation: the question is compared with all of them.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from index.local.catalog import Content, State
from index.local.generation import Generation
from index.local.memory_bm25 import InMemoryBM25
from index.model.centering import LanguageMeans
from index.terms import terms
from index.types import Numbers, Vectors

_DIGITS = 4  # of scores, as in `index.words`


class LiveIndex:
    """All passages of one state, and perhaps some of before. One thread at a time."""

    def __init__(self, generation: Generation) -> None:
        """Begin with what a generation has."""
        self.generation = generation
        self.state: State = generation.state
        self.last = generation.last  # the greatest number taken up
        self._vectors: dict[int, Vectors] = {}  # of what the generation lacks, by number
        self._matrix: Vectors | None = None  # the same as rows, made when it is needed
        self._words = InMemoryBM25()

    def __len__(self) -> int:
        """Return how many passages have been written since the generation."""
        return len(self._vectors)

    def catch_up(self, added: Content, alive: Numbers, means: LanguageMeans) -> None:
        """Take up the passages after `last`; forget those written since the generation that are not `alive`."""
        for number in self._vectors.keys() - set(alive.tolist()):
            self._forget(number)
        vectors = means.center(added.vectors, added.languages)
        for number, vector, text in zip(added.numbers.tolist(), vectors, added.texts, strict=True):
            self._vectors[number] = vector
            self._words.add(number, terms(text))
            self.last = number
        self._matrix = None
        self.state = added.state

    def rebase(self, generation: Generation) -> None:
        """Take a later generation of the same archive, and forget what it has."""
        self.generation = generation
        for number in [number for number in self._vectors if number <= generation.last]:
            self._forget(number)
        if self.last < generation.last:
            self.last, self.state = generation.last, generation.state

    def _forget(self, number: int) -> None:
        del self._vectors[number]
        self._words.drop(number)
        self._matrix = None

    def search_dense(self, vector: Vectors, k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the `k` nearest passages, best first; fewer if there are fewer."""
        if self._matrix is None:
            self._matrix = np.array([*self._vectors.values()], dtype=np.float32).reshape(-1, len(vector))
        cosines = self._matrix @ vector
        if among is not None:
            cosines[~np.isin([*self._vectors], self._recent(among))] = -np.inf
        numbers, best = [*self._vectors], np.argsort(-cosines, kind="stable")[:k]
        recent = [(numbers[at], float(cosines[at])) for at in best if cosines[at] > -np.inf]
        return _best(self.generation.vectors.search(vector, k, among), recent, k)

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Return the cosines of some passages, all of which are there."""
        recent = {number: float(self._vectors[number] @ vector) for number in numbers if number in self._vectors}
        older = [number for number in numbers if number not in recent]
        return recent | dict(zip(older, (self.generation.vectors.vectors(older) @ vector).tolist(), strict=True))

    def search_lexical(self, question: Iterable[str], k: int, among: Numbers | None = None) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` passages that match terms best; fewer if fewer have one."""
        question = tuple(question)
        found = self.generation.words.search(question, k, among, self._words)
        recent = self._scores(question)
        if among is not None:
            recent = {number: recent[number] for number in self._recent(among).tolist() if number in recent}
        return _best(found, recent.items(), k)

    def coverage(self, question: Iterable[str], numbers: Sequence[int]) -> dict[int, float]:
        """Return which part of a question's weight each of some passages has, from 0 to 2.2."""
        question = tuple(question)
        found = self.generation.words.coverage(question, numbers, self._words)
        if recent := [number for number in numbers if number in self._vectors]:
            scores, total = self._scores(question), self.generation.words.term_weights(question, self._words).total
            found |= {number: scores[number] / total for number in recent if number in scores}
        return found

    def _scores(self, question: Iterable[str]) -> dict[int, float]:
        if not self._vectors:
            return {}
        words = self.generation.words
        weights = words.term_weights(question, self._words)
        scores = self._words.scores(weights.exact, weights.fuzzy, words.length(self._words))
        return {number: round(score, _DIGITS) for number, score in scores.items()}

    def _recent(self, among: Numbers) -> Numbers:
        """Return those numbers that the generation lacks."""
        recent: Numbers = among[among > self.generation.last]
        return recent


def _best(older: Iterable[tuple[int, float]], recent: Iterable[tuple[int, float]], k: int) -> list[tuple[int, float]]:
    return sorted([*older, *recent], key=lambda hit: (-hit[1], hit[0]))[:k]
