"""Merges the answers to the parts of a message into one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from qa.answer import numbered
from qa.dedup import group_duplicates
from qa.texts import no_answer, texts
from qa.types import Answer, Citation, Hit
from qa.versions import with_versions


def merge(message: str, answers: Sequence[Answer], top_k: int) -> Answer:
    """Return one answer to a message from those to its parts, at least one.

    The passages of the parts alternate, without copies of better ones; those that are quoted are kept first. Quotes are
    in the order of the parts, without those that an earlier quote contains or whose passage is not among the `top_k`;
    where that leaves one side of a dispute, it is no dispute. The notes name the parts that nothing answers if others
    are answered. The confidence is the lowest of the answered parts, or of all parts if none is answered.
    """
    cited = _renumbered(answers)
    hits = with_versions([replace(hit, story=None, changed=()) for hit in _hits(answers, [*chain(*cited)], top_k)])
    kept = ([citation for citation in part if any(hit.has(citation) for hit in hits)] for part in cited)
    text, citations = _quotes([*chain.from_iterable(map(_of_both_sides, kept))])
    language = next((answer.language for answer in answers if answer.language), None)
    known = [answer.confidence for answer in answers if answer.citations] or [answer.confidence for answer in answers]
    stages = dict.fromkeys(stage for answer in answers for stage in answer.took_ms)
    return replace(
        answers[0],
        question=message,
        language=language,
        hits=hits,
        confidence=min((each for each in known if each is not None), default=None),
        took_ms={stage: round(sum(answer.took_ms.get(stage, 0.0) for answer in answers), 3) for stage in stages},
        text=text or no_answer(language),
        citations=citations,
        notes=tuple(dict.fromkeys((*_notes(answers, citations), *_unanswered(answers, language)))),
    )


def _hits(answers: Sequence[Answer], cited: Sequence[Citation], top_k: int) -> list[Hit]:
    """Return the passages of the parts in turn, at most `top_k`: all that are quoted, if they fit, then the best."""
    found = [hit for hit in chain.from_iterable(zip_longest(*(answer.hits for answer in answers))) if hit]
    order = sorted(range(len(found)), key=lambda position: not any(map(found[position].has, cited)))
    ranked = [found[position] for position in order]
    groups = group_duplicates([hit.text for hit in ranked], [hit.passage.language for hit in ranked], top_k)
    return [found[position] for position in sorted(order[first] for first, *_ in groups)]


def _of_both_sides(citations: Sequence[Citation]) -> list[Citation]:
    """Return the citations of a part, without sides if there is one only."""
    sides = {citation.side for citation in citations if citation.side}
    return [replace(citation, side=None) for citation in citations] if len(sides) == 1 else list(citations)


def _notes(answers: Sequence[Answer], citations: Sequence[Citation]) -> Iterator[str]:
    """Yield the notes on the parts that hold for the citations that are left."""
    for answer in answers:
        fixed = texts(answer.language)
        obsolete = {fixed.disputed} if not any(citation.side for citation in citations) else set()
        obsolete |= {fixed.changed} if not any(citation.superseded_by for citation in citations) else set()
        yield from (note for note in answer.notes if note not in obsolete)


def _unanswered(answers: Sequence[Answer], language: str | None) -> Iterator[str]:
    """Yield the note that names the parts without quotes, if others have some."""
    lacking = [answer.question for answer in answers if not answer.citations]
    if 0 < len(lacking) < len(answers):
        yield texts(language).unanswered.format(questions=" ".join(lacking))


def _renumbered(answers: Sequence[Answer]) -> list[list[Citation]]:
    """Return the citations of each answer, with numbers and sides that differ from part to part."""
    result: list[list[Citation]] = []
    sides = count = 0
    for answer in answers:
        result.append(
            [
                replace(
                    citation,
                    index=citation.index + count,
                    side=citation.side and citation.side + sides,
                    superseded_by=citation.superseded_by and citation.superseded_by + count,
                )
                for citation in answer.citations
            ]
        )
        sides += max((citation.side or 0 for citation in answer.citations), default=0)
        count += len(answer.citations)
    return result


def _quotes(citations: Sequence[Citation]) -> tuple[str, tuple[Citation, ...]]:
    """Return the text of an answer with these quotes, each once, and its citations.

    A quote that an earlier one contains gives it its side, if that has none. Sides are numbered from 1 again.
    """
    distinct: dict[int, Citation] = {}  # by number
    numbers: dict[int | None, int] = {}  # of the quotes that are left, by the numbers of those that they contain
    for citation in citations:
        known = next((earlier for earlier in distinct.values() if citation.text in earlier.text), citation)
        numbers[citation.index] = known.index
        distinct[known.index] = replace(known, side=known.side or citation.side)
    left = sorted({each.side for each in distinct.values() if each.side})
    sides: dict[int | None, int] = {side: number for number, side in enumerate(left, start=1)}
    return numbered(
        [
            replace(each, side=sides.get(each.side), superseded_by=numbers.get(each.superseded_by))
            for each in distinct.values()
        ]
    )
