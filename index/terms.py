"""Words of any script become terms: folded so that one word is one term, and told apart from names."""

import re
import unicodedata

_LONGEST = 64  # characters of a term; longer words are cut and longer compounds are only their parts

# Written without spaces between words: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han; Hangul has particles that stick.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
)
_MARKS = "".join(
    character for character in map(chr, range(0x300, 0x1C00)) if unicodedata.category(character).startswith("M")
)
_PART = rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*"  # Python counts the vowel signs of Hindi as no letters
_WORD = re.compile(rf"(?P<run>[{_UNSPACED}]+)|{_PART}(?:[-._]{_PART})*")
_JOINT = re.compile(r"[-._]")
_SENTENCE_END = re.compile(r"[?!。]|(?<!\b\w)(?<!\b\w\w)(?<!\b\w\w\w)\.(?!\w)")  # not the full stop of Dr. or U.S.

# Putting marks into their canonical order takes quadratic time where very many come one after the other.
_HEAP_OF_MARKS = re.compile(r"([^\w\s]{16})[^\w\s]+")
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)  # Arabic, Persian, Hindi, Bengali, Thai
# The accents of Latin, Greek and Cyrillic letters, the vowels of Hebrew and Arabic ones; in Hindi and Thai they stay.
_ACCENTS = ((0x300, 0x370), (0x591, 0x5C8), (0x610, 0x61B), (0x64B, 0x660), (0x670, 0x671), (0x6D6, 0x6EE))
_PLAIN: dict[int, int | str | None] = {
    **{zero + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    **{code: None for accents in _ACCENTS for code in range(*accents) if unicodedata.combining(chr(code))},
    **dict.fromkeys(map(ord, _INVISIBLE + "ـ")),
    # Letters that Unicode does not take apart, Arabic ones that are written for each other, what joins and parts.
    **dict(zip(map(ord, "œŒæÆøØłŁđĐ"), "oe OE ae AE o O l L d D".split(), strict=True)),
    **dict(zip(map(ord, "ٱةىیکʼ\u2010"), "اهييك'-", strict=True)),
}


def terms(text: str) -> list[str]:
    """Return the words of a text, folded so that one word is one term however it is written; in their order.

    Scripts without spaces give pairs of characters, compounds (GPT-5.3-Codex) their parts and the whole.
    """
    return [term for match in _WORD.finditer(_plain(text).casefold()) for _, term in _terms_of(match)]


def names(question: str) -> frozenset[str]:
    """Return those terms of a question that are names, numbers or codes and so the same in many languages.

    They have a digit, or a capital letter that is not only there because a sentence begins.
    """
    plain = _plain(question)
    # Beside a script that has no capitals, a capital says something wherever it stands.
    mixed = any(letter.isalpha() and not letter.islower() and not letter.isupper() for letter in plain)
    shouted = plain.isupper() and not mixed
    found: set[str] = set()
    before = None
    for match in _WORD.finditer(plain):
        begins = not mixed and (before is None or bool(_SENTENCE_END.search(plain, before, match.start())))
        before = match.end()
        for at, (written, term) in enumerate(_terms_of(match)):
            first = begins and (at == 0 or len(written) == match.end() - match.start())
            telling = written[1:] if first else written
            capital = telling != telling.lower() and not shouted and written != "I"
            if capital or any(character.isdigit() for character in term):
                found.add(term)
    return frozenset(found)


def _plain(text: str) -> str:
    if text.isascii():
        return text
    # The half-width sound marks are letters to Unicode, and combining marks only once they are decomposed.
    text = text.replace("™", " ").replace("ﾞ", "\u3099").replace("ﾟ", "\u309a")
    text = _HEAP_OF_MARKS.sub(r"\1", text)
    # Together again, or the syllables of Korean would be letters.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKD", text).translate(_PLAIN))


def _terms_of(match: re.Match[str]) -> list[tuple[str, str]]:
    """Return what is written and its term."""
    whole = match[0]
    if match["run"]:
        return [(pair, pair) for at in range(max(len(whole) - 1, 1)) if (pair := whole[at : at + 2])]
    parts = [whole] if whole.isalnum() else _JOINT.split(whole)
    found = [(part, _without_article(part.casefold())[:_LONGEST]) for part in parts]
    if len(parts) > 1 and len(whole) <= _LONGEST:
        found.append((whole, whole.casefold()))
    return found


def _without_article(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) >= 5 else word
