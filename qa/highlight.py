"""Words of a question, highlighted in a text whatever their inflection."""

import re
import unicodedata
from collections.abc import Set
from functools import lru_cache

from index.types import Span

_WORD = re.compile(r"\w+(?:[-‑.]\w+)*")
_SHORTEST = 4  # letters; shorter words of a question say little of what it is about, unless they are names
_STEM = 5  # letters that two forms of a word share


def content_stems(question: str) -> frozenset[str]:
    """Return the folded stems of the content words of a question: long words, names and numbers."""
    found = set()
    for match in _WORD.finditer(question):
        word = match[0]
        capitals = word[1:] if match.start() == 0 else word  # the first word has one in any case
        name = capitals != capitals.casefold()
        if len(word) >= _SHORTEST or name or any(character.isdigit() for character in word):
            found.add(_stem(word))
    return frozenset(found)


def highlights(text: str, stems: Set[str]) -> tuple[Span, ...]:
    """Return the spans of the words of `text` that have one of `stems`."""
    return tuple(match.span() for match in _WORD.finditer(text) if _stem(match[0]) in stems)


@lru_cache(maxsize=50_000)  # the words of a language come again and again
def _stem(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    folded = "".join(character for character in decomposed if not unicodedata.combining(character))
    return folded if any(character.isdigit() for character in folded) else folded[:_STEM]
