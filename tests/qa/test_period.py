"""The time that a question names is read as days, in seven languages, and nothing else is taken for one."""

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.local.archive import LocalArchive
from qa.period import Period, period_of
from qa.texts import read_as
from tests.fakes import app_of, build_archive

_TODAY = date(2026, 11, 28)  # a Saturday
_YESTERDAY = "2026-11-27", "2026-11-27"
_LAST_WEEK = "2026-11-16", "2026-11-22"
_LAST_MONTH = "2026-10-01", "2026-10-31"
_LAST_YEAR = "2025-01-01", "2025-12-31"
_THREE_DAYS_AGO = "2026-11-25", "2026-11-25"
_THREE_DAYS = "2026-11-25", "2026-11-28"
_SINCE_3_MARCH = "2026-03-03", None
_BEFORE_2025 = None, "2024-12-31"
_FEBRUARY = "2026-02-01", "2026-02-28"
_SINCE_MONDAY = "2026-11-23", None

_TIMES = {
    "en": {
        "yesterday": _YESTERDAY,
        "last week": _LAST_WEEK,
        "last month": _LAST_MONTH,
        "last year": _LAST_YEAR,
        "3 days ago": _THREE_DAYS_AGO,
        "in the last three days": _THREE_DAYS,
        "since March 3": _SINCE_3_MARCH,
        "before 2025": _BEFORE_2025,
        "in February": _FEBRUARY,
        "since Monday": _SINCE_MONDAY,
        "from last month": _LAST_MONTH,
        "until 3 March 2025": (None, "2025-03-03"),
        "after 3 March 2025": ("2025-03-04", None),
        "between 9 and 11 February 2026": ("2026-02-09", "2026-02-11"),
        "in December": ("2025-12-01", "2025-12-31"),
        "a year ago": _LAST_YEAR,
        "two weeks ago": ("2026-11-09", "2026-11-15"),
        "in the past 2 months": ("2026-09-28", "2026-11-28"),
        "in 2019": ("2019-01-01", "2019-12-31"),
        "this week": ("2026-11-23", "2026-11-29"),
        "last Saturday": ("2026-11-21", "2026-11-21"),
    },
    "fr": {
        "hier": _YESTERDAY,
        "la semaine dernière": _LAST_WEEK,
        "le mois dernier": _LAST_MONTH,
        "l’an dernier": _LAST_YEAR,
        "il y a 3 jours": _THREE_DAYS_AGO,
        "les trois derniers jours": _THREE_DAYS,
        "depuis le 3 mars": _SINCE_3_MARCH,
        "avant 2025": _BEFORE_2025,
        "en février": _FEBRUARY,
        "depuis lundi": _SINCE_MONDAY,
        "d’octobre 2025": ("2025-10-01", "2025-10-31"),
        "du 9 au 11 février 2026": ("2026-02-09", "2026-02-11"),
        "ce mois-ci": ("2026-11-01", "2026-11-30"),
    },
    "de": {
        "gestern": _YESTERDAY,
        "letzte Woche": _LAST_WEEK,
        "im letzten Monat": _LAST_MONTH,
        "letztes Jahr": _LAST_YEAR,
        "vor drei Tagen": _THREE_DAYS_AGO,
        "in den letzten 3 Tagen": _THREE_DAYS,
        "seit dem 3. März": _SINCE_3_MARCH,
        "vor 2025": _BEFORE_2025,
        "im Februar": _FEBRUARY,
        "seit Montag": _SINCE_MONDAY,
    },
    "es": {
        "ayer": _YESTERDAY,
        "la semana pasada": _LAST_WEEK,
        "el mes pasado": _LAST_MONTH,
        "el año pasado": _LAST_YEAR,
        "hace 3 días": _THREE_DAYS_AGO,
        "los últimos tres días": _THREE_DAYS,
        "desde el 3 de marzo": _SINCE_3_MARCH,
        "antes de 2025": _BEFORE_2025,
        "en febrero": _FEBRUARY,
        "desde el lunes": _SINCE_MONDAY,
    },
    "it": {
        "ieri": _YESTERDAY,
        "la settimana scorsa": _LAST_WEEK,
        "lo scorso mese": _LAST_MONTH,
        "l’anno scorso": _LAST_YEAR,
        "3 giorni fa": _THREE_DAYS_AGO,
        "negli ultimi tre giorni": _THREE_DAYS,
        "dal 3 marzo": _SINCE_3_MARCH,
        "prima del 2025": _BEFORE_2025,
        "a febbraio": _FEBRUARY,
        "da lunedì": _SINCE_MONDAY,
    },
    "pt": {
        "ontem": _YESTERDAY,
        "na semana passada": _LAST_WEEK,
        "no mês passado": _LAST_MONTH,
        "no ano passado": _LAST_YEAR,
        "há 3 dias": _THREE_DAYS_AGO,
        "nos últimos três dias": _THREE_DAYS,
        "desde 3 de março": _SINCE_3_MARCH,
        "antes de 2025": _BEFORE_2025,
        "em fevereiro": _FEBRUARY,
        "desde segunda-feira": _SINCE_MONDAY,
    },
    "nl": {
        "gisteren": _YESTERDAY,
        "vorige week": _LAST_WEEK,
        "afgelopen maand": _LAST_MONTH,
        "vorig jaar": _LAST_YEAR,
        "3 dagen geleden": _THREE_DAYS_AGO,
        "de laatste drie dagen": _THREE_DAYS,
        "sinds 3 maart": _SINCE_3_MARCH,
        "voor 2025": _BEFORE_2025,
        "in februari": _FEBRUARY,
        "sinds maandag": _SINCE_MONDAY,
    },
}


