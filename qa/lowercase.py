"""Finds likely names in a question that is written without capitals: "who left nvidia?", "WHO LEFT NVIDIA?".

By the vocabulary of the model, a word is likely to be a name if it is much likelier with a capital, or if it is rare in
either form and does not end like an inflected word.
"""

import re

import numpy as np
from numpy.typing import NDArray

from index.model.embed import TextEmbedder
from index.types import Span
from qa.grammar import is_function_word

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[a-zß-öø-ÿ\u0100-\u024f]+")
_MIN_LETTERS = 4
_MIN_GAIN = 3.0  # nats that a word is likelier with a capital
_MIN_RARE = 18.0  # nats; self-information of a rare word without a capital
_MAX_LOSS = 3.0  # nats that such a word is less likely with a capital; words of the vocabulary lose more
_ENDINGS = {  # of inflected words, which are rare as well
    "en": "ing|ed|ly|ions?|ies|ments?|ness|i[sz]e[sd]?|er|able|tories",
    "fr": "ions?|ments?|[ei]r|ées?|és?|ait|aient|ent|eux|ique|aire|ble|sse|ux",
    "es": "ó|ía|[ai]d[oa]s?|ciones|ción|[aei]ron|[aei]r|mente",
    "it": "zz[ae]|zion[ei]|at[oaie]|[aei]re|ava|oni|mente",
    "pt": "ção|ções|ria|[ai]d[oa]s?|[aei]r|ou|eu|mente",
    "nl": "en|ing|heid|lijke?",
}
_ENDING = {
    language: re.compile(rf"(?:{endings})$")
    for language, endings in (*_ENDINGS.items(), ("", "|".join(_ENDINGS.values())))
}


def lowercase_names(text: str, embedder: TextEmbedder, language: str) -> tuple[Span, ...]:
    """Return the spans of the words that are likely names, if a question is written in one case.

    German is left out, since all its nouns have capitals.
    """
    written = text.lower()
    if language == "de" or len(written) != len(text) or (text[1:] != written[1:] and text != text.upper()):
        return ()
    words = [word for word in _WORD.finditer(written) if _may_be_name(word[0], language)]
    if not words:
        return ()
    capitalized = _WORD.sub(lambda word: word[0][0].upper() + word[0][1:], written)
    plain, capital = embedder.surprisal(written), embedder.surprisal(capitalized)
    return tuple(word.span() for word in words if _is_likely(_information(*plain, word), _information(*capital, word)))


def _may_be_name(word: str, language: str) -> bool:
    is_long = len(word) >= _MIN_LETTERS and bool(_LATIN.fullmatch(word))
    ending = _ENDING.get(language, _ENDING[""])
    return is_long and not is_function_word(word) and not ending.search(word)


def _is_likely(plain: float, capital: float) -> bool:
    return plain - capital > _MIN_GAIN or (plain > _MIN_RARE and plain - capital > -_MAX_LOSS)


def _information(spans: NDArray[np.int32], surprisal: NDArray[np.float32], word: re.Match[str]) -> float:
    """Return the self-information of a word, in nats."""
    of_word = (spans[:, 0] < word.end()) & (spans[:, 1] > word.start())
    return float(np.sum(surprisal[of_word]))
