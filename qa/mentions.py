"""Finds the names, codes and long numbers of a question, and which of them a passage does not mention.

A passage mentions a word of a name if it has the word, folded, in another form or one letter off, or if the tokens of
the word have similar tokens in it, as those of a translated or transliterated name have.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.terms import names, terms
from index.types import Article, EncodedQuestion, Passage, Span
from qa.grammar import folded, is_function_word
from qa.types import Hit
from qa.values import in_digits, is_day

_WORD = re.compile(r"[^\W_]+(?:[.,](?=\d)\d+|[-‑–](?=[^\W_]*\d)[^\W_]+)*")  # GPT-4o is one word
_JOINT = re.compile(r"[ \-‑’'.]+(?:(?:von|van|der|zu|bin|ben|ibn|al|el|di|da|dos|du)[ \-’']+){0,2}")  # in one name
_MIN_DIGITS = 3  # of a number; shorter ones are often written in words
_MIN_COMMON = 4  # letters at the beginning that two forms of a word share
_MAX_ENDING = 3  # letters after them
_MIN_LETTERS = 5  # of a word that may be one letter off
_MAX_COSINE = 0.63  # mean over the tokens of a word; words above it are mentioned in another form
# The same in German, where all nouns are capitalized, for letters that are not Latin, and in questions in one case.
_MAX_COSINE_UNSURE = 0.53


def named(question: str) -> tuple[Span, ...]:
    """Return the spans of the names, codes and long numbers of a question, in order.

    A name is a run of capitalized words that are not due to the start of a sentence, with a first word that is.
    """
    known = names(question)
    words = list(_WORD.finditer(question))
    runs: list[Span] = []
    for position, word in enumerate(words):
        if not _is_name(word[0], known):
            continue
        if runs and _is_joint(question, runs[-1][1], word.start()):
            runs[-1] = runs[-1][0], word.end()
        elif (
            position == 1
            and words[0][0][0].isupper()
            and _is_content(words[0][0])
            and _is_joint(question, words[0].end(), word.start())
        ):
            runs.append((words[0].start(), word.end()))
        else:
            runs.append(word.span())
    return tuple(runs)


def unmentioned(
    question: EncodedQuestion, cosines: NDArray[np.float32], article: Article, passage: Passage
) -> tuple[str, ...]:
    """Return the names of a question that have a word which a passage of an article does not mention.

    Words of the title, the outlet and the day of publication count as well. `cosines` are the best cosines of the
    question's tokens among those of the passage, shape (tokens,).
    """
    details = (article.title, article.source or "", str(article.published or ""))
    text = "\n".join((*details, article.text[passage.start : passage.end]))
    return tuple(
        question.text[start:end]
        for start, end in question.named
        if any(
            _is_lacking(question, word, cosines, text, passage.language)
            for word in _WORD.finditer(question.text, start, end)
        )
    )


def missing_names(hits: Sequence[Hit]) -> list[str]:
    """Return the names of the question that none of some hits mentions."""
    if not hits:
        return []
    first, *others = hits
    return [name for name in first.unmentioned if all(name in hit.unmentioned for hit in others)]


def _is_lacking(
    question: EncodedQuestion, word: re.Match[str], cosines: NDArray[np.float32], text: str, language: str
) -> bool:
    if _is_code(word[0]):
        return folded(word[0]) not in _forms(text) | _forms(in_digits(text, language))
    if is_function_word(word[0]):
        return False
    of_word = (question.token_spans[:, 0] < word.end()) & (question.token_spans[:, 1] > word.start())
    # The cosines first, since comparing the word with all words of the passage takes longest.
    is_far = bool(cosines[of_word].mean() < _max_cosine(word[0], question))
    return is_far and not _has(_forms(text), folded(word[0]))


def _is_name(word: str, known: frozenset[str]) -> bool:
    if word[0].isdecimal() and _is_code(word) and not any(map(str.isalpha, word)):
        return sum(map(str.isdecimal, word)) >= _MIN_DIGITS
    return any(term in known for term in terms(word)) and _is_content(word)


def _is_content(word: str) -> bool:
    return not is_function_word(word) and not is_day(word)


def _is_joint(question: str, end: int, start: int) -> bool:
    return bool(_JOINT.fullmatch(question, end, start))


def _is_code(word: str) -> bool:
    return any(map(str.isdecimal, word))


def _max_cosine(word: str, question: EncodedQuestion) -> float:
    is_capitalized = word != word.lower() and not question.text.isupper()
    is_sure = is_capitalized and folded(word).isascii() and question.language != "de"
    return _MAX_COSINE if is_sure else _MAX_COSINE_UNSURE


def _has(forms: frozenset[str], word: str) -> bool:
    # Forms of a word share its first or its last two letters.
    start, end = word[:2], word[-2:]
    return word in forms or any(_is_form(word, form) for form in forms if form[:2] == start or form[-2:] == end)


def _is_form(word: str, other: str) -> bool:
    """Return whether two words differ only in their ending, or in one letter."""
    short, long = sorted((word, other), key=len)
    common = next((at for at, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    if common >= _MIN_COMMON and len(short) - common <= 1 and len(long) - common <= _MAX_ENDING:
        return True
    if len(short) < _MIN_LETTERS - 1 or len(long) < _MIN_LETTERS or len(long) - len(short) > 1:
        return False
    rest = long[common + 1 :]
    return rest in (short[common:], short[common + 1 :]) and len(rest) in (len(short) - common, len(short) - common - 1)


@lru_cache(maxsize=256)  # passages recur
def _forms(text: str) -> frozenset[str]:
    """Return the folded words of a text."""
    return frozenset(word.lower() if word.isascii() else folded(word) for word in _WORD.findall(text))
