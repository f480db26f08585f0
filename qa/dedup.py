"""Groups copies of one text into one hit and limits the hits of one article."""

from collections.abc import Sequence
from functools import cache, lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from qa.types import Ranked
from qa.values import Values, differ, values

_GROUPS_PER_HIT = 3  # distinct texts to choose from, so that other articles can be selected
_SHINGLE = 3  # consecutive words; texts that share most of their shingles are copies (Broder 1997)
_MAX_WORD_LENGTH = 15  # characters, on average; a text with longer words has no spaces between words
_MIN_RELATIVE_SCORE = 0.9  # of the best score, for a passage that replaces a better one of a frequent article
_MIN_OVERLAP = 0.6  # share of the shorter text's shingles in both texts; the passages of a copy can begin elsewhere


def distinct(ranked: Sequence[Ranked], texts: Sequence[str], top_k: int) -> list[list[int]]:
    """Return the positions of the `top_k` best distinct passages, each followed by its copies.

    `texts` are the texts of `ranked`, in the same order.
    """
    languages = [each.candidate.passage.language for each in ranked]
    groups = group_duplicates(texts, languages, _GROUPS_PER_HIT * top_k)
    articles = [ranked[group[0]].candidate.passage.article_id for group in groups]
    return [groups[position] for position in diversify(articles, [ranked[group[0]].score for group in groups], top_k)]


def group_duplicates(texts: Sequence[str], languages: Sequence[str], max_groups: int) -> list[list[int]]:
    """Return the positions of texts in groups of copies, ordered by the first text of each group.

    A text that has other numbers, names or days among the same words is another version, not a copy. After
    `max_groups` groups, further distinct texts are left out.
    """
    groups: list[list[int]] = []
    counts, sizes = shared_shingles(texts)
    shared = counts.tolist()

    @cache
    def values_of(position: int) -> Values:
        return values(texts[position], languages[position])

    for position, text in enumerate(texts):
        overlaps, size = shared[position], sizes[position]
        similar = [group for group in groups if overlaps[group[0]] >= _MIN_OVERLAP * min(size, sizes[group[0]])]
        for group in sorted(similar, key=lambda group: -overlaps[group[0]]):
            first = group[0]
            if text == texts[first] or not differ(values_of(first), values_of(position)):
                group.append(position)
                break
        else:
            if len(groups) < max_groups:
                groups.append([position])
    return groups


def diversify(articles: Sequence[str], scores: Sequence[float], top_k: int) -> list[int]:
    """Return the positions of `top_k` passages, best first; no article has more than half of them if others qualify.

    A passage qualifies if its score is close to the best score. `articles` are the article ids of the passages, and
    `scores` are in descending order.
    """
    max_per_article = ceil(top_k / 2)
    counts: dict[str, int] = {}
    selected: list[int] = []
    deferred: list[int] = []
    for position, article in enumerate(articles):
        counts[article] = counts.get(article, 0) + 1
        qualifies = scores[position] >= _MIN_RELATIVE_SCORE * scores[0]
        (selected if counts[article] <= max_per_article and qualifies else deferred).append(position)
    return sorted((selected + deferred)[:top_k])


def shared_shingles(texts: Sequence[str]) -> tuple[NDArray[np.int64], list[int]]:
    """Return how many shingles each two texts share, shape (texts, texts), and how many each text has."""
    found = [shingles(text) for text in texts]
    sizes = [len(each) for each in found]
    if not found:
        return np.zeros((0, 0), np.int64), sizes
    _, places, counts = np.unique(np.concatenate(found), return_inverse=True, return_counts=True)
    columns = np.cumsum(counts > 1) - 1  # only shingles of several texts
    rows = np.repeat(np.arange(len(texts)), sizes)
    repeated = counts[places] > 1
    has = np.zeros((len(texts), int(columns[-1]) + 1), np.float32)
    has[rows[repeated], columns[places[repeated]]] = 1
    return np.rint(has @ has.T).astype(np.int64), sizes


@lru_cache(maxsize=1024)  # passages recur
def shingles(text: str) -> NDArray[np.int64]:
    """Return the distinct hashes of all shingles; of characters in place of words where a text has no spaces."""
    folded = text.casefold()
    words: Sequence[str] = folded.split()
    if len(folded) > _MAX_WORD_LENGTH * len(words):
        words = "".join(words)  # such as Chinese
    hashes = set(map(hash, zip(*(words[start:] for start in range(_SHINGLE)), strict=False))) or {hash(tuple(words))}
    return np.fromiter(hashes, np.int64, len(hashes))
