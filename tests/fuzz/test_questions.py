"""Any question is understood somehow, without an error and within the time limit."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import strategies as st

from index.errors import QuestionError
from index.language_names import code_of
from index.read.dates import common_order, day, parse
from qa import changes
from qa.bounds import bounds
from qa.courtesy import courtesy
from qa.facts import repeats, same_answer
from qa.followup import resolve
from qa.highlight import content_stems, highlights
from qa.kind import kind_of
from qa.mentions import named
from qa.numbers import agrees
from qa.parts import parts
from qa.period import period_of
from qa.question import check
from qa.sanitize import safe_url, sanitize
from qa.values import differ, in_digits, values
from tests.fuzz.fuzzing import LONG, TEXT, fuzz

_LANGUAGES = st.sampled_from(["en", "fr", "de", "es", "it", "pt", "nl", "ar", "zh", "th", "xx"])
_DAYS = st.dates() | st.sampled_from([date.min, date.max, date(2024, 2, 29)])

Work = Callable[[tuple[str, str], str, date], object]


def _check(texts: tuple[str, str], _language: str, _today: date) -> None:
    with suppress(QuestionError):
        question = check(texts[0])
        assert check(question) == question


def _parts(texts: tuple[str, str], _language: str, _today: date) -> None:
    assert len(parts(texts[0])) >= 0


def _period(texts: tuple[str, str], language: str, today: date) -> None:
    for code in (language, None):
        period = period_of(texts[0], code, today)
        assert period is None or period.words in texts[0]
        assert period is None or not period.first or not period.last or period.first <= period.last


def _date(texts: tuple[str, str], language: str, _today: date) -> None:
    day(texts[0][:100], language)
    common_order(texts)
    with suppress(ValueError):
        parse(texts[0][:100]).resolve(day_first=None)


def _sanitize(texts: tuple[str, str], _language: str, _today: date) -> None:
    assert len(sanitize(texts[0])) == len(texts[0])
    for url in (texts[0], f"https://{texts[0]}", f"https://example.org/{texts[1]}"):
        assert safe_url(url) in (url, None)


def _highlight(texts: tuple[str, str], _language: str, _today: date) -> None:
    for start, end in highlights(texts[1], content_stems(texts[0])):
        assert 0 <= start < end <= len(texts[1])


def _changes(texts: tuple[str, str], _language: str, _today: date) -> None:
    changes.changes(*texts)
    for start, end in changes.changed_spans(*texts):
        assert 0 <= start < end <= len(texts[1])


_PARSERS: dict[str, Work] = {
    "check": _check,
    "period": _period,
    "kind": lambda texts, language, _: (kind_of(texts[0], language), kind_of(texts[0], None)),
    "parts": _parts,
    "courtesy": lambda texts, *_: courtesy(texts[0]),
    "followup": lambda texts, *_: resolve([each.strip() or "a" for each in texts]),
    "mentions": lambda texts, *_: named(texts[0]),
    "numbers": lambda texts, *_: agrees(*texts),
    "values": lambda texts, language, _: (
        differ(values(texts[0], language), values(texts[1], language)),
        in_digits(texts[0], language),
    ),
    "facts": lambda texts, language, _: (same_answer(texts[0], language, texts[1], "en"), repeats(*texts, language)),
    "bounds": lambda texts, language, _: bounds(texts[0], language),
    "highlight": _highlight,
    "sanitize": _sanitize,
    "dates": _date,
    "languages": lambda texts, *_: code_of(texts[0]),
    "changes": _changes,
}


_UNCHECKED = frozenset(("check", "sanitize", "dates", "languages"))  # get texts that nothing has checked before


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("parser", _PARSERS)
def test_any_question_or_quote_is_parsed(parser: str) -> None:
    text = LONG if parser in _UNCHECKED else LONG.map(_without_surrogates)
    fuzz(st.tuples(st.tuples(text, text), _LANGUAGES, _DAYS), lambda each: _PARSERS[parser](*each), small=8)


def _without_surrogates(text: str) -> str:
    return re.sub("[\0\ud800-\udfff]", "", text)


@pytest.mark.timeout(3600)
def test_any_words_around_a_date_are_a_period_or_none() -> None:
    forms = ["{} {} {}", "il y a {} {}", "{} {} ago", "between {} and {} {}", "le {} {}", "since {}/{}/{}", "{}-{}-{}"]
    texts = st.builds(
        lambda form, numbers, word: form.format(*numbers, word),
        st.sampled_from(forms),
        st.tuples(st.integers(0, 10**6) | TEXT, st.integers(0, 99999) | TEXT),
        st.sampled_from(["days", "jours", "ans", "years", "months", "siècles", "February", "février", "2026", "0"]),
    )
    fuzz(st.tuples(texts.map(lambda text: (text, "")), _LANGUAGES, _DAYS), lambda each: _period(*each))
