"""Finds where quotes of different sources give different answers: another number, or a correction.

It is narrow: other differences, such as two dates or two reasons, are shown as separate statements without a word about
them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from qa.facts import content, stems
from qa.kind import Kind
from qa.types import Citation
from qa.values import LANGUAGES, in_digits

_CORRECTION = re.compile(
    r"\b(?:à tort|par erreur|erratum|rectificatif|contrairement à ce que|wrongly|mistakenly|erroneously|in error|"
    r"fälschlich(?:erweise)?|irrtümlich|por error|erróneamente|erroneamente|per errore|por engano|ten onrechte|"
    r"abusivement|incorrectly)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.,-])(\d+(?:[.,]\d+)?)(?![\w.,-]*\d)\s*(%|[^\W\d_]*)")
_SCALED = re.compile(r"(\d+(?:[.,]\d+)?) (1(?:000)+)\b(?! *\d)")  # 5.8 million with the second word in digits
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r"%|[^\W\d_]+")
_SHORT_SCALES = frozenset(("k", "m", "mn", "mio", "md", "mrd", "bn", "tn"))  # thousands to billions, or meters
_OF = frozenset(("d", "de", "di", "of", "van", "von"))  # between a number and its unit
_MIN_OTHERS = 1  # content words of a claim that its correction repeats, beside those that answer


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number that answers, with its unit."""

    value: float
    unit: str  # "%" or the stem of the next word
    language: str

    def agrees(self, other: "_Amount") -> bool:
        """Return whether one number is the other one, perhaps rounded."""
        precise, rough = sorted((self.value, other.value), key=_digits, reverse=True)
        return precise == rough or (_digits(rough) < _digits(precise) and _rounded(precise, _digits(rough)) == rough)

    def is_comparable(self, other: "_Amount") -> bool:
        """Return whether the units are the same, as far as two languages can be compared.

        A number whose unit may contain a word for thousands or millions is not compared with one of another language.
        """
        if self.language == other.language or "%" in (self.unit, other.unit):
            return self.unit == other.unit
        return {self.language, other.language} <= LANGUAGES


def corrects(sentence: str, language: str, claim: str, claim_language: str, answer: str) -> bool:
    """Return whether a sentence says that a claim was made by mistake.

    `answer` are the words of either of them that answer. Their content words and numbers are all in the claim, and in
    the sentence after the words that mark a correction; claim and sentence have other content words in common.
    """
    mark = _CORRECTION.search(sentence)
    if mark is None or _CORRECTION.search(claim):
        return False
    claimed, answering = content(claim, claim_language), content(answer, language)
    is_marked = bool(answering) and answering <= content(sentence[mark.end() :], language) & claimed
    return is_marked and len(stems(sentence, language) & claimed - answering) >= _MIN_OTHERS


def sides(kind: Kind, citations: Sequence[Citation]) -> list[int | None]:
    """Return for each citation the number of the answer that it gives, from 1; None for all if they do not differ."""
    if kind == "list":
        return [None] * len(citations)
    corrected = _corrected(citations)
    if any(corrected):
        return corrected
    if kind != "how many":
        return [None] * len(citations)
    amounts = [_amount(citation) for citation in citations]
    first = next((amount for amount in amounts if amount), None)
    amounts = [amount if first and amount and amount.is_comparable(first) else None for amount in amounts]
    distinct: list[_Amount] = []
    result: list[int | None] = []
    for amount in amounts:
        if amount and not any(map(amount.agrees, distinct)):
            distinct.append(amount)
        result.append(next(n for n, each in enumerate(distinct, 1) if each.agrees(amount)) if amount else None)
    articles = {citation.article.id for citation, side in zip(citations, result, strict=True) if side}
    return result if len(distinct) > 1 and len(articles) > 1 else [None] * len(citations)


def _corrected(citations: Sequence[Citation]) -> list[int | None]:
    """Return 1 for each claim that another citation corrects and 2 for its correction, else None."""
    result: list[int | None] = [None] * len(citations)
    for (n, claim), (m, other) in permutations(enumerate(citations), 2):
        if any(
            corrects(other.text, other.language, claim.text, claim.language, answer)
            for answer in (claim.answer, other.answer)
            if answer
        ):
            result[n], result[m] = 1, 2
    return result


def _amount(citation: Citation) -> _Amount | None:
    """Return the only number of the words that answer; None if there is none or there are several."""
    if citation.answer_span is None:
        return None
    start, end = citation.answer_span
    after = citation.article.text[end : max(end, citation.span[1])]
    answer = _SCALED.sub(_product, in_digits(citation.article.text[start:end], citation.language))
    numbers = list(_NUMBER.finditer(answer))
    if len(numbers) != 1:
        return None
    number = numbers[0]
    rest = next((word for word in _UNIT.findall(answer[number.end(1) :] + after) if word.casefold() not in _OF), "")
    if rest.casefold() in _SHORT_SCALES:
        return None
    unit = rest if rest == "%" else next(iter(stems(rest, citation.language)), "")
    if not unit or (_YEAR.fullmatch(number[1]) and not number[2]):
        return None
    return _Amount(float(number[1].replace(",", ".")), unit, citation.language)


def _product(match: re.Match[str]) -> str:
    return f"{float(match[1].replace(',', '.')) * int(match[2]):.0f}"


def _digits(value: float) -> int:
    """Return the number of significant digits."""
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0") if value % 1 else str(int(value)).rstrip("0"))


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{max(digits, 1) - 1}e}")
