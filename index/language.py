"""Language detection; the only module that imports eldc."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import eldc

DEFAULT = ("fr", "en", "es", "de", "it", "pt", "nl", "ro", "el", "tr", "ru", "vi", "zh", "ja", "ko", "ar", "hi", "th")
SUPPORTED: frozenset[str] = frozenset(eldc.LANGUAGES)


@dataclass(frozen=True, slots=True)
class Guess:
    """The most likely language, and whether the text is long enough to detect it reliably (a single name is not)."""

    language: str
    reliable: bool


class Identifier:
    """Detects the language of a text among given languages: for short text more reliable than among all languages.

    A text in a script that only one other language has, such as Hebrew, is in that language.
    """

    def __init__(self, languages: Sequence[str]) -> None:
        """Accept ISO 639-1 codes, the most frequent language first: it is the result for text without words.

        Raises:
            ValueError: a code is unknown, or there are no codes.
        """
        unknown = sorted(set(languages) - SUPPORTED)
        if unknown or not languages:
            raise ValueError(f"unknown language {', '.join(unknown) or '(none given)'}: write codes such as fr,en,es")
        eldc.init()
        self.languages = tuple(languages)
        self._detector = eldc.instance()
        self._detector.set_languages(",".join(languages))
        self._last: tuple[str, Guess] | None = None

    def guess(self, text: str) -> Guess:
        """Return the most likely language of `text`; that of the same text again is not detected twice."""
        last = self._last
        if last is None or last[0] != text:  # an article of one line is asked for as a text and as a line
            last = self._last = text, self._guess(text)
        return last[1]

    def _guess(self, text: str) -> Guess:
        language = _by_script(text)
        if language and language not in self.languages:
            return Guess(language, True)
        details = self._detector.detect_details(text)
        if details.language == "und":
            return Guess(self.languages[0], False)
        return Guess(details.language, bool(details.reliable))


_SCRIPTS = {
    "hy": "Ա-֏",
    "he": "א-״",
    "bn": "ঀ-৾",
    "pa": "ਁ-੶",
    "gu": "ઁ-૿",
    "or": "ଁ-୷",
    "ta": "ஂ-௺",
    "te": "ఀ-౿",
    "kn": "ಀ-ೳ",
    "ml": "ഀ-ൿ",
    "th": "ก-๛",
    "lo": "ກ-ໟ",
    "ka": "Ⴀ-ჿ",
    "ko": "ᄀ-ᇿ가-힣",
    "am": "ሀ-᎙",
    "el": "Ͱ-Ͽἀ-῾",
}
"""The ranges of letters that, among the languages that can be detected, one alone has or mostly has."""

_LETTERS = {language: re.compile(f"[{letters}]") for language, letters in _SCRIPTS.items()}
_ANY = re.compile(f"[{''.join(_SCRIPTS.values())}]")
_MIN_SHARE = 0.5  # of the letters of a text


def _by_script(text: str) -> str | None:
    """Return the language of the script that half of the letters are in, if it is the only one that has it."""
    if text.isascii() or not _ANY.search(text):
        return None
    counts = {language: len(letters.findall(text)) for language, letters in _LETTERS.items()}
    language = max(counts, key=lambda code: counts[code])
    return language if counts[language] >= _MIN_SHARE * sum(map(str.isalpha, text)) else None
