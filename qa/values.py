"""The values that a text states, such as numbers, names and days, and whether two versions of a text differ in them."""

import re
from collections.abc import Mapping, Set

from text_to_num import alpha2digit

from qa.grammar import folded, is_function_word

LANGUAGES = frozenset(("de", "en", "es", "fr", "it", "nl", "pt"))  # whose words for numbers are understood
_THOUSANDS = re.compile(r"(?<=\d)[ .,\u00a0\u202f](?=\d{3}(?!\d))")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[.!?…:»”]|\n")
_SENTENCE_END = frozenset(".!?…:»”\n")
_DAYS = frozenset(
    folded(word)
    for word in (
        "lundi mardi mercredi jeudi vendredi samedi dimanche "
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre "
        "lunes martes miércoles jueves viernes sábado domingo "
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
        "lunedì martedì mercoledì giovedì venerdì sabato domenica "
        "gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre "
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
        "januari februari maart mei juni juli augustus oktober "
        "segunda terça quarta quinta sexta "
        "janeiro fevereiro março maio junho julho setembro outubro novembro dezembro"
    ).split()
)  # where they are written in lower case
_CAPITALIZED_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october november december "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "januar februar marz april mai juni juli august september oktober november dezember".split()
)
_LONG_LINE = re.compile(r"^.{60,}$", re.MULTILINE)
_MAX_WORD = 1.5  # numbers up to it stay words, since "un" is also an article
_MASK = "#"
_MAX_PAIRS = 100  # of values that are compared by their words

Values = Mapping[tuple[str, ...], frozenset[str]]
"""Values by the two words before and the two after them, in which other values are `#`."""


def values(text: str, language: str) -> Values:
    """Return the numbers, names and days of a text by the words around them.

    A name is a run of capitalized words; a single one that begins a sentence counts only if it is also within one.
    Short lines before the first long one do not count: outlets put their own there.
    """
    first = _LONG_LINE.search(text)
    tokens = _tokens(text[first.start() :] if first else text, language)
    words = ["", "", *(_MASK if is_value else word for word, is_value in tokens), "", ""]
    found: dict[tuple[str, ...], set[str]] = {}
    for position, (word, is_value) in enumerate(tokens, start=2):
        if is_value:
            around = (*words[position - 2 : position], *words[position + 1 : position + 3])
            found.setdefault(around, set()).add(word)
    return {around: frozenset(each) for around, each in found.items()}


def differ(one: Values, other: Values) -> bool:
    """Return whether two texts have different values among the same words, as two versions of a story do."""
    smaller, larger = sorted((one, other), key=len)
    return any(around in larger and not agree(larger[around], found) for around, found in smaller.items())


def agree(one: Set[str], other: Set[str]) -> bool:
    """Return whether a value is in both sets, perhaps with fewer words, such as "Martin" and "Paul Martin".

    Of lists, which have many values among the same words, only a value with the same words counts.
    """
    if not one.isdisjoint(other):
        return True
    if len(one) * len(other) > _MAX_PAIRS:
        return False
    words = [set(another.split()) for another in other]
    return any(value <= another or another <= value for value in map(set, map(str.split, one)) for another in words)


def in_digits(text: str, language: str) -> str:
    """Return a text with its numbers in digits, without separators of thousands; words only in some languages."""
    return _THOUSANDS.sub("", str(alpha2digit(text, language, _MAX_WORD)) if language in LANGUAGES else text)


def is_day(word: str) -> bool:
    """Return whether a word is the name of a weekday or a month."""
    return folded(word) in _DAYS or (word[0].isupper() and folded(word) in _CAPITALIZED_DAYS)


def is_name(value: str) -> bool:
    """Return whether a value of `values` is a name: no number and no day."""
    return not any(word[0].isdecimal() or word in _DAYS or word in _CAPITALIZED_DAYS for word in value.split())


def _tokens(text: str, language: str) -> list[tuple[str, bool]]:
    """Return the words and marks of a text, each with whether it is a value; the words of a value are joined."""
    tokens: list[tuple[str, bool]] = []
    written = _TOKEN.findall(in_digits(text, language))
    names = [token[0].isupper() and not is_function_word(token) for token in written]
    first = [before in _SENTENCE_END for before in ("\n", *written)]
    within = {token for token, is_name, begins in zip(written, names, first, strict=False) if is_name and not begins}
    for position, token in enumerate(written):
        word, ends = folded(token), token in _SENTENCE_END
        is_name = names[position] and (
            not first[position] or token in within or any(names[position + 1 : position + 2])
        )
        is_value = not ends and (token[0].isdecimal() or is_day(word) or is_name)
        if is_value and tokens and tokens[-1][1]:
            tokens[-1] = f"{tokens[-1][0]} {word}", True
        else:
            tokens.append((word, is_value))
    return tokens
