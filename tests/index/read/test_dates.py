"""Dates as people and programs write them."""

import pytest

from index.read.dates import day as day_of
from index.read.dates import order_of, parse


@pytest.mark.parametrize(
    "written",
    [
        # ISO 8601 and its relatives
        "2025-11-09",
        "2025-11-09T23:30:00Z",
        "2025-11-09T23:30",
        "2025-11-09T23:30:00.123456+02:00",
        "2025-11-09T23:30:00-0500",
        "2025-11-09T23:30:00+01:00[Europe/Paris]",
        "2025-11-09 23:30:00 +0100",
        "2025-11-09 23:30:00 UTC",
        "2025/11/09",
        "2025.11.09",
        "2025-11-9",
        "20251109",
        "20251109T233000Z",
        "20251109233000",
        "202511092330",
        "2025-W45-7",
        "2025-313",
        # since 1970
        "1762731000",
        "1762731000000",
        "1762731000.5",
        "1762731000000000",
        "/Date(1762731000000)/",
        # e-mail and programs
        "Sun, 09 Nov 2025 23:30:00 GMT",
        "Sun, 9 Nov 2025 23:30:00 -0500 (EST)",
        "Sun, 09 Nov 25 23:30:00 GMT",
        "9 Nov 2025 23:30 CET",
        "Sun Nov 09 23:30:00 +0000 2025",
        "Sun Nov  9 23:30:00 2025",
        "09-Nov-2025",
        "2025-11-09T23:30:00\u221205:00",
        "2025-11-09 23:30:00 +0000 UTC",
        "2025-11-09 (23:30)",
        "2025-11-09Z",
        "2025-11-09T23:30:00Z - 4 min read",
        # English
        "6:05 PM · Nov 9, 2025",
        "Nov. 9, 2025, 6:05 a.m. ET",
        "November 9, 2025",
        "Nov. 9th, 2025 11:30 PM EST",
        "9th of November 2025",
        "Sunday, November 9, 2025 at 6:05 pm",
        # French
        "9 novembre 2025",
        "dimanche 9 nov. 2025 à 23h30",
        "dim. 9 nov. 2025, 23 h 30",
        "le 9 novembre 2025",
        "le dimanche 9 novembre 2025",
        # Dutch, Russian, Arabic, Japanese, Korean
        "Gepubliceerd op zondag 9 november 2025 om 23:30",
        "9 ноября 2025 г., 23:30",
        "9 نوفمبر 2025",
        "2025年11月9日(日) 23時30分",
        "2025년 11월 9일",
        # German
        "9. November 2025",
        "Sonntag, 9. November 2025, 23:30 Uhr",
        "am 9. Nov. 2025",
        # Spanish, Italian, Portuguese
        "9 de noviembre de 2025",
        "domingo, 9 de noviembre del 2025",
        "9 novembre 2025, ore 23:30",
        "domenica 9 novembre 2025",
        "9 de novembro de 2025",
        "domingo, 9 de novembro de 2025 às 23:30",
        # in figures
        "09.11.2025",
        "9. 11. 2025",
        "2025年11月9日",
        # with what a page writes before and after it
        "Publié le 9 novembre 2025 à 23h30",
        "Publié le 09/11/2025 à 23h30 – Mis à jour le 12/11/2025",
        "Published on November 9, 2025 | Updated November 12, 2025",
        "Date: 2025-11-09",
        "Veröffentlicht am 9. November 2025",
        "Publicado el 9 de noviembre de 2025",
        "Pubblicato il 9 novembre 2025",
        "Publicado em 09/11/2025",
    ],
)
def test_a_date_is_a_day(written: str) -> None:
    read_as = parse(written)
    assert (str(read_as.day), read_as.month_first, read_as.missing) == ("2025-11-09", None, None)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1er mars 2026", "2026-03-01"),
        ("1º de março de 2026", "2026-03-01"),
        ("14 août 2025", "2025-08-14"),
        ("3. März 2026", "2026-03-03"),
        ("mar. 10 févr. 2026", "2026-02-10"),
        ("14/02/2026", "2026-02-14"),
        ("02/14/2026", "2026-02-14"),
        ("14-02-2026 18:05", "2026-02-14"),
        ("03/03/2026", "2026-03-03"),
        ("5 mai 1789", "1789-05-05"),
        ("3 marca 2026", "2026-03-03"),
        ("9 września 2026", "2026-09-09"),
        ("3. března 2026", "2026-03-03"),
        ("3 mars 2026 kl. 10.00", "2026-03-03"),
        ("17. maj 2026", "2026-05-17"),
        ("12 Kasım 2026", "2026-11-12"),
        ("15 Ağustos 2026", "2026-08-15"),
        ("3 martie 2026", "2026-03-03"),
        ("3 березня 2026 р.", "2026-03-03"),
        ("3. maaliskuuta 2026", "2026-03-03"),
        ("3 Μαΐου 2026", "2026-05-03"),
        ("2026. március 3.", "2026-03-03"),
        ("3 Maret 2026", "2026-03-03"),
    ],
)
def test_a_date_that_can_be_read_in_one_way_is_that_day(written: str, day: str) -> None:
    assert (str(parse(written).day), parse(written).month_first) == (day, None)


