"""What a system found, held against what was expected.

A ranking is judged at two levels. Among *articles* each counts once, at its first passage. Among *passages* what is
relevant is each expected quote (each expected article, where a data set has no quotes), found by the first passage that
holds it; a second passage with the same quote finds nothing and takes a rank. Where one passage holds several expected
places, it stands for all of them: they ask for one passage, not for several. So a system is not punished for the way it
splits articles, nor for folding copies of a text into one passage that names the others (`also_in`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.types import Citation, Expected, Found, Passage, Question

_HOLDS = 0.5  # least share of a quote within a passage, so that one cut in two belongs to one side
_FOLDED = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ids in the order they were found, without repeats, and the grades of those that are relevant."""

    ids: tuple[str, ...]
    relevant: dict[str, int]


def rank_passages(question: Question, passages: Sequence[Passage]) -> Ranking:
    """Judge every passage; a place that was not found is named by its article and span."""
    open_ = dict.fromkeys(question.expected)
    relevant: dict[str, int] = {}
    ids = []
    for passage in _without_repeats(passages):
        ids.append(passage.id)
        held = [place for place in open_ if holds(passage, place)]
        if held:
            relevant[passage.id] = max(place.grade for place in held)
        for place in held:
            del open_[place]
    missed = {_name(place): place.grade for place in open_}
    return Ranking(tuple(ids), relevant | missed)


def rank_articles(question: Question, passages: Sequence[Passage]) -> Ranking:
    """Judge every article at its first passage; copies named there are found with it."""
    open_: dict[str, int] = {}
    for place in question.expected:
        open_[place.article] = max(place.grade, open_.get(place.article, 0))
    relevant: dict[str, int] = {}
    ids: dict[str, None] = {}
    for passage in passages:
        ids[passage.article] = None
        held = [article for article in (passage.article, *passage.also_in) if article in open_]
        if held:
            grade = max(open_.pop(article) for article in held)
            relevant[passage.article] = max(grade, relevant.get(passage.article, 0))
    return Ranking(tuple(ids), relevant | open_)


def holds(passage: Passage, place: Expected) -> bool:
    """Tell whether a passage answers as a place does."""
    if place.quote is None:
        return place.article in (passage.article, *passage.also_in)
    if place.article == passage.article and place.span:
        start, end = place.span
        return _overlap(place.span, (passage.start, passage.end)) >= _HOLDS * (end - start)
    return place.article in passage.also_in and folded(place.quote) in folded(passage.text)


def supports(citation: Citation, places: Iterable[Expected]) -> list[Expected]:
    """Return the places that a citation quotes: half of the shorter of the two, at least."""
    span = (citation.start, citation.end)
    found = []
    for place in places:
        if place.quote is None:
            same = place.article == citation.article
        elif place.article == citation.article and place.span:
            shorter = min(citation.end - citation.start, place.span[1] - place.span[0])
            same = shorter > 0 and _overlap(span, place.span) >= _HOLDS * shorter
        else:  # the same words in a copy of the article are as good
            same = folded(place.quote) in folded(citation.text)
        if same:
            found.append(place)
    return found


def contains(found: Found, answers: Sequence[str]) -> bool:
    """Tell whether the answer has one of the strings that would do, whatever their case, spaces and quotes.

    A number is not contained in a longer one.
    """
    text = folded(found.answer or "")
    return any(re.search(rf"(?<!\d){re.escape(folded(answer))}(?!\d)", text) for answer in answers)


def folded(text: str) -> str:
    """Return a text without what typing differs in."""
    return " ".join(text.translate(_FOLDED).casefold().split())


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def _without_repeats(passages: Iterable[Passage]) -> Iterable[Passage]:
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.id, passage)
    return first.values()


def _name(place: Expected) -> str:
    return f"{place.article}:{place.span[0]}-{place.span[1]}" if place.span else place.article
