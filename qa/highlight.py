"""Highlights the words of a question in a text, in any inflection."""

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache

from index.types import Span

_WORD = re.compile(r"\w+(?:[-‑.]\w+)*")
_MIN_LETTERS = 4  # of a content word; shorter words are mostly function words, unless they are names or numbers
_STEM_LETTERS = 5  # a stem is the beginning of a word, the same in most of its forms


def content_stems(question: str) -> frozenset[str]:
    """Return the folded stems of the content words of a question: long words, names and numbers."""
    stems = set()
    for match in _WORD.finditer(question):
        word = match[0]
        letters = word[1:] if match.start() == 0 else word  # the first word is capitalized in any case
        is_name = letters != letters.casefold()
        if len(word) >= _MIN_LETTERS or is_name or any(character.isdigit() for character in word):
            stems.add(_stem(word))
    return frozenset(stems)


def highlights(text: str, stems: Set[str]) -> tuple[Span, ...]:
    """Return the spans of the words of `text` that have one of `stems`."""
    return tuple([match.span() for match in _WORD.finditer(text) if _stem(match[0]) in stems])


@lru_cache(maxsize=50_000)  # the words of a language recur
def _stem(word: str) -> str:
    folded = word.casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(character for character in decomposed if not unicodedata.combining(character))
    return folded if any(map(str.isdigit, folded)) else folded[:_STEM_LETTERS]
