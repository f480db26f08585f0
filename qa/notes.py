"""Sentences about an answer, in the language of the question: whether sources differ, whether the answer has changed,
and which of its names no quoted passage mentions."""

from collections.abc import Sequence

from qa.mentions import missing_names
from qa.texts import texts
from qa.types import Citation, SearchResult

_NEAREST = 3  # hits that count without quotes


def notes_on(result: SearchResult, citations: Sequence[Citation]) -> tuple[str, ...]:
    """Return the notes on an answer with these citations from the hits of `result`."""
    notes = [texts(result.language).disputed] if any(citation.side for citation in citations) else []
    notes += [texts(result.language).changed] if any(citation.superseded_by for citation in citations) else []
    quoted = [hit for hit in result.hits if any(map(hit.has, citations))]
    lacking = missing_names(quoted or result.hits[:_NEAREST])
    if lacking:
        notes.append(texts(result.language).unmentioned.format(names=", ".join(lacking)))
    return tuple(notes)
