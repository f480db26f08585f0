"""Words of a question, and where a text has them in one form or another."""

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache

from index.types import Span

_WORD = re.compile(r"\w+(?:[-‑.]\w+)*")
_SHORTEST = 4  # letters; shorter words of a question say little of what it is about, unless they are names
_STEM = 5  # letters that two forms of a word share


def content_words(question: str) -> frozenset[str]:
    """Return what the words of a question begin with, folded: long words, names and numbers."""
    found = set()
    for match in _WORD.finditer(question):
        word = match[0]
        capitals = word[1:] if match.start() == 0 else word  # the first word has one in any case
        name = capitals != capitals.casefold()
        if len(word) >= _SHORTEST or name or any(character.isdigit() for character in word):
            found.add(_stem(word))
    return frozenset(found)


def matches(text: str, words: Set[str]) -> tuple[Span, ...]:
    """Return where `text` has one of `words`."""
    return tuple(match.span() for match in _WORD.finditer(text) if _stem(match[0]) in words)


@lru_cache(maxsize=50_000)  # the words of a language come again and again
def _stem(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    folded = "".join(character for character in decomposed if not unicodedata.combining(character))
    return folded if any(character.isdigit() for character in folded) else folded[:_STEM]
