"""Copies of one text are folded into one hit, and no article fills the list."""

from collections import Counter
from collections.abc import Sequence
from math import ceil

from qa.types import Ranked

_GROUPS_PER_HIT = 3  # distinct texts to choose from, so that other articles can take part
_SHINGLE = 3  # words in a row; two texts that share most of them are copies (Broder 1997)
_LONGEST_WORDS = 15  # characters; where they are longer on average, words are not separated
_QUALIFIES = 0.9  # of the best score, for a passage that takes the place of a better one of an article with many
_COPY = 0.6  # share of the shorter text's shingles that a copy has: a copy's passages can begin elsewhere


def distinct(ranked: Sequence[Ranked], texts: Sequence[str], top_k: int) -> list[list[int]]:
    """Return the positions of the `top_k` best distinct passages, each followed by its copies; `texts` are theirs."""
    groups = group_duplicates(texts, _GROUPS_PER_HIT * top_k)
    articles = [ranked[group[0]].candidate.passage.article_id for group in groups]
    return [groups[at] for at in diversify(articles, [ranked[group[0]].score for group in groups], top_k)]


def group_duplicates(texts: Sequence[str], wanted: int) -> list[list[int]]:
    """Return the positions of texts, copies of one text together in the place of the first of them.

    Stops after `wanted` distinct texts; copies that come later are then not named.
    """
    folded: list[list[int]] = []
    seen: dict[int, int] = {}  # the first of `folded` that has a shingle
    sizes: list[int] = []
    for position, text in enumerate(texts):
        shingles = _shingles(text)
        shared = Counter(map(seen.get, shingles))
        likeliest = max((number for number in shared if number is not None), key=shared.__getitem__, default=None)
        if likeliest is not None and shared[likeliest] >= _COPY * min(len(shingles), sizes[likeliest]):
            folded[likeliest].append(position)
        elif len(folded) < wanted:
            seen |= dict.fromkeys(shingles.difference(seen), len(folded))
            folded.append([position])
            sizes.append(len(shingles))
    return folded


def diversify(articles: Sequence[str], scores: Sequence[float], top_k: int) -> list[int]:
    """Return the positions of `top_k` passages, best first, no article with more than half of them if others qualify.

    Another article's passage qualifies if it is nearly as good as the best of all. `scores` fall.
    """
    most = ceil(top_k / 2)
    counts: dict[str, int] = {}
    kept: list[int] = []
    left: list[int] = []
    for position, article in enumerate(articles):
        counts[article] = counts.get(article, 0) + 1
        qualifies = scores[position] >= _QUALIFIES * scores[0]
        (kept if counts[article] <= most and qualifies else left).append(position)
    return sorted((kept + left)[:top_k])


def _shingles(text: str) -> set[int]:
    """Return hashes of all runs of words."""
    plain = text.casefold()
    words: Sequence[str] = plain.split()
    if len(plain) > _LONGEST_WORDS * len(words):
        words = "".join(words)  # Chinese: its characters
    return set(map(hash, zip(*(words[start:] for start in range(_SHINGLE)), strict=False))) or {hash(tuple(words))}
