"""Split text of any script into normalized terms, and find names among them."""

import re
import unicodedata

_MAX_TERM_LENGTH = 64  # characters; longer words are truncated, longer compounds give only their parts

# Written without spaces between words: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han; Hangul has attached particles.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
)
_MARKS = "".join(
    character for character in map(chr, range(0x300, 0x1C00)) if unicodedata.category(character).startswith("M")
)
_PART = rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*"  # for Python the vowel signs of Hindi are no letters
_WORD = re.compile(rf"(?P<run>[{_UNSPACED}]+)|{_PART}(?:[-._]{_PART})*")
_JOINT = re.compile(r"[-._]")
_SENTENCE_END = re.compile(r"[?!。]|(?<!\b\w)(?<!\b\w\w)(?<!\b\w\w\w)\.(?!\w)")  # not the full stop of Dr. or U.S.

# The canonical ordering of combining marks takes quadratic time in a long run of them.
_LONG_MARK_RUN = re.compile(r"([^\w\s]{16})[^\w\s]+")
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)  # Arabic, Persian, Hindi, Bengali, Thai
# Accents of Latin, Greek and Cyrillic letters, vowels of Hebrew and Arabic; the marks of Hindi and Thai are kept.
_ACCENTS = ((0x300, 0x370), (0x591, 0x5C8), (0x610, 0x61B), (0x64B, 0x660), (0x670, 0x671), (0x6D6, 0x6EE))
_PLAIN: dict[int, int | str | None] = {
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{code: None for accents in _ACCENTS for code in range(*accents) if unicodedata.combining(chr(code))},
    **dict.fromkeys(map(ord, _INVISIBLE + "ـ")),
    # Letters without a Unicode decomposition, interchangeable Arabic letters, apostrophe and hyphen.
    **dict(zip(map(ord, "œŒæÆøØłŁđĐ"), "oe OE ae AE o O l L d D".split(), strict=True)),
    **dict(zip(map(ord, "ٱةىیکʼ\u2010"), "اهييك'-", strict=True)),
}


def terms(text: str) -> list[str]:
    """Return the terms of a text in order: its words, normalized so that spelling variants give the same term.

    Scripts without spaces give pairs of characters; compounds (GPT-5.3-Codex) give their parts and the whole.
    """
    return [term for match in _WORD.finditer(_plain(text).casefold()) for _, term in _terms_of(match)]


def names(question: str) -> frozenset[str]:
    """Return the terms of a question that are names, numbers or codes, and therefore equal in many languages.

    They contain a digit, or a capital letter that is not due to the start of a sentence.
    """
    plain = _plain(question)
    # Next to a script without capitals, a capital letter is significant everywhere.
    mixed = any(letter.isalpha() and not letter.islower() and not letter.isupper() for letter in plain)
    all_capitals = plain.isupper() and not mixed
    result: set[str] = set()
    before = None
    for match in _WORD.finditer(plain):
        begins = not mixed and (before is None or bool(_SENTENCE_END.search(plain, before, match.start())))
        before = match.end()
        for number, (written, term) in enumerate(_terms_of(match)):
            first = begins and (number == 0 or len(written) == match.end() - match.start())
            letters = written[1:] if first else written
            capital = letters != letters.lower() and not all_capitals and written != "I"
            if capital or any(character.isdigit() for character in term):
                result.add(term)
    return frozenset(result)


def _plain(text: str) -> str:
    if text.isascii():
        return text
    # To Unicode, the half-width sound marks are letters, and combining marks only after decomposition.
    text = text.replace("™", " ").replace("ﾞ", "\u3099").replace("ﾟ", "\u309a")
    text = _LONG_MARK_RUN.sub(r"\1", text)
    # Composed again, since NFKD splits Korean syllables into letters.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(_PLAIN))


def _terms_of(match: re.Match[str]) -> list[tuple[str, str]]:
    """Return pairs of the written form and its term."""
    whole = match[0]
    if match["run"]:
        return [(pair, pair) for i in range(max(len(whole) - 1, 1)) if (pair := whole[i : i + 2])]
    parts = [whole] if whole.isalnum() else _JOINT.split(whole)
    result = [(part, _without_article(part.casefold())[:_MAX_TERM_LENGTH]) for part in parts]
    if len(parts) > 1 and len(whole) <= _MAX_TERM_LENGTH:
        result.append((whole, whole.casefold()))
    return result


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) >= 5 else word
