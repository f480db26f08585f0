"""Cut windows out of passages: a title line above a run of sentences, as the product cuts articles."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.language import Identifier
from index.sentences import sentences
from index.split import TokenSpans, split
from index.types import Passage, Span

_MAX_PASSAGE_TOKENS = 460  # without title and special tokens; the model takes 512
_MAX_TITLE = 120  # code points, as in `index.process`
_WHOLE = 0.25  # share of windows that are whole passages
_ALONE = 0.15  # share of windows that have no other sentences than those needed
_MIN_TARGET, _MAX_TARGET = 60, 450  # code points of the other windows
_DENSE_SCRIPT = 0.45  # a text in these languages has less than half the characters
_DENSE_SCRIPTS = frozenset({"ja", "ko", "th", "zh"})
_CACHED = 1 << 14  # passages


@dataclass(frozen=True, slots=True)
class Window:
    """A text for the reader; spans are into `text`."""

    text: str
    body: int  # where the sentences start, after the title
    sentences: tuple[Span, ...]
    answers: tuple[Span, ...] = ()


class Cutter:
    """Cuts the passages of data sets as the product cuts articles. Not thread-safe."""

    def __init__(self, identifier: Identifier, token_spans: TokenSpans) -> None:
        """Use `token_spans` for the lengths of passages."""

        @lru_cache(_CACHED)
        def passages(text: str, language: str) -> tuple[Passage, ...]:
            return tuple(split(text, language, identifier, token_spans, _MAX_PASSAGE_TOKENS))

        self.passages = passages

    def containing(self, text: str, language: str, answers: Sequence[Span]) -> list[Passage]:
        """Return the passages that contain at least one of the answers."""
        return [
            passage
            for passage in self.passages(text, language)
            if any(passage.start <= start and end <= passage.end for start, end in answers)
        ]


def window(text: str, run: Sequence[Span], title: str, answers: Sequence[Span] = ()) -> Window:
    """Return the window of a run of adjacent sentences of `text`, with the answers that lie within it."""
    start, end = run[0][0], run[-1][1]
    heading = f"{title}\n" if title else ""
    shift = len(heading) - start
    return Window(
        heading + text[start:end],
        len(heading),
        tuple((first + shift, last + shift) for first, last in run),
        tuple((first + shift, last + shift) for first, last in answers if start <= first and last <= end),
    )


def without(text: str, run: Sequence[Span], title: str, dropped: Sequence[int]) -> Window | None:
    """Return the window of a run of sentences without those at the indexes `dropped`; None if nothing is left."""
    heading = f"{title}\n" if title else ""
    parts: list[str] = [heading]
    spans: list[Span] = []
    at = len(heading)
    for index, (start, end) in enumerate(run):
        if index in dropped:
            continue
        gap = " " if spans else ""
        parts.append(gap + text[start:end])
        spans.append((at + len(gap), at + len(gap) + end - start))
        at = spans[-1][1]
    return Window("".join(parts), len(heading), tuple(spans)) if spans else None


def run_around(passage: Passage, needed: Sequence[Span], language: str, rng: random.Random) -> list[Span]:
    """Return adjacent sentences that cover the spans `needed`: all, only these, or enough for a random length."""
    of_passage = passage.sentences
    chance = rng.random()
    if chance < _WHOLE:
        return list(of_passage)
    touched = [
        index
        for index, (start, end) in enumerate(of_passage)
        if any(start < last and first < end for first, last in needed)
    ] or [rng.randrange(len(of_passage))]
    low, high = touched[0], touched[-1]
    if chance < _WHOLE + _ALONE:
        return list(of_passage[low : high + 1])
    target = rng.randint(_MIN_TARGET, _MAX_TARGET) * (_DENSE_SCRIPT if language in _DENSE_SCRIPTS else 1)
    while of_passage[high][1] - of_passage[low][0] < target and (low > 0 or high < len(of_passage) - 1):
        before = low > 0 and (high == len(of_passage) - 1 or rng.random() < 0.5)
        low, high = (low - 1, high) if before else (low, high + 1)
    return list(of_passage[low : high + 1])


def heading(title: str, text: str, language: str, answers: Sequence[Span]) -> str:
    """Return the title, or as in `index.process` the first sentence; empty if that is long or touches an answer."""
    if title:
        return title[:_MAX_TITLE]
    line = re.match(r"[^\n]*", text)
    first = sentences(text, line.span(), language)[:1] if line else []
    if not first:
        return ""
    start, end = first[0]
    answered = any(start < last and first_ < end for first_, last in answers)
    return "" if answered or end - start > _MAX_TITLE else text[start:end]
