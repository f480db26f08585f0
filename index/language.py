"""Which language a text is in; the only module that imports eldc."""

from collections.abc import Sequence
from dataclasses import dataclass

import eldc

DEFAULT = ("fr", "en", "es", "de", "it", "pt", "nl", "ro", "el", "tr", "ru", "vi", "zh", "ja", "ko", "ar", "hi", "th")
SUPPORTED: frozenset[str] = frozenset(eldc.LANGUAGES)


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest language, and whether the text says enough to rely on it (a lone name does not)."""

    language: str
    reliable: bool


class Identifier:
    """Identifies text among the languages it was given, which makes short text safer than among all."""

    def __init__(self, languages: Sequence[str]) -> None:
        """Take ISO 639-1 codes, the commonest language of the archive first: it is the guess for text without words.

        Raises:
            ValueError: a code is unknown, or there is none.
        """
        unknown = sorted(set(languages) - SUPPORTED)
        if unknown or not languages:
            raise ValueError(f"unknown language {', '.join(unknown) or '(none given)'}: write codes such as fr,en,es")
        eldc.init()
        self.languages = tuple(languages)
        self._detector = eldc.instance()
        self._detector.set_languages(",".join(languages))

    def guess(self, text: str) -> Guess:
        """Return the likeliest language of `text`."""
        details = self._detector.detect_details(text)
        if details.language == "und":
            return Guess(self.languages[0], False)
        return Guess(details.language, bool(details.reliable))