@pytest.mark.parametrize(
    ("language", "words", "days"), [(language, *each) for language, times in _TIMES.items() for each in times.items()]
)
def test_a_time_is_read_as_days(language: str, words: str, days: tuple[str | None, str | None]) -> None:
    period = period_of(f"OpenAI: {words}?", language, _TODAY)
    assert period
    assert period.words in words
    assert tuple(day and str(day) for day in (period.first, period.last)) == days


def test_a_time_of_a_short_question_is_read_in_all_languages() -> None:
    for times in _TIMES.values():
        for words in list(times)[:3]:
            assert period_of(words, None, _TODAY), words


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "What may the mayor do first?"),
        ("en", "How long did the march last?"),
        ("en", "Did the march last 25 days?"),
        ("en", "What did the mayor do before the vote?"),
        ("en", "How many people work there today?"),
        ("en", "Did the mayor compare May 2023 and May 2026?"),
        ("en", "Why were 2019 houses sold in 2,024 towns?"),
        ("en", "What happens on 31 February?"),
        ("fr", "La sonde est-elle arrivée sur Mars ?"),
        ("fr", "Que fait aujourd’hui l’ancien maire ?"),
        ("fr", "Y a-t-il un maire il y a ?"),
        ("fr", "Où travaillait-elle avant d’être élue ?"),
        ("de", "Wer steht vor dem Rathaus?"),
        ("es", "¿Qué hace el alcalde?"),
        ("it", "Il sindaco fa tre cose"),
        ("zh", "上个月发生了什么？"),
    ],
)
def test_other_words_are_not_taken_for_a_time(language: str, question: str) -> None:
    assert period_of(question, language, _TODAY) is None


def test_only_a_time_that_depends_on_today_is_relative() -> None:
    relative = {words: period_of(words, "en", _TODAY) for words in ("last month", "in May", "in May 2026", "in 2026")}
    assert [period.relative for period in relative.values() if period] == [True, True, False, False]


def test_the_beginning_of_a_month_is_never_in_the_future() -> None:
    period = period_of("in March?", "en", date(2026, 3, 1))
    assert period
    assert period.first == date(2026, 3, 1)
    period = period_of("on 2 March?", "en", date(2026, 3, 1))
    assert period
    assert period.first == date(2025, 3, 2)


def test_a_note_says_how_a_time_is_read_in_the_language_of_the_question() -> None:
    for language, times in _TIMES.items():
        words = [*times][2]
        period = period_of(words, language, _TODAY)
        assert period
        assert period.words in read_as(period, language)
        assert "2026-10-01 – 2026-10-31" in read_as(period, language)
    assert read_as(Period("since Monday", date(2026, 11, 23), None, True), "en").endswith("as 2026-11-23 – ….")
    assert read_as(Period("hier", _TODAY, _TODAY, True), "fr") == "« hier » est compris comme 2026-11-28."


def test_the_longest_question_is_read_quickly() -> None:
    for text in ("a 1 2 3 " * 250, "in the last " * 160, "9" * 2000, "from 9 to " * 200):
        start = time.process_time()
        period_of(text, None, _TODAY)
        assert time.process_time() - start < 1


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    data = build_archive(tmp_path, {"pool.md": "---\ndate: 2026-11-20\n---\nThe municipal pool closed on Monday.\n"})
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as opened:
        yield opened


def test_the_response_has_the_time_of_the_question_as_of_a_day_and_restricts_nothing(client: TestClient) -> None:
    asked = {"question": "When did the municipal pool close last month?"}
    answer = client.post("/ask", json=asked | {"filters": {"as_of": "2026-11-28"}}).json()
    time_of = {"words": "last month", "published_from": "2026-10-01", "published_to": "2026-10-31"}
    assert (answer["interpreted_time"], len(answer["passages"])) == (time_of, 1)
    assert answer["notes"] == ["“last month” is read as 2026-10-01 – 2026-10-31."]
    del time_of["words"]
    assert client.post("/ask", json=asked | {"filters": time_of}).json()["interpreted_time"] is None
    assert client.post("/ask", json={"question": "Why did the pool close?"}).json()["interpreted_time"] is None
