"""Split the text of an article into passages of whole sentences.

Dynamic programming groups sentences into passages at the lowest total cost, as Knuth and Plass break paragraphs into
lines (Software: Practice and Experience 11, 1981).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.language import Identifier
from index.sentences import is_heading, sentences, trimmed
from index.types import Passage, Span

VERSION = 2  # increase it with every change of behavior: archives then split their articles again

MIN_LENGTH, MAX_LENGTH = 600, 900  # target code points of a passage; they rank better than 220, 350 and 500
MAX_STRETCHED_LENGTH = 945  # code points of a passage that ends at the end of a paragraph

TokenSpans = Callable[[str], list[Span]]
"""Returns the spans of the tokens of a text, without special tokens."""


def split(text: str, language: str, identifier: Identifier, token_spans: TokenSpans, limit: int) -> list[Passage]:
    """Split an article into passages of at most `limit` tokens that cover all of its text except white space.

    A passage consists of whole sentences. A sentence of more than `limit` tokens is cut at a clause or, without
    clauses, between words or tokens. Lines that are reliably in another language form passages of their own.
    """
    passages = []
    for run in _language_runs(text, language, identifier):
        pieces = [
            piece
            for line in run.lines
            for sentence in sentences(text, line, run.language)
            for piece in _cut_long(text, sentence, token_spans, limit)
        ]
        passages += [
            Passage(group[0][0], group[-1][1], run.language, tuple(group)) for group in _group(text, pieces, limit)
        ]
    return passages


@dataclass(frozen=True, slots=True)
class _Run:
    language: str
    lines: list[Span]


def _language_runs(text: str, language: str, identifier: Identifier) -> list[_Run]:
    lines = [match.span() for match in re.finditer(r"\S(?:[^\n]*\S)?", text)]
    guesses = [identifier.guess(text[start:end]) for start, end in lines]
    confident = [
        guess.language if guess.reliable and end - start >= _MIN_FOREIGN_LENGTH else language
        for guess, (start, end) in zip(guesses, lines, strict=True)
    ]
    runs: list[_Run] = []
    for number, line in enumerate(lines):
        # A short line next to a foreign line, such as the first words of a post, joins its run.
        neighbors = confident[max(number - 1, 0) : number + 2]
        run_language = guesses[number].language if guesses[number].language in neighbors else confident[number]
        if not runs or runs[-1].language != run_language:
            runs.append(_Run(run_language, []))
        runs[-1].lines.append(line)
    return runs


_MIN_FOREIGN_LENGTH = 40  # code points; a shorter line (a title, a name, a slogan) alone does not start a run


# --- sentences that are too long

_CHARS_PER_TOKEN = 20  # code points, more than in almost any token
_CLAUSE_END = re.compile(r"[;:,—–、，；：،؛]\s*")


def _cut_long(text: str, sentence: Span, token_spans: TokenSpans, limit: int) -> Iterator[tuple[Span, int]]:
    """Cut `sentence` into pieces of at most `limit` tokens; yield each with its number of tokens.

    A piece ends at the last clause in the later half of the window, else at the last space there, else between tokens.
    """
    start, end = sentence
    while start < end:
        # A window, so that a book without a full stop is not tokenized from each cut to its end.
        window_end = min(end, start + _CHARS_PER_TOKEN * limit)
        tokens = token_spans(text[start:window_end])
        if len(tokens) <= limit and window_end == end:
            yield (start, end), len(tokens)
            return
        last_cut = start + tokens[limit][0] if len(tokens) > limit else window_end  # at most `limit` tokens before it
        clauses = [match.end() for match in _CLAUSE_END.finditer(text, start, last_cut)]
        spaces = [match.end() for match in re.finditer(r"\s+", text[start:last_cut])]
        later_half = start + (last_cut - start) // 2
        if clauses and clauses[-1] >= later_half:
            cut = clauses[-1]
        elif spaces and start + spaces[-1] >= later_half:
            cut = start + spaces[-1]
        else:
            cut = last_cut
        # A piece alone can have a token or two more than within the sentence.
        while cut > start + 1 and len(token_spans(text[start:cut])) > limit:
            cut -= 1
        piece = trimmed(text, start, cut)
        if piece[0] < piece[1]:
            yield piece, len(token_spans(text[piece[0] : piece[1]]))
        start = trimmed(text, cut, end)[0]


# --- passages

_INFINITE = float("inf")
_SHORT_COST = 0.3  # of a passage just below MIN_LENGTH; half of that length costs 1 more
_MID_PARAGRAPH_COST = 0.5
_WITHIN_BLOCK_COST = 0.1
_AFTER_HEADING_COST = 2.0


def _group(text: str, counted: Sequence[tuple[Span, int]], limit: int) -> list[list[Span]]:
    """Group the sentences of one run, each with its number of tokens, into passages at the lowest total cost."""
    pieces = [piece for piece, _ in counted]
    tokens = [0]
    for _, count in counted:
        tokens.append(tokens[-1] + count + 1)  # 1: joined, they may have one more
    best = [0.0] + [_INFINITE] * len(pieces)
    came_from = [0] * (len(pieces) + 1)
    for end in range(1, len(pieces) + 1):
        ending = _ending_cost(text, pieces, end)
        max_length = MAX_STRETCHED_LENGTH if _LINE_END.match(text, pieces[end - 1][1]) else MAX_LENGTH
        for start in range(end - 1, -1, -1):
            length = pieces[end - 1][1] - pieces[start][0]
            alone = start == end - 1
            if not alone and (length > max_length or tokens[end] - tokens[start] > limit):
                break
            cost = (
                best[start]
                + ending
                + (0.0 if length >= MIN_LENGTH else _SHORT_COST + 4 * (1 - length / MIN_LENGTH) ** 2)
            )
            if cost < best[end]:
                best[end], came_from[end] = cost, start
    groups = []
    end = len(pieces)
    while end:
        start = came_from[end]
        groups.append(list(pieces[start:end]))
        end = start
    return groups[::-1]


def _ending_cost(text: str, pieces: Sequence[Span], end: int) -> float:
    """Return the cost of ending a passage after the first `end` pieces."""
    if end == len(pieces):
        return 0.0
    gap = text[pieces[end - 1][1] : pieces[end][0]]
    if "\n" not in gap:
        return _MID_PARAGRAPH_COST
    if is_heading(text, pieces[end - 1]):
        return _AFTER_HEADING_COST
    return 0.0 if "\n\n" in gap else _WITHIN_BLOCK_COST


_LINE_END = re.compile(r" *(?:\n|\Z)")
