"""Compares the numbers of a question with list items and ranges: the second step is "2.", 500 is in "400 à 800"."""

import re

_ORDINALS = {
    1: "premier première 1er 1re first primero primera primer erste ersten erster primo prima primeiro primeira eerste",
    2: "deuxième second seconde 2e 2ème 2nd segundo segunda zweite zweiten zweiter secondo seconda tweede",
    3: "troisième 3e 3ème third 3rd tercero tercera tercer dritte dritten dritter terzo terza terceiro terceira derde",
    4: "quatrième 4e 4ème fourth 4th cuarto cuarta vierte vierten quarto quarta vierde",
    5: "cinquième 5e 5ème fifth 5th quinto quinta fünfte fünften vijfde",
    6: "sixième 6e 6ème sixth 6th sexto sexta sechste sechsten sesto sesta zesde",
    7: "septième 7e 7ème seventh 7th séptimo séptima siebte siebten settimo settima sétimo sétima zevende",
    8: "huitième 8e 8ème eighth 8th octavo octava achte achten ottavo ottava oitavo oitava achtste",
    9: "neuvième 9e 9ème ninth 9th noveno novena neunte neunten nono nona negende",
    10: "dixième 10e 10ème tenth 10th décimo décima zehnte zehnten decimo decima tiende",
}
_NUMBER_OF = {word: number for number, words in _ORDINALS.items() for word in words.split()}
_STEP = re.compile(
    r"\b(?:étapes?|points?|règles?|conditions?|steps?|rules?|paso|etapas?|schritte?|punto|regla|stap)\b", re.IGNORECASE
)
_ITEM = re.compile(r"\s*(\d{1,2})[.)]\s")
_DIGITS = r"\d{1,3}(?:[ .\u00a0\u202f]\d{3})+(?!\d)|\d+"
_NUMBER = re.compile(rf"(?<![\w,.]){_DIGITS}(?![\w,.]*\d)")
_RANGE = re.compile(
    rf"(?<![\w,.])({_DIGITS})\s?(?:à|a|to|bis|tot|et|and|y|e|und|-|–|—)\s?({_DIGITS})(?!\w)", re.IGNORECASE
)
_BELOW = re.compile(
    rf"\b(?:moins de|jusqu['’]à|under|below|less than|up to|menos de|hasta|unter|bis zu|meno di|fino a)\s({_DIGITS})",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    rf"\b(?:plus de|au-dessus de|à partir de|over|above|more than|más de|über|ab|più di|mais de)\s({_DIGITS})",
    re.IGNORECASE,
)


def agrees(question: str, sentence: str) -> bool | None:
    """Return whether a list item or a row with a range is the one that a question asks for.

    None if the question asks for no item or number, or the sentence is neither.
    """
    item = _ITEM.match(sentence)
    if item and _STEP.search(question):
        asked = [_NUMBER_OF[word] for word in re.findall(r"\w+", question.casefold()) if word in _NUMBER_OF]
        return int(item[1]) in asked if asked else None
    cell, _, rest = sentence.partition(";")
    in_names = {_value(match[0]) for match in _NUMBER.finditer(rest)}  # such as the year in the name of a column
    numbers = {_value(match[0]) for match in _NUMBER.finditer(question)} - in_names
    ranges = _ranges(cell) if rest else []
    if not numbers or not ranges:
        return None
    return any(low <= number <= high for number in numbers for low, high in ranges)


def _ranges(cell: str) -> list[tuple[float, float]]:
    """Return the ranges in a cell of a table."""
    return (
        [(_value(match[1]), _value(match[2])) for match in _RANGE.finditer(cell)]
        or [(float("-inf"), _value(match[1])) for match in _BELOW.finditer(cell)]
        or [(_value(match[1]), float("inf")) for match in _ABOVE.finditer(cell)]
    )


def _value(digits: str) -> float:
    return float(re.sub(r"\D", "", digits))
