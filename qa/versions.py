"""Finds the versions of one story among hits, and what each of them changed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

from index.types import Article
from qa.changes import Steps, changed_spans
from qa.dedup import shared_shingles
from qa.types import Hit
from qa.values import Values, agree, is_name, values

MIN_OVERLAP = 0.3  # share of the shorter passage's shingles in both; a copy has twice as much
_MIN_SHINGLES = 20  # of the shorter passage; shorter ones can have the same words by chance
_MAX_DAYS = 30  # between two versions
_MIN_AGREEING = 1  # values that agree for each one that differs
_MIN_AGREEING_WITH_NAME = 3  # the same if a name differs


def with_versions(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the hits; versions of one story have its number, from 1, and the spans of what they changed.

    Passages of two articles are versions if they share wording and most of the names, numbers and days in it, but not
    all of them. Passages of one template, such as the results of several matches, share too few.
    """
    stories = list(range(len(hits)))
    for one, other in _versions(hits):
        stories = [stories[one] if story == stories[other] else story for story in stories]
    counts = Counter(stories)
    result = list(hits)
    steps = Steps()
    for number, story in enumerate((story for story, count in counts.items() if count > 1), start=1):
        members = [position for position, each in enumerate(stories) if each == story]
        members.sort(key=lambda position: hits[position].article.published or date.min)
        result[members[0]] = replace(hits[members[0]], story=number)
        for before, position in pairwise(members):
            changed = changed_spans(hits[before].article.text, hits[position].text, steps)
            result[position] = replace(hits[position], story=number, changed=changed)
    return tuple(result)


def newest_first(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, those of one story together at the place of its first, the newest version first."""
    stories = [hit.story for hit in hits]
    first = [stories.index(story) if story else position for position, story in enumerate(stories)]
    places = [(first[position], -_day(hit.article)) for position, hit in enumerate(hits)]
    return [hits[position] for position in sorted(range(len(hits)), key=places.__getitem__)]


def _day(article: Article) -> int:
    return (article.published or date.min).toordinal()


def _versions(hits: Sequence[Hit]) -> Iterator[tuple[int, int]]:
    """Yield the positions of each two hits that are versions of one story."""

    @cache
    def values_of(position: int) -> Values:
        return values(hits[position].text, hits[position].passage.language)

    shared, sizes = shared_shingles([hit.text for hit in hits])
    for position, hit in enumerate(hits):
        for earlier in range(position):
            smaller = min(sizes[position], sizes[earlier])
            is_alike = smaller >= _MIN_SHINGLES and shared[position, earlier] >= MIN_OVERLAP * smaller
            if is_alike and _are_close(hits[earlier], hit) and _are_versions(values_of(earlier), values_of(position)):
                yield earlier, position


def _are_close(one: Hit, other: Hit) -> bool:
    """Return whether two hits are of different articles with about the same date, as far as it is known."""
    days = [each.article.published for each in (one, other) if each.article.published]
    return one.article.id != other.article.id and (len(days) < 2 or abs((days[0] - days[1]).days) <= _MAX_DAYS)


def _are_versions(one: Values, other: Values) -> bool:
    shared = one.keys() & other.keys()
    differing = [around for around in shared if not agree(one[around], other[around])]
    has_name = any(is_name(value) for around in differing for value in one[around] | other[around])
    required = _MIN_AGREEING_WITH_NAME if has_name else _MIN_AGREEING
    return bool(differing) and len(shared) - len(differing) >= required * len(differing)
