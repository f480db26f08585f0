"""Recognizes messages that ask the archive nothing: greetings, thanks, assent, goodbyes, questions to the service.

A message is a courtesy if it consists of phrases of one language in `qa.phrases`, not all of them fillers, or has no
letter and no digit. So "thanks, that helps" is one, and "thanks, and who leads xAI?" is not.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from qa.phrases import PHRASES

Kind = Literal["about", "thanks", "goodbye", "greeting", "ok"]
_KINDS: tuple[Kind, ...] = ("about", "thanks", "goodbye", "greeting", "ok")  # the first found decides about a message

_MAX_LENGTH = 80  # code points of a courtesy
_QUESTION_MARK = re.compile(r"[?？؟⁇⁈⁉‽]")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")  # a letter, as in "hmmm" and "helloooo"


@dataclass(frozen=True, slots=True)
class Courtesy:
    """What a message expresses that asks nothing, and its language."""

    kind: Kind
    language: str  # ISO 639-1; the first in `qa.phrases` that has the phrases, as "ok" is in several


def courtesy(message: str) -> Courtesy | None:
    """Return what a message expresses if it asks nothing, else None."""
    if len(message) > _MAX_LENGTH or not message:
        return None
    words = _words(message)
    if not words:  # such as "?" and emoji
        return Courtesy("about" if _QUESTION_MARK.search(message) else "ok", "en")
    for code, language in PHRASES.items():
        found = _kinds(tuple(words) if language.spaced else tuple("".join(words)), code)
        kind = next((kind for kind in _KINDS if kind in found), None)
        if kind:
            return Courtesy(kind, code)
    return None


def _kinds(units: tuple[str, ...], code: str) -> set[Kind | None]:
    """Return the kinds of the phrases of which `units` consist, None for a filler; empty if they do not.

    The units are words, or characters of a language without spaces. The longest phrase that fits is taken.
    """
    phrases, max_length = _phrases(code)
    found: set[Kind | None] = set()
    position = 0
    while position < len(units):
        for length in range(min(max_length, len(units) - position), 0, -1):
            phrase = units[position : position + length]
            if phrase in phrases:
                found.add(phrases[phrase])
                position += length
                break
        else:
            return set()
    return found


@cache
def _phrases(code: str) -> tuple[dict[tuple[str, ...], Kind | None], int]:
    """Return the kind of each phrase of a language, None for fillers, and the length of the longest phrase in units."""
    language = PHRASES[code]
    kinds: dict[tuple[str, ...], Kind | None] = {}
    texts = (language.fillers, *(getattr(language, kind) for kind in reversed(_KINDS)))
    for text, kind in zip(texts, (None, *reversed(_KINDS)), strict=True):
        for phrase in text.split(","):
            words = _words(phrase)
            kinds[tuple(words) if language.spaced else tuple("".join(words))] = kind
    return kinds, max(map(len, kinds))


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case, without accents of letters."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    plain = unicodedata.normalize("NFC", "".join(c for c in decomposed if not 0x300 <= ord(c) < 0x370))
    spaced = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    return [word for word in _REPEATED.sub(r"\1", spaced).split() if any(map(str.isalnum, word))]
