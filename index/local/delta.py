"""Search a generation together with the passages written after it (the delta).

Passage numbers increase and are never reused, so the delta consists of the passages with greater numbers than those of
the generation. It is small until the next generation: its vectors are searched exhaustively.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.bm25 import InMemoryBM25
from index.local.catalog import Content, State
from index.local.columns import Columns, Selection
from index.local.generation import Generation
from index.model.centering import LanguageMeans
from index.terms import terms
from index.types import Filter, Numbers, Vectors

_DIGITS = 4  # of scores, as in `index.local.lexical`


@dataclass(frozen=True, slots=True)
class LiveSelection:
    """The passages of a generation and its delta that a filter admits."""

    older: Selection  # of the generation
    recent: Selection  # of the delta

    @property
    def count(self) -> int:
        """The number of admitted passages."""
        return self.older.count + self.recent.count


class LiveIndex:
    """The passages of one state, possibly with deleted ones of the generation. Not thread-safe."""

    def __init__(self, generation: Generation) -> None:
        """Start with a generation and an empty delta."""
        self.generation = generation
        self.state: State = generation.state
        self.last = generation.last  # the greatest applied passage number
        self._delta: dict[int, Content] = {}  # one passage each, by increasing number
        self._rows: tuple[Vectors, Columns] | None = None  # the same, made on demand
        self._bm25 = InMemoryBM25()

    def __len__(self) -> int:
        """Return the number of passages in the delta."""
        return len(self._delta)

    def apply(self, added: Content, alive: Numbers, means: LanguageMeans) -> None:
        """Add the passages after `last` to the delta; remove from it those that are not `alive`."""
        for number in self._delta.keys() - set(alive.tolist()):
            self._remove(number)
        centered = replace(added, vectors=means.center(added.vectors, added.languages))
        for row, (number, text) in enumerate(zip(added.numbers.tolist(), added.texts, strict=True)):
            self._delta[number] = centered.rows(row, row + 1).without_texts()
            self._bm25.add(number, terms(text))
            self.last = number
        self._rows = None
        self.state = added.state

    def rebase(self, generation: Generation) -> None:
        """Switch to a later generation of the same archive, and remove its passages from the delta."""
        self.generation = generation
        for number in [number for number in self._delta if number <= generation.last]:
            self._remove(number)
        if self.last < generation.last:
            self.last, self.state = generation.last, generation.state

    def _remove(self, number: int) -> None:
        del self._delta[number]
        self._bm25.remove(number)
        self._rows = None

    def select(self, filters: Filter) -> LiveSelection:
        """Apply a filter."""
        return LiveSelection(self.generation.segments.select(filters), Selection.of([self._recent[1]], filters))

    def search_dense(self, vector: Vectors, k: int, selection: LiveSelection | None = None) -> list[tuple[int, float]]:
        """Return the numbers and cosines of the `k` nearest passages, best first; fewer if there are fewer."""
        older = self.generation.segments.search(vector, k, None if selection is None else selection.older)
        if not self._delta:
            return older
        vectors, columns = self._recent
        cosines = vectors @ vector
        if selection is not None:
            cosines[~selection.recent.masks[0]] = -np.inf
        best = np.argsort(-cosines, kind="stable")[:k]
        recent = [(int(columns.numbers[i]), float(cosines[i])) for i in best if cosines[i] > -np.inf]
        return _best(older, recent, k)

    def cosines(self, vector: Vectors, numbers: Sequence[int]) -> dict[int, float]:
        """Return the cosines of passages by number; all numbers must exist."""
        recent = {number: float(self._delta[number].vectors[0] @ vector) for number in numbers if number in self._delta}
        return recent | self.generation.segments.cosines(vector, [each for each in numbers if each not in recent])

    def search_lexical(
        self, question: Iterable[str], k: int, selection: LiveSelection | None = None
    ) -> list[tuple[int, float]]:
        """Return the numbers and BM25 of the `k` best passages for the terms that are not frequent, best first."""
        question = self.generation.lexical.rare(question)
        older = self.generation.lexical.search(question, k, None if selection is None else selection.older, self._bm25)
        recent = self._scores(question)
        if selection is not None and recent:
            found = np.array([*recent], dtype=np.int64)
            recent = {number: recent[number] for number in found[selection.recent.admits(found)].tolist()}
        return _best(older, recent.items(), k)

    def coverage(self, question: Iterable[str], numbers: Sequence[int]) -> dict[int, float]:
        """Return the coverage of passages of generation and delta, by number: see `LexicalIndex.coverage`."""
        question = tuple(question)
        coverage = self.generation.lexical.coverage(question, numbers, self._bm25)
        if recent := [number for number in numbers if number in self._delta]:
            scores, total = self._scores(question), self.generation.lexical.term_weights(question, self._bm25).total
            coverage |= {number: scores[number] / total for number in recent if number in scores}
        return coverage

    @property
    def _recent(self) -> tuple[Vectors, Columns]:
        """The vectors and columns of the delta."""
        if self._rows is None:
            contents = [*self._delta.values()]
            vectors = [content.vectors for content in contents]
            self._rows = np.concatenate(vectors) if vectors else np.empty((0, 0), np.float32), Columns.of(contents)
        return self._rows

    def _scores(self, question: Iterable[str]) -> dict[int, float]:
        if not self._delta:
            return {}
        lexical = self.generation.lexical
        weights = lexical.term_weights(question, self._bm25)
        scores = self._bm25.scores(weights.exact, weights.fuzzy, lexical.mean_length(self._bm25))
        return {number: round(score, _DIGITS) for number, score in scores.items()}


def _best(older: Iterable[tuple[int, float]], recent: Iterable[tuple[int, float]], k: int) -> list[tuple[int, float]]:
    return sorted([*older, *recent], key=lambda hit: (-hit[1], hit[0]))[:k]
