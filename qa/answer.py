"""An answer is composed of quotes from the hits, each in the exact words of its source."""

import re
from collections.abc import Sequence, Set

from index.sentences import is_heading
from index.types import Span
from qa.types import Citation, Hit

_MAX_PASSAGES = 3  # quoted in one answer
_MAX_SCORE_GAP = 0.25  # as a fraction of the best passage's score; a passage further below it is not quoted
_MAX_SENTENCE_GAP = (
    0.02  # between two scores; a second sentence this close to the best of its passage is quoted as well
)
_NO_ANSWER = "No passage of the archive answers this."
_QUESTION_MARK_AT_END = re.compile(r"[?？؟][\s\"'”’»)\]]*$")


def compose(hits: Sequence[Hit]) -> tuple[str, tuple[Citation, ...]]:
    """Return an answer and its citations, best passage first: one or two sentences of each of the best passages."""
    answer = ""
    citations: list[Citation] = []
    quoted: set[str] = set()
    quotable = [hit for hit in hits if hit.score >= hits[0].score - _MAX_SCORE_GAP * abs(hits[0].score)]
    for hit in quotable[:_MAX_PASSAGES]:
        for start, end in _join_adjacent(_best_sentences(hit, quoted), hit.article.text):
            quote = hit.article.text[start:end]
            quoted.add(_folded(quote))
            offset = len(answer) + 1 if answer else 0
            citation = Citation(len(citations) + 1, hit.article, (start, end), (offset, offset + len(quote)))
            answer += f"{' ' if answer else ''}{quote} [{citation.index}]"
            citations.append(citation)
    return answer or _NO_ANSWER, tuple(citations)


def _best_sentences(hit: Hit, quoted: Set[str]) -> list[Span]:
    """Return the spans of the best sentence and, if its score is close, of the second best, in text order."""
    text = hit.article.text
    scored = [
        (float(score), (start, end))
        for score, (start, end) in zip(hit.sentence_scores, hit.passage.sentences, strict=True)
        if _folded(text[start:end]) not in quoted
    ]
    statements = [
        (score, span)
        for score, span in scored
        if not is_heading(text, span) and not _QUESTION_MARK_AT_END.search(text[span[0] : span[1]])
    ]
    # A first passage that has only headings and questions is still quoted: it is the best match.
    ranked = sorted(statements or ([] if quoted else scored), key=lambda item: -item[0])
    distinct = {_folded(text[start:end]): (score, (start, end)) for score, (start, end) in reversed(ranked)}
    best = sorted(distinct.values(), key=lambda item: -item[0])[:2]
    return sorted(span for score, span in best if score >= best[0][0] - _MAX_SENTENCE_GAP)


def _join_adjacent(spans: Sequence[Span], text: str) -> list[Span]:
    """Merge two sentences that follow each other on one line into one span."""
    if len(spans) == 2 and "\n" not in text[spans[0][1] : spans[1][0]] and not text[spans[0][1] : spans[1][0]].strip():
        return [(spans[0][0], spans[1][1])]
    return list(spans)


def _folded(text: str) -> str:
    """Return a text without differences of case and white space."""
    return " ".join(text.casefold().split())
