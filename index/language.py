"""Language detection; the only module that imports eldc."""

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
    """Detects the language of a text among given languages: for short text more reliable than among all languages."""

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

    def guess(self, text: str) -> Guess:
        """Return the most likely language of `text`."""
        details = self._detector.detect_details(text)
        if details.language == "und":
            return Guess(self.languages[0], False)
        return Guess(details.language, bool(details.reliable))
