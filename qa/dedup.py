"""Groups copies of one text into one hit and limits the hits of one article."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import chain
from math import ceil

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
    groups_of: dict[int, list[int]] = {}  # the positions in `groups` of the first texts with a shingle
    sizes: list[int] = []

    @cache
    def values_of(position: int) -> Values:
        return values(texts[position], languages[position])

    for position, text in enumerate(texts):
        found = shingles(text)
        shared = Counter(chain.from_iterable(filter(None, map(groups_of.get, found))))
        for group, count in shared.most_common():
            if count >= _MIN_OVERLAP * min(len(found), sizes[group]) and (
                text == texts[groups[group][0]] or not differ(values_of(groups[group][0]), values_of(position))
            ):
                groups[group].append(position)
                break
        else:
            if len(groups) < max_groups:
                for shingle in found:
                    groups_of.setdefault(shingle, []).append(len(groups))
                groups.append([position])
                sizes.append(len(found))
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


def shingles(text: str) -> set[int]:
    """Return the hashes of all shingles; of characters in place of words where a text has no spaces."""
    folded = text.casefold()
    words: Sequence[str] = folded.split()
    if len(folded) > _MAX_WORD_LENGTH * len(words):
        words = "".join(words)  # such as Chinese
    return set(map(hash, zip(*(words[start:] for start in range(_SHINGLE)), strict=False))) or {hash(tuple(words))}
