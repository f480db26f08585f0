"""An answer is composed of quotes from the hits, each in the exact words of its source."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date

from index.sentences import is_heading
from index.types import Span
from qa.clutter import is_clutter
from qa.kind import Kind
from qa.numbers import agrees
from qa.types import Citation, Hit

_MAX_PASSAGES = 3  # quoted in one answer
_MAX_SEVERAL = 5  # the same in answers that list or compare, if the passages were read
_MAX_SCORE_GAP = 0.25  # as a fraction of the best passage's score; a passage further below it is not quoted
_MAX_SENTENCE_GAP = (
    0.02  # between two scores; a second sentence this close to the best of its passage is quoted as well
)
_MAXSIM_WEIGHT = 5.0  # of a sentence's MaxSim, beside the log-probability that the answer starts in it
_MIN_LOG = -20.0  # log-probabilities below it say no more
_MIN_ANSWERABLE = 0.0  # logit; a further passage below it is not quoted
_MAX_READ_GAP = 1.0  # between two sentences of a passage that was read; a second one this close is quoted as well
_NO_ANSWER = "No passage of the archive answers this."
_QUESTION_MARK_AT_END = re.compile(r"[?？؟][\s\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class _Quote:
    """What is quoted of a hit: a span of its article's text, and the span in it that answers, if it is known."""

    span: Span
    answer: Span | None = None


def compose(question: str, hits: Sequence[Hit], kind: Kind = "other") -> tuple[str, tuple[Citation, ...]]:
    """Return an answer and its citations, best passage first: one or two sentences of each of the best passages.

    Of passages that were read, those after the first are quoted only if they answer by themselves: more of them for a
    list or a comparison, and the newest article first for the latest state.
    """
    answer = ""
    citations: list[Citation] = []
    quoted: set[str] = set()
    for hit in _quotable(hits, kind):
        for quote in _join_adjacent(_best_sentences(question, hit, quoted), hit.article.text):
            start, end = quote.span
            text = hit.article.text[start:end]
            quoted.add(_folded(text))
            offset = len(answer) + 1 if answer else 0
            place = offset, offset + len(text)
            citation = Citation(len(citations) + 1, hit.article, quote.span, place, quote.answer)
            answer += f"{' ' if answer else ''}{text} [{citation.index}]"
            citations.append(citation)
    return answer or _NO_ANSWER, tuple(citations)


def _quotable(hits: Sequence[Hit], kind: Kind) -> list[Hit]:
    """Return the first hit and those that answer as well: by the reader, or without one by their scores."""
    if not hits or hits[0].reading is None:
        near = [hit for hit in hits if hit.score >= hits[0].score - _MAX_SCORE_GAP * abs(hits[0].score)]
        return near[:_MAX_PASSAGES]
    answering = [hits[0]] + [hit for hit in hits[1:] if hit.reading and hit.reading.answerable >= _MIN_ANSWERABLE]
    if kind == "latest":
        answering.sort(key=lambda hit: hit.article.published or date.min, reverse=True)
    return answering[: _MAX_SEVERAL if kind in ("list", "comparison") else _MAX_PASSAGES]


def _best_sentences(question: str, hit: Hit, quoted: Set[str]) -> list[_Quote]:
    """Return the best sentence and, if its score is close, the second best, in text order.

    An item or row with another number than that of the question is only quoted if there is nothing else.
    """
    text = hit.article.text
    scored = [item for item in _scored(hit) if _folded(text[slice(*item[1].span)]) not in quoted]
    statements = [
        (score, quote)
        for score, quote in scored
        if not (
            is_heading(text, quote.span)
            or _QUESTION_MARK_AT_END.search(text[slice(*quote.span)])
            or is_clutter(text[slice(*quote.span)])
        )
    ]
    by_verdict: dict[bool | None, list[tuple[float, _Quote]]] = {True: [], None: [], False: []}
    for item in statements:
        by_verdict[agrees(question, text[slice(*item[1].span)])].append(item)
    statements = by_verdict[True] or by_verdict[None] or by_verdict[False]
    # A first passage that has only headings and questions is still quoted: it is the best match.
    ranked = sorted(statements or ([] if quoted else scored), key=lambda item: -item[0])
    distinct = {_folded(text[slice(*quote.span)]): (score, quote) for score, quote in reversed(ranked)}
    best = sorted(distinct.values(), key=lambda item: -item[0])[:2]
    max_gap = _MAX_READ_GAP if hit.reading else _MAX_SENTENCE_GAP
    return sorted((quote for score, quote in best if score >= best[0][0] - max_gap), key=lambda quote: quote.span)


def _scored(hit: Hit) -> Iterator[tuple[float, _Quote]]:
    """Return the sentences of a hit with their scores; only those that were read, if some were."""
    sentences, maxsims = hit.passage.sentences, hit.sentence_scores.tolist()
    if hit.reading is None:
        yield from zip(maxsims, map(_Quote, sentences), strict=True)
        return
    for span, maxsim, log, answer in zip(
        sentences, maxsims, hit.reading.sentences.tolist(), hit.reading.answers, strict=True
    ):
        if answer is not None:
            yield max(log, _MIN_LOG) + _MAXSIM_WEIGHT * maxsim, _Quote(span, answer)


def _join_adjacent(quotes: Sequence[_Quote], text: str) -> list[_Quote]:
    """Merge two sentences that follow each other on one line into one quote."""
    if len(quotes) == 2:
        (start, end), (next_start, next_end) = quotes[0].span, quotes[1].span
        if "\n" not in text[end:next_start] and not text[end:next_start].strip():
            return [_Quote((start, next_end), quotes[0].answer)]
    return list(quotes)


def _folded(text: str) -> str:
    """Return a text without differences of case and white space."""
    return " ".join(text.casefold().split())
