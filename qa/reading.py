"""The reading stage: the reader reads the best passages, and the scores of the passages take up what it found."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.types import Span
from qa.reader import Hurry, TextReader, Window, no_hurry
from qa.types import Hit, Mode, Reading


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is read for one question."""

    passages: int  # the best ones
    length: int  # code points of a window, unless its one sentence is longer


BUDGETS: Mapping[Mode, Budget] = {"fast": Budget(4, 1000), "full": Budget(10, 1000)}
"""Chosen by the figures in docs/reader.md."""

WEIGHT = 0.005  # of a point of the reader's score, beside a cosine from -1 to 1
_MAX_SCORE = 10.0  # points; larger scores say no more
_MAX_TITLE = 120  # code points, as in training


def read(
    reader: TextReader,
    question: str,
    hits: Sequence[Hit],
    budget: Budget,
    weight: float = WEIGHT,
    *,
    hurry: Hurry = no_hurry,
) -> tuple[Hit, ...]:
    """Return the hits with the readings of the first, ranked by score and reading.

    Hits that are not read keep their score, which is below that of the others. If `hurry` returns True before the last
    window is read, the hits are returned as they are, so that an answer is composed with all readings or without any.
    """
    read_hits, unread = hits[: budget.passages], hits[budget.passages :]
    windows = [window(hit, budget.length) for hit in read_hits]
    readings = reader.read(question, [each for each, _, _ in windows], hurry)
    if len(readings) < len(windows):
        return tuple(hits)
    result = []
    for hit, (_, first, shift), reading in zip(read_hits, windows, readings, strict=True):
        score = float(np.clip(reading.score, -_MAX_SCORE, _MAX_SCORE))
        result.append(
            replace(
                hit,
                score=hit.score + weight * (score + _MAX_SCORE),
                scores=hit.scores | {"reader": score},
                reading=_of_passage(reading, hit, first, shift),
            )
        )
    return (*sorted(result, key=lambda hit: -hit.score), *unread)


def window(hit: Hit, length: int) -> tuple[Window, int, int]:
    """Return the window of a hit, the index of its first sentence, and where its text starts in the article's text.

    It is the sentence that is most similar to the question, with as many neighbors as fit into `length`.
    """
    sentences = hit.passage.sentences
    low = high = int(np.argmax(hit.sentence_scores))
    while True:
        sides = [
            (float(hit.sentence_scores[index]), index)
            for index in (low - 1, high + 1)
            if 0 <= index < len(sentences)
            and max(sentences[high][1], sentences[index][1]) - min(sentences[low][0], sentences[index][0]) <= length
        ]
        if not sides:
            break
        _, index = max(sides)
        low, high = min(low, index), max(high, index)
    heading = f"{hit.article.title[:_MAX_TITLE]}\n" if hit.article.title else ""
    start, end = sentences[low][0], sentences[high][1]
    shift = start - len(heading)
    spans = tuple((first - shift, last - shift) for first, last in sentences[low : high + 1])
    return Window(heading + hit.article.text[start:end], len(heading), spans), low, shift


def _of_passage(reading: Reading, hit: Hit, first: int, shift: int) -> Reading:
    """Return the reading of a window that begins at the sentence `first` as one of its passage.

    Its answers are whole words, as spans of the article's text.
    """
    sentences = hit.passage.sentences
    logs = np.full(len(sentences), -np.inf, dtype=np.float32)
    logs[first : first + len(reading.sentences)] = reading.sentences
    answers: list[Span | None] = [None] * len(sentences)
    for index, answer in enumerate(reading.answers, first):
        if answer:
            answers[index] = _whole_words(hit.article.text, (answer[0] + shift, answer[1] + shift), sentences[index])
    return replace(reading, sentences=logs, answers=tuple(answers))


def _whole_words(text: str, span: Span, sentence: Span) -> Span:
    """Return a span without white space around it and with the rest of the words it cuts, within its sentence."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while start > sentence[0] and _in_one_word(text[start - 1 : start + 1]):
        start -= 1
    while end < sentence[1] and _in_one_word(text[end - 1 : end + 1]):
        end += 1
    return start, end


def _in_one_word(pair: str) -> bool:
    """Return whether two characters are in one word, of a script that separates words."""
    return len(pair) == 2 and all(each.isalnum() and not _WITHOUT_SPACES.match(each) for each in pair)


_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\uffef]")
