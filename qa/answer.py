"""Hits become an answer made of quotes, every one of them the exact words of its source."""

import re
from collections.abc import Sequence, Set

from index.split import is_heading
from index.types import Span
from qa.types import Citation, Hit

_PASSAGES = 3  # quoted at most
_WORTHY = 0.25  # of the best passage's score; a passage further below it is found but not quoted
_MARGIN = 0.02  # between two scores; a passage's second sentence this close to its best is quoted as well
_NOTHING = "No passage of the archive answers this."
_QUESTION = re.compile(r"[?？؟][\s\"'”’»)\]]*$")


def compose(hits: Sequence[Hit]) -> tuple[str, tuple[Citation, ...]]:
    """Return an answer and its citations, best passage first: one or two sentences of each of the best passages."""
    answer = ""
    citations: list[Citation] = []
    quoted: set[str] = set()
    worthy = [hit for hit in hits if hit.score >= hits[0].score - _WORTHY * abs(hits[0].score)]
    for hit in worthy[:_PASSAGES]:
        for start, end in _adjoined(_best_sentences(hit, quoted), hit.article.text):
            quote = hit.article.text[start:end]
            quoted.add(_folded(quote))
            at = len(answer) + 1 if answer else 0
            citation = Citation(len(citations) + 1, hit.article, (start, end), (at, at + len(quote)))
            answer += f"{' ' if answer else ''}{quote} [{citation.index}]"
            citations.append(citation)
    return answer or _NOTHING, tuple(citations)


def _best_sentences(hit: Hit, quoted: Set[str]) -> list[Span]:
    """Return the sentence nearest to the question and perhaps a second, in their order in the text."""
    text = hit.article.text
    scored = [
        (float(score), (start, end))
        for score, (start, end) in zip(hit.sentences, hit.passage.sentences, strict=True)
        if _folded(text[start:end]) not in quoted
    ]
    statements = [
        (score, span)
        for score, span in scored
        if not is_heading(text, span) and not _QUESTION.search(text[span[0] : span[1]])
    ]
    # A passage that is nothing but headings or questions is still quoted: something in it was found.
    ranked = sorted(statements or ([] if quoted else scored), key=lambda item: -item[0])
    distinct = {_folded(text[start:end]): (score, (start, end)) for score, (start, end) in reversed(ranked)}
    best = sorted(distinct.values(), key=lambda item: -item[0])[:2]
    return sorted(span for score, span in best if score >= best[0][0] - _MARGIN)


def _adjoined(spans: Sequence[Span], text: str) -> list[Span]:
    """Join two sentences that follow each other on one line."""
    if len(spans) == 2 and "\n" not in text[spans[0][1] : spans[1][0]] and not text[spans[0][1] : spans[1][0]].strip():
        return [(spans[0][0], spans[1][1])]
    return list(spans)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
