"""Compares the answers of a system with the expected answers.

A ranking is judged at two levels. Among *articles* each counts once, at its first passage. Among *passages* the
relevant items are the expected quotes (the expected articles, where a data set has no quotes). The first passage that
contains an expected quote retrieves it; another passage with the same quote is not relevant and takes a rank. If one
passage contains several expected quotes, it counts as one relevant item. So the score does not depend on how a system
splits articles, nor on whether it folds copies of a text into one passage that lists the others in `also_in`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.types import Citation, Expected, Passage, Question

_MIN_OVERLAP = 0.5  # share of a quote in a passage, so that a quote cut in two belongs to one passage
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Ranking:
    """Retrieved ids in order, without repetitions, and the grades of all relevant ids."""

    ids: tuple[str, ...]
    relevant: dict[str, int]


def rank_passages(question: Question, passages: Sequence[Passage]) -> Ranking:
    """Return the judged passages; the id of an expected quote that was not retrieved is its article and span."""
    missing = dict.fromkeys(question.expected)
    relevant: dict[str, int] = {}
    ids = []
    for passage in _without_repetitions(passages):
        ids.append(passage.id)
        matches = [expected for expected in missing if is_match(passage, expected)]
        if matches:
            relevant[passage.id] = max(expected.grade for expected in matches)
        for expected in matches:
            del missing[expected]
    missed = {_id(expected): expected.grade for expected in missing}
    return Ranking(tuple(ids), relevant | missed)


def rank_articles(question: Question, passages: Sequence[Passage]) -> Ranking:
    """Return the judged articles, each at its first passage; articles in `also_in` are retrieved with the passage."""
    missing: dict[str, int] = {}
    for expected in question.expected:
        missing[expected.article] = max(expected.grade, missing.get(expected.article, 0))
    relevant: dict[str, int] = {}
    ids: dict[str, None] = {}
    for passage in passages:
        ids[passage.article] = None
        matches = [article for article in (passage.article, *passage.also_in) if article in missing]
        if matches:
            grade = max(missing.pop(article) for article in matches)
            relevant[passage.article] = max(grade, relevant.get(passage.article, 0))
    return Ranking(tuple(ids), relevant | missing)


def is_match(passage: Passage, expected: Expected) -> bool:
    """Return whether a passage contains the expected quote, or belongs to the expected article if there is no quote."""
    if expected.quote is None:
        return expected.article in (passage.article, *passage.also_in)
    if expected.article == passage.article and expected.span:
        start, end = expected.span
        return _overlap(expected.span, (passage.start, passage.end)) >= _MIN_OVERLAP * (end - start)
    return expected.article in passage.also_in and normalize(expected.quote) in normalize(passage.text)


def cited_expected(citation: Citation, expected: Iterable[Expected]) -> list[Expected]:
    """Return the expected answers that a citation quotes: the overlap is at least half of the shorter text."""
    span = (citation.start, citation.end)
    cited = []
    for item in expected:
        if item.quote is None:
            match = item.article == citation.article
        elif item.article == citation.article and item.span:
            shorter = min(citation.end - citation.start, item.span[1] - item.span[0])
            match = shorter > 0 and _overlap(span, item.span) >= _MIN_OVERLAP * shorter
        else:  # a citation of the same words in a copy of the article is right, too
            match = normalize(item.quote) in normalize(citation.text)
        if match:
            cited.append(item)
    return cited


def contains_answer(text: str, answers: Sequence[str]) -> bool:
    """Return whether a text contains one of the answers, after `normalize`.

    A number is not contained in a longer number.
    """
    text = normalize(text)
    return any(re.search(rf"(?<!\d){re.escape(normalize(answer))}(?!\d)", text) for answer in answers)


def normalize(text: str) -> str:
    """Return a text in lower case (case folding), with straight quotation marks and single spaces."""
    return " ".join(text.translate(_STRAIGHT).casefold().split())


def _overlap(first: tuple[int, int], second: tuple[int, int]) -> int:
    return max(0, min(first[1], second[1]) - max(first[0], second[0]))


def _without_repetitions(passages: Iterable[Passage]) -> Iterable[Passage]:
    first: dict[str, Passage] = {}
    for passage in passages:
        first.setdefault(passage.id, passage)
    return first.values()


def _id(expected: Expected) -> str:
    return f"{expected.article}:{expected.span[0]}-{expected.span[1]}" if expected.span else expected.article