@pytest.mark.parametrize(
    ("written", "day", "missing"),
    [
        ("2026", "2026-01-01", "month and day"),
        ("2026-02", "2026-02-01", "day"),
        ("02/2026", "2026-02-01", "day"),
        ("février 2026", "2026-02-01", "day"),
        ("Feb 2026", "2026-02-01", "day"),
        ("2026-W07", "2026-02-09", "day"),
    ],
)
def test_a_date_without_a_day_is_its_first_day_and_says_so(written: str, day: str, missing: str) -> None:
    assert (str(parse(written).day), parse(written).missing) == (day, missing)


@pytest.mark.parametrize("written", ["03/04/2026", "3-4-2026", "03/04/2026 18:05"])
def test_a_date_with_two_readings_needs_the_order_of_day_and_month(written: str) -> None:
    read_as = parse(written)
    assert read_as.resolve(None) is None
    assert str(read_as.resolve(True)) == "2026-04-03"
    assert str(read_as.resolve(False)) == "2026-03-04"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("hier", "is not a date: write"),
        ("mardi", "is not a date: write"),
        ("lundi 3 mars", "is not a date: write"),
        ("Vol. 12 no 3", "is not a date: write"),
        ("12", "is not a date: write"),
        ("2026-02-30", "there is no such day"),
        ("31 février 2026", "there is no such day"),
        ("20261301", "there is no such day"),
        ("0000-00-00", "there is no such day"),
        ("0001-01-01T00:00:00", "is not between 1500 and 2100"),
        ("1447-09-14", "of the Gregorian calendar"),  # in the Islamic calendar
        ("١٤٠٤/١٢/١٢", "of the Gregorian calendar"),  # in the Persian one
        ("3 listopada 2025", "is not a date: write"),  # October or November
        ("631151999", "is not between 1990 and 2100"),
        ("99999999999", "is not between 1990 and 2100"),
        ("2026-W60", "there is no such week"),
        ("2026-400", "there is no such day"),
        ("2026-02-14T25:00", "is not a date: write"),
        ("", "is not a date: write"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(written)


@pytest.mark.parametrize(
    ("tag", "day_first"),
    [("fr", True), ("pt-BR", True), ("en", None), ("en-GB", True), ("en_US", False), ("en-CA", None), ("zh", None)],
)
def test_a_language_tells_the_order_of_day_and_month_if_its_writers_agree(tag: str, day_first: bool | None) -> None:
    assert order_of(tag) is day_first


def test_a_long_text_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="is not a date"):
        parse("Publié le 3 " * 100_000)


@pytest.mark.parametrize(
    ("written", "language", "day"),
    [
        ("12/03/24", "fr", "2024-03-12"),
        ("12.03.24", "de", "2024-03-12"),
        ("12-03-24", "es", "2024-03-12"),
        ("25/12/98", "it", "1998-12-25"),
        ("03/12/24", "en-US", "2024-03-12"),
        ("12/03/24", "en-GB", "2024-03-12"),
        ("12/03/24", "en", None),
        ("25/03/24", "en", None),
        ("12/03/24", None, None),
        ("Publié le 12/03/24", None, "2024-03-12"),
        ("Mise en ligne le 12/03/24 à 14h30", None, "2024-03-12"),
    ],
)
def test_a_year_of_two_digits_needs_a_language_that_orders_day_and_month(
    written: str, language: str | None, day: str | None
) -> None:
    assert (str(found) if (found := day_of(written, language)) else None) == day
