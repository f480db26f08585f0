"""Finds what bounds a number: "more than 5" is above 5, "au plus 5" is 5 or below."""

import re

from index.types import Span
from qa.values import in_digits

_Bound = tuple[str, str]
"""One of `>`, `<`, `≥` and `≤`, and the number in digits."""


def bounds(text: str, language: str) -> tuple[str, frozenset[_Bound]]:
    """Return a text in digits without the words that bound its numbers, and these bounds; in seven languages."""
    digits = in_digits(text, language)
    found: set[_Bound] = set()
    for sign, before, after in _PATTERNS.get(language, ()):
        found |= {(sign, match["number"]) for pattern in (before, after) for match in pattern.finditer(digits)}
        digits = after.sub(r"\g<number>", before.sub(r"\g<number>", digits))
    return digits, frozenset(found)


def with_bound(text: str, span: Span, language: str) -> Span:
    """Return a span of a text with the words directly before it that bound a number at its beginning."""
    start, end = span
    before = (pattern.search(text[:start]) for pattern in _AT_END.get(language, ()))
    return min((match.start() for match in before if match), default=start), end


_WORDS = {
    "en": {
        ">": "more than|over|above|upwards of|in excess of|beyond",
        "<": "less than|fewer than|under|below",
        "≥": "at least|no fewer than|no less than|not less than",
        "≤": "at most|up to|no more than|not more than|a maximum of",
    },
    "fr": {
        ">": "plus de|plus d['’]|au-dessus de|au-delà de",
        "<": "moins de|moins d['’]|au-dessous de|en dessous de",
        "≥": "au moins|au minimum|un minimum de|pas moins de",
        "≤": "au plus|tout au plus|au maximum|un maximum de|jusqu['’]à|pas plus de",
    },
    "de": {
        ">": "mehr als|über|oberhalb von",
        "<": "weniger als|unter|unterhalb von",
        "≥": "mindestens|wenigstens|zumindest|nicht weniger als",
        "≤": "höchstens|maximal|bis zu|nicht mehr als",
    },
    "es": {
        ">": "más de|por encima de|superior a",
        "<": "menos de|por debajo de|inferior a",
        "≥": "al menos|por lo menos|como mínimo|no menos de",
        "≤": "como máximo|como mucho|a lo sumo|hasta|no más de",
    },
    "it": {
        ">": "più di|oltre|sopra",
        "<": "meno di|sotto",
        "≥": "almeno|come minimo|non meno di",
        "≤": "al massimo|fino a|non più di",
    },
    "pt": {
        ">": "mais de|mais do que|acima de",
        "<": "menos de|menos do que|abaixo de",
        "≥": "pelo menos|ao menos|no mínimo|não menos de",
        "≤": "no máximo|quando muito|até|não mais de",
    },
    "nl": {
        ">": "meer dan|ruim|boven de",
        "<": "minder dan|onder de",
        "≥": "minstens|ten minste|tenminste|op zijn minst|niet minder dan",
        "≤": "hooguit|hoogstens|ten hoogste|maximaal|tot|niet meer dan",
    },
}
_AFTER = {
    "en": {"≥": "or more|or above|at least", "≤": "or less|or fewer|at most"},
    "fr": {"≥": "ou plus|au moins", "≤": "ou moins|au plus|au maximum"},
    "de": {"≥": "oder mehr|und mehr", "≤": "oder weniger"},
    "es": {"≥": "o más|como mínimo|al menos", "≤": "o menos|como máximo"},
    "it": {"≥": "o più|almeno", "≤": "o meno|al massimo"},
    "pt": {"≥": "ou mais|no mínimo", "≤": "ou menos|no máximo"},
    "nl": {"≥": "of meer", "≤": "of minder"},
}
_NUMBER = r"(?P<number>\d+(?:[.,]\d+)*)"


def _before(words: str) -> str:
    return rf"\b(?:{words})\s*"


# "no more than" is taken before "more than".
_PATTERNS = {
    language: [
        (
            sign,
            re.compile(rf"{_before(words[sign])}(?:[$€£]\s?)?{_NUMBER}", re.IGNORECASE),
            re.compile(rf"{_NUMBER}(?:\s?[$€£%])?\s(?:{_AFTER[language].get(sign) or '(?!)'})\b", re.IGNORECASE),
        )
        for sign in "≥≤><"
    ]
    for language, words in _WORDS.items()
}
_AT_END = {
    language: [re.compile(rf"{_before(each)}$", re.IGNORECASE) for each in words.values()]
    for language, words in _WORDS.items()
}
