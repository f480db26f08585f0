"""What a quote states in answer to a question, as a value that can be compared: amounts, a day, a name, yes or no."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any, Protocol

from index.types import Span
from qa.facts import stems
from qa.grammar import GRAMMARS, is_function_word
from qa.kind import Kind
from qa.period import Period, period_of
from qa.types import Citation
from qa.values import LANGUAGES, in_digits

_NUMBER = re.compile(r"(?<![\w.,-])(\d+(?:[.,]\d+)?)(?![\w.,-]*\d)\s*(%|[^\W\d_]*)")
_SCALED = re.compile(r"(\d+(?:[.,]\d+)?) (1(?:000)+)\b(?! *\d)")  # 5.8 million with the second word in digits
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r"%|[^\W\d_]+")
_SHORT_SCALES = frozenset(("k", "m", "mn", "mio", "md", "mrd", "bn", "tn"))  # thousands to billions, or meters
_OF = frozenset(("d", "de", "di", "of", "van", "von"))  # between a number and its unit
_UNKNOWN_DAY = date(2000, 1, 1)  # of articles without a date; years are not compared then
_WHO_IS = re.compile(
    r"^\W*(?:qui (?:est|était) l(?:e |a |['’])|who (?:is|was) the |wer (?:ist|war) (?:der|die) |"
    r"quién (?:es|era) (?:el|la) |chi (?:è|era) (?:il |la |l['’])|quem (?:é|era) [oa] |wie (?:is|was) de )",
    re.IGNORECASE,
)  # questions with one answer
_TOLL = re.compile(
    r"\b(?:bilan|toll|casualties|opferzahl|balance|bilancio|balanço|dodental)\b", re.IGNORECASE
)  # asks for several numbers, such as those of the dead and the injured
_NOT = re.compile(
    r"\b(?:n(?:e |['’])(?:\S+ ){1,3}?(?:pas|plus|jamais|rien|aucune?)|aucune?|dément\w*|ni(?:e|ent|é)\b|"
    r"not|never|cannot|\w+n['’]t|den(?:y|ies|ied)|nicht|nie|keine?[nmrs]?|bestreitet|dementiert|no|nunca|niega\w*|"
    r"non|mai|nega\w*|não|niet|nooit|geen|ontkent)\b",
    re.IGNORECASE,
)
_MIN_SHARED = 0.75  # of the question's content words, in quotes of which one says yes and one says no


class Claim(Protocol):
    """A value that can be compared with another one of the same type."""

    def is_comparable(self, other: Any) -> bool:
        """Return whether the values are of one thing."""
        ...

    def agrees(self, other: Any) -> bool:
        """Return whether the values are the same, as far as they say."""
        ...


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number with its unit."""

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


@dataclass(frozen=True, slots=True)
class _Day:
    """A day, month or year."""

    period: Period

    def agrees(self, other: "_Day") -> bool:
        """Return whether there are days that are in both; without a year, in any year."""
        first, last, other_first, other_last = (
            day or date.min for day in (self.period.first, self.period.last, other.period.first, other.period.last)
        )
        if self.period.relative or other.period.relative:
            return (first.month, first.day) == (other_first.month, other_first.day)
        return first <= other_last and other_first <= last

    def is_comparable(self, other: "_Day") -> bool:
        """Return whether both are days, or periods with a year."""
        return all(each.period.first and each.period.last for each in (self, other)) and (
            not (self.period.relative or other.period.relative)
            or all(each.period.first == each.period.last for each in (self, other))
        )


@dataclass(frozen=True, slots=True)
class _Name:
    """The name of a person or organization, as its words."""

    words: frozenset[str]

    def agrees(self, other: "_Name") -> bool:
        """Return whether the names have a word in common."""
        return bool(self.words & other.words)

    def is_comparable(self, _: "_Name") -> bool:
        """Return whether they are names."""
        return True


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Yes or no."""

    yes: bool

    def agrees(self, other: "_Verdict") -> bool:
        """Return whether both say the same."""
        return self.yes == other.yes

    def is_comparable(self, _: "_Verdict") -> bool:
        """Return whether they answer one question."""
        return True


def claims(question: str, kind: Kind, citation: Citation) -> Mapping[str, Claim]:
    """Return what a quote states in answer to a question of a kind, by unit; empty if it cannot be compared."""
    if kind == "yes/no":
        return _verdict(question, citation)
    if citation.answer is None:
        return {}
    if kind == "how many":
        return _amounts(citation, citation.span if _TOLL.search(question) else citation.answer_span or citation.span)
    if kind == "when":
        return _day(question, citation)
    return _name(question, citation) if _WHO_IS.match(question) else {}


def _shared(question: str, citation: Citation) -> float:
    """Return the share of the question's content words that a quote has, as if it were in the same language."""
    asked = stems(question, citation.language)
    return len(asked & stems(citation.text, citation.language)) / len(asked) if asked else 0.0


def _verdict(question: str, citation: Citation) -> Mapping[str, Claim]:
    return {"": _Verdict(not _NOT.search(citation.text))} if _shared(question, citation) >= _MIN_SHARED else {}


def _day(question: str, citation: Citation) -> Mapping[str, Claim]:
    period = period_of(citation.answer or "", citation.language, citation.article.published or _UNKNOWN_DAY)
    has_number = period is not None and any(character.isdecimal() for character in period.words)
    return {"": _Day(period)} if period and has_number and _shared(question, citation) >= _MIN_SHARED / 2 else {}


def _name(question: str, citation: Citation) -> Mapping[str, Claim]:
    words = [word for word in re.findall(r"[^\W\d_][\w'’-]*", citation.answer or "") if not _is_common(word)]
    is_name = bool(words) and all(word[0].isupper() for word in words)
    return {"": _Name(frozenset(map(str.casefold, words)))} if is_name and _shared(question, citation) == 1 else {}


def _is_common(word: str) -> bool:
    return is_function_word(word, tuple(GRAMMARS.values()))


def _amounts(citation: Citation, span: Span) -> Mapping[str, Claim]:
    """Return the numbers of a span of the article by unit, without units that have several numbers."""
    start, end = span
    after = citation.article.text[end : max(end, citation.span[1])]
    answer = _SCALED.sub(_product, in_digits(citation.article.text[start:end], citation.language))
    numbers = list(_NUMBER.finditer(answer))
    found: dict[str, Claim] = {}
    several: set[str] = set()
    for number, following in zip_longest(numbers, numbers[1:]):
        tail = answer[number.end(1) : following.start()] if following else answer[number.end(1) :] + after
        rest = next((word for word in _UNIT.findall(tail) if word.casefold() not in _OF), "")
        unit = rest if rest == "%" else next(iter(stems(rest, citation.language)), "")
        if not unit and found:  # "three people died and four were injured": the unit of the second is a verb
            continue
        if rest.casefold() in _SHORT_SCALES or not unit or (_YEAR.fullmatch(number[1]) and not number[2]):
            return {}
        several |= {unit} & found.keys()
        found[unit] = _Amount(float(number[1].replace(",", ".")), unit, citation.language)
    return {unit: amount for unit, amount in found.items() if unit not in several}


def _product(match: re.Match[str]) -> str:
    return f"{float(match[1].replace(',', '.')) * int(match[2]):.0f}"


def _digits(value: float) -> int:
    """Return the number of significant digits."""
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0") if value % 1 else str(int(value)).rstrip("0"))


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{max(digits, 1) - 1}e}")
