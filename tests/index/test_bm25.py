"""BM25 in memory, compared with that of tantivy."""

from collections.abc import Iterable

import numpy as np
import pytest

from index.bm25 import InMemoryBM25, rare
from tests.index.local.contents import words_of

_RANDOM = np.random.default_rng(3)
_WORDS = [f"mot{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(120)]


def texts_of(count: int, longest: int) -> dict[int, str]:
    """Return texts of up to `longest` words, the first of them in most texts."""
    return {
        number: " ".join(_WORDS[min(rank, 119)] for rank in (_RANDOM.zipf(1.3, _RANDOM.integers(1, longest)) - 1))
        for number in range(1, count + 1)
    }


def indexed(texts: dict[int, str]) -> InMemoryBM25:
    """Return an index of texts."""
    index = InMemoryBM25()
    for number, text in texts.items():
        index.add(number, text.split())
    return index


def scores(texts: dict[int, str], question: Iterable[str]) -> dict[int, float]:
    """Return the BM25 of texts, with the weights of a lexical index of the same texts."""
    index = words_of(texts)
    weights = index.term_weights(question)
    return indexed(texts).scores(weights.exact, weights.fuzzy, index.mean_length())


@pytest.mark.parametrize("longest", [10, 40, 300, 3000])
def test_scores_are_those_of_tantivy(longest: int) -> None:
    texts = texts_of(200, longest)
    for size in (1, 3, 9):
        question = [str(word) for word in _RANDOM.choice(_WORDS, size)]
        expected = dict(words_of(texts).search(question, 1000))
        assert scores(texts, question) == pytest.approx(expected, rel=1e-4, abs=2e-4)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("kalinowsky", "kalinowski"),
        ("kalinowki", "kalinowski"),
        ("kalinowskii", "kalinowski"),
        ("aklinowski", "kalinowski"),
        ("kalinowsik", "kalinowski"),
        ("xkalinowski", "kalinowski"),
        ("alinowski", "kalinowski"),
        ("kaliowsky", "kalinowski"),
        ("kalinowskixx", "kalinowski"),
        ("akilnowski", "kalinowski"),
        ("مدينتنا", "مدينتن"),
        ("aaaaaa", "aaaaaaa"),
    ],
)
def test_a_misspelt_word_is_found_where_tantivy_finds_it(asked: str, written: str) -> None:
    texts = {1: written, 2: "autre chose"}
    expected = dict(words_of(texts).search([asked], 9))
    assert scores(texts, [asked]) == pytest.approx(expected, abs=1e-4)


def test_a_word_is_weighed_among_all_passages_wherever_they_are() -> None:
    texts = texts_of(200, 30)
    whole = words_of(texts)
    for size in (0, 1, 100, 199, 200):
        part = words_of({number: text for number, text in texts.items() if number > size})
        delta = indexed({number: text for number, text in texts.items() if number <= size})
        assert part.term_weights([*_WORDS, "kalinowski"], delta) == whole.term_weights([*_WORDS, "kalinowski"])
        assert part.mean_length(delta) == whole.mean_length()


def test_a_removed_passage_leaves_nothing() -> None:
    index = indexed({1: "le port rouvre", 2: "le pont"})
    index.remove(1)
    assert (len(index), index.frequency("le"), index.frequency("port"), index.total) == (1, 1, 0, 2)
    assert list(index.scores({"le": 1.0, "port": 1.0}, {"pports": 1.0}, 2)) == [2]


def test_without_passages_there_is_nothing() -> None:
    assert (len(InMemoryBM25()), InMemoryBM25().total, InMemoryBM25().scores({"le": 1.0}, {"portes": 1.0}, 1)) == (
        0,
        0,
        {},
    )


def test_frequent_terms_find_nothing_unless_there_are_no_others() -> None:
    frequencies = {"le": 900, "port": 1001, "grue": 3, "jetée": 0}
    assert rare(frequencies, frequencies.__getitem__, 10_000) == ("le", "grue", "jetée")
    assert rare(["port"], frequencies.__getitem__, 10_000) == ("port",)
    assert rare(frequencies, frequencies.__getitem__, 30_000) == ("le", "port", "grue", "jetée")
