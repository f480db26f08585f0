"""Finds where quotes of different sources give different answers, and which answer is only out of date.

It is narrow: an article that corrects another, and the values of `qa.claims`. Other differences, such as two reasons,
are shown as separate statements without a word about them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import permutations

from qa.claims import Claim, claims
from qa.facts import content, stems
from qa.kind import Kind
from qa.subject import same_subject, same_template
from qa.types import Citation
from qa.values import differ, values

_CORRECTION = re.compile(
    r"\b(?:à tort|par erreur|erratum|rectificatif|contrairement à ce que|wrongly|mistakenly|erroneously|in error|"
    r"fälschlich(?:erweise)?|irrtümlich|por error|erróneamente|erroneamente|per errore|por engano|ten onrechte|"
    r"abusivement|incorrectly)\b",
    re.IGNORECASE,
)
_MAX_DAYS = 90  # between two different answers that are sides; the older one is out of date otherwise
_MIN_OTHERS = 1  # content words of a claim that its correction repeats, beside those that answer


def corrects(sentence: str, language: str, claim: str, claim_language: str, answer: str) -> bool:
    """Return whether a sentence says that a claim was made by mistake.

    `answer` are the words of either of them that answer. Their content words and numbers are all in the claim, and in
    the sentence after the words that mark a correction; claim and sentence have other content words in common.
    """
    mark = _CORRECTION.search(sentence)
    if mark is None or _CORRECTION.search(claim):
        return False
    claimed, answering = content(claim, claim_language), content(answer, language)
    is_marked = bool(answering) and answering <= content(sentence[mark.end() :], language) & claimed
    return is_marked and len(stems(sentence, language) & claimed - answering) >= _MIN_OTHERS


def compared(question: str, kind: Kind, citations: Sequence[Citation], stories: Mapping[str, int]) -> list[Citation]:
    """Return citations, in order, with their sides where sources differ and the newer quotes that supersede them.

    `stories` are numbers of stories by the ids of their articles.

    An answer is superseded by a later one of the same outlet or of the same story, and by any other one that
    was published more than `_MAX_DAYS` later; if it states no value that can be compared, by a later quote of its story
    with other values among the same words. The others are sides if they differ.
    """
    if kind == "list":
        return list(citations)
    corrected = _corrected(citations)
    if any(corrected):
        return [replace(each, side=side) for each, side in zip(citations, corrected, strict=True)]
    found = _on_one_event(_comparable(question, kind, citations), citations, stories)
    newer = [_newer(position, found, citations, stories) for position in range(len(citations))]
    distinct: list[Claim] = []
    sides: list[int | None] = []
    for position, (claim, superseded) in enumerate(zip(found, newer, strict=True)):
        is_side = superseded is None and not _is_updated_that_day(position, found, citations, stories)
        current = claim if is_side else None
        if current and not any(map(current.agrees, distinct)):
            distinct.append(current)
        sides.append(next(n for n, each in enumerate(distinct, 1) if each.agrees(current)) if current else None)
    articles = {citation.article.id for citation, side in zip(citations, sides, strict=True) if side}
    if len(distinct) < 2 or len(articles) < 2:
        sides = [None] * len(citations)
    return [
        replace(citation, side=side, superseded_by=None if superseded is None else citations[superseded].index)
        for citation, side, superseded in zip(citations, sides, newer, strict=True)
    ]


def conflict(question: str, kind: Kind, one: Citation, other: Citation) -> bool:
    """Return whether two quotes state different values in answer to a question of a kind."""
    found = _comparable(question, kind, (one, other))
    return found[0] is not None and found[1] is not None and not found[0].agrees(found[1])


def _comparable(question: str, kind: Kind, citations: Sequence[Citation]) -> list[Claim | None]:
    """Return the claim of each quote that is comparable with that of the first; of several units, one that differs.

    Claims of articles on something else than the first article with a claim are left out.
    """
    stated = [claims(question, kind, citation) for citation in citations]
    first_article = next((each.article for each, found in zip(citations, stated, strict=True) if found), None)
    stated = [
        found if first_article and same_subject(question, first_article, each.article) else {}
        for each, found in zip(citations, stated, strict=True)
    ]
    units = list(dict.fromkeys(unit for each in stated for unit in each))
    words = question.casefold()
    best: list[Claim | None] = [None] * len(stated)
    for unit in [unit for unit in units if unit and unit in words] or units:
        first = next(each[unit] for each in stated if unit in each)
        found = [_claim_on(unit, each, first) for each in stated]
        if any(claim and not claim.agrees(first) for claim in found):
            return found
        best = best if any(best) else found
    return best


def _on_one_event(
    found: Sequence[Claim | None], citations: Sequence[Citation], stories: Mapping[str, int]
) -> list[Claim | None]:
    """Return the claims without those of reports on other events, which their outlet writes in the same words."""
    first = next((position for position, claim in enumerate(found) if claim), 0)
    result = list(found)
    for position, citation in enumerate(citations):
        one, other = citations[first].article, citation.article
        same_story = one.id in stories and stories[one.id] == stories.get(other.id)
        if one.source and one.source == other.source and not same_story and same_template(one, other):
            result[position] = None
    return result


def _claim_on(unit: str, stated: Mapping[str, Claim], first: Claim) -> Claim | None:
    """Return what a quote states in a unit, or in its only unit if that may be the same in another language."""
    claim = stated.get(unit) or (next(iter(stated.values())) if len(stated) == 1 else None)
    return claim if claim and claim.is_comparable(first) else None


def _newer(
    position: int, found: Sequence[Claim | None], citations: Sequence[Citation], stories: Mapping[str, int]
) -> int | None:
    """Return the position of the newest quote that supersedes one, None if there is none.

    A quote is as new as the article or other source that supersedes.
    """
    claim, article = found[position], citations[position].article
    newest: tuple[date, int] | None = None
    for other, (each, citation) in enumerate(zip(found, citations, strict=True)):
        if claim and each and claim.agrees(each):
            continue
        for source in (citation.article, *citation.other_sources):
            if article.published is None or source.published is None or source.published <= article.published:
                continue
            same_story = article.id in stories and stories[article.id] == stories.get(source.id)
            if claim and each:
                same = same_story or (article.source and article.source == source.source)
                is_newer = same or (source.published - article.published).days > _MAX_DAYS
            else:
                is_newer = same_story and _is_updated(citations[position], citation)
            if is_newer and (newest is None or source.published > newest[0]):
                newest = source.published, other
    return newest and newest[1]


def _is_updated_that_day(
    position: int, found: Sequence[Claim | None], citations: Sequence[Citation], stories: Mapping[str, int]
) -> bool:
    """Return whether its outlet gave another answer in the same story on the same day, before or after: no dispute."""
    claim, article = found[position], citations[position].article
    return bool(claim and article.source) and any(
        source.source == article.source
        and source.published == article.published
        and article.id in stories
        and stories[article.id] == stories.get(source.id)
        for each, citation in zip(found, citations, strict=True)
        if claim and each and not claim.agrees(each)
        for source in (citation.article, *citation.other_sources)
    )


def _is_updated(one: Citation, other: Citation) -> bool:
    """Return whether quotes of two versions have other values among the same words."""
    return differ(values(one.text, one.language), values(other.text, other.language))


def _corrected(citations: Sequence[Citation]) -> list[int | None]:
    """Return 1 for each claim that another citation corrects and 2 for its correction, else None."""
    result: list[int | None] = [None] * len(citations)
    for (n, claim), (m, other) in permutations(enumerate(citations), 2):
        if any(
            corrects(other.text, other.language, claim.text, claim.language, answer)
            for answer in (claim.answer, other.answer)
            if answer
        ):
            result[n], result[m] = 1, 2
    return result
