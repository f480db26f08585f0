"""Quotes that give different answers, quotes that are out of date, and quotes that agree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from index.types import Article
from qa.answer import compose
from qa.disagreement import compared
from qa.kind import Kind
from qa.reading import read
from qa.types import Answer, Citation
from tests.fakes import PhraseReader
from tests.qa.test_reading import _LARGE, _hits

_WRONG = "Anna Keller, directrice du port, quitte la ville."
_CORRECTION = "Nous avons présenté à tort Anna Keller comme directrice du port."


def _sides(
    quotes: Sequence[tuple[str, str | None]], kind: Kind = "how many", languages: Sequence[str] = ()
) -> list[int | None]:
    """Return the sides of quotes of different articles, each with the words that answer."""
    citations = []
    for number, (text, answer) in enumerate(quotes):
        language = languages[number] if languages else "fr"
        article = Article(id=str(number), title="", text=text, language=language)
        start = text.index(answer) if answer else 0
        span = (start, start + len(answer)) if answer else None
        citations.append(Citation(number + 1, article, (0, len(text)), (0, len(text)), language, span))
    return [each.side for each in compared("combien ?", kind, citations, {})]


@pytest.mark.parametrize(
    "quotes",
    [
        [("L’incendie a fait 3 morts.", "3 morts"), ("L’incendie a fait 11 morts.", "11 morts")],
        [("L’incendie a fait trois morts.", "trois"), ("Le bilan est de 11 morts.", "11")],
        [("Le taux est de 3,5 %.", "3,5 %"), ("Le taux est de 6 %.", "6 %"), ("On attend.", None)],
        [("Cela coûte 2,5 millions d’euros.", "2,5 millions d’euros"), ("Il faut 7 millions d’euros.", "7 millions")],
        [("Il y a 3 morts.", "3 morts"), ("Il y a 11 morts.", "11 morts"), ("On attend 6 cars.", "6 cars")],
    ],
)
def test_different_numbers_of_one_thing_are_sides(quotes: Sequence[tuple[str, str | None]]) -> None:
    assert _sides(quotes) == [1, 2, None][: len(quotes)]


@pytest.mark.parametrize(
    "quotes",
    [
        [("L’incendie a fait 3 morts.", "3 morts"), ("On compte trois morts.", "trois morts")],
        [("Près de 300 élus votent.", "300 élus"), ("Les 293 élus votent.", "293 élus")],
        [("Il y a 3 morts.", "3 morts"), ("Il y a 11 blessés.", "11 blessés")],
        [("Le taux est de 3 %.", "3 %"), ("Il y a 4 votes.", "4 votes")],
        [("Cela coûte 2,5 millions d’euros.", "2,5 millions"), ("Le prix est de 2500000 euros.", "2500000")],
        [("Fondé en 2024.", "2024"), ("Seize mois ont passé.", "Seize mois")],
        [("De 23 à 114 dossiers.", "23 à 114 dossiers"), ("Cinq dossiers de plus.", "Cinq dossiers")],
        [("Il y a 3 morts.", None), ("Il y a 11 morts.", "11 morts")],
    ],
)
def test_equal_rounded_or_other_numbers_are_none(quotes: Sequence[tuple[str, str | None]]) -> None:
    assert _sides(quotes) == [None, None]


@pytest.mark.parametrize(
    ("text", "answer", "language"),
    [
        ("Le coût est de 3 Md€.", "3 Md€", "fr"),
        ("It costs €3bn.", "3bn", "en"),
        ("费用为30亿欧元。", "30亿欧元", "zh"),
        ("التكلفة 3 مليار يورو.", "3 مليار يورو", "ar"),
    ],
)
def test_a_scale_that_is_not_understood_is_not_compared(text: str, answer: str, language: str) -> None:
    quotes = [("Cela coûte 3 milliards d’euros.", "3 milliards d’euros"), (text, answer)]
    assert _sides(quotes, languages=["fr", language]) == [None, None]


def test_numbers_differ_only_where_a_number_is_asked_for() -> None:
    quotes = [("L’incendie a fait 3 morts.", "3 morts"), ("L’incendie a fait 11 morts.", "11 morts")]
    assert _sides(quotes, "why") == _sides(quotes, "list") == [None, None]


def test_a_correction_and_what_it_corrects_are_two_sides() -> None:
    assert _sides([(_WRONG, "directrice du port"), (_CORRECTION, None)], "who") == [1, 2]
    assert _sides([(_CORRECTION, "directrice du port"), (_WRONG, None)], "who") == [2, 1]
    number = ("Nous avons écrit à tort que le port emploie 240 dockers ; il en emploie 420.", "240")
    assert _sides([("Le port emploie 240 dockers.", None), number], "how many") == [1, 2]
    english = ("We wrongly called Anna Keller head of Port Novaline.", "head of Port Novaline")
    assert _sides([("Anna Keller, head of Port Novaline, leaves.", None), english], "who", ["en", "en"]) == [1, 2]


@pytest.mark.parametrize(
    ("other", "answer"),
    [
        ("Anna Keller quitte la ville.", "la ville"),
        ("Paul Meier a condamné à tort la directrice du port.", None),
        ("Nous avons présenté à tort le maire comme ministre.", None),
    ],
)
def test_other_sentences_correct_nothing(other: str, answer: str | None) -> None:
    assert _sides([("Anna Keller quitte la ville lundi.", "lundi"), (other, answer)], "when") == [None, None]


def test_the_correction_of_a_quote_is_quoted_too_and_the_claim_of_a_correction() -> None:
    for first, second in ((_WRONG, _CORRECTION), (_CORRECTION, _WRONG)):
        hits = read(PhraseReader("directrice du port"), "qui ?", _hits(first, "Le port ferme."), _LARGE)
        unread = _hits("Un fait.", "Deux faits.", second)[2]
        _, citations = compose("Quel est le poste d’Anna Keller ?", [*hits, unread], "other")
        assert [(each.text, each.side) for each in citations] == [
            (first, 1 if first == _WRONG else 2),
            (second, 1 if second == _WRONG else 2),
        ]
        assert len(compose("Qui part ?", [*hits, unread], "list")[1]) == 1


def test_a_correction_that_repeats_the_wrong_number_is_no_source_of_it() -> None:
    claim = "Le port emploie 240 dockers."
    correction = "Nous avons écrit à tort que le port emploie 240 dockers ; il en emploie 420."
    for first, second in ((claim, correction), (correction, claim)):
        hits = read(PhraseReader("240"), "combien ?", _hits(first, second), _LARGE)
        _, citations = compose("Combien de dockers emploie le port ?", hits, "how many")
        assert {each.text: each.side for each in citations} == {claim: 1, correction: 2}
        assert not any(each.other_sources for each in citations)


# --- days, names, yes or no, and what is out of date


def _compared(question: str, kind: Kind, *quotes: tuple[str, str, str, int], language: str = "fr") -> list[Citation]:
    """Return citations of different articles, each given by its text, the answer, the outlet and the day of 2026."""
    citations = []
    for number, (text, answer, outlet, day) in enumerate(quotes, start=1):
        published = date(2026, 1, 1) + timedelta(days=day)
        article = Article(id=str(number), title="", text=text, language=language, source=outlet, published=published)
        start = text.index(answer)
        span = (start, start + len(answer))
        citations.append(Citation(number, article, (0, len(text)), (0, len(text)), language, span))
    return compared(question, kind, citations, {})


_OPENING = ("Quand ouvre le musée ?", "when")
_MAYOR = ("Qui est le maire de Corme ?", "who")
_STRIKE = ("La grève est-elle finie ?", "yes/no")


@pytest.mark.parametrize(
    ("question", "kind", "one", "other", "differ"),
    [
        (
            *_OPENING,
            ("Le musée ouvre le 4 avril 2026.", "4 avril 2026"),
            ("Le musée ouvre le 20 juin.", "20 juin"),
            True,
        ),
        (*_OPENING, ("Le musée ouvre en avril 2026.", "avril 2026"), ("Le musée ouvre le 4 avril.", "4 avril"), False),
        (*_OPENING, ("Le musée ouvre lundi.", "lundi"), ("Le musée ouvre le 20 juin.", "20 juin"), False),
        (*_MAYOR, ("Le maire de Corme, Luc Roy, part.", "Luc Roy"), ("Ana Fos, maire de Corme.", "Ana Fos"), True),
        (*_MAYOR, ("Le maire de Corme, Luc Roy, part.", "Luc Roy"), ("M. Roy, maire de Corme.", "M. Roy"), False),
        (
            "Qui quitte Corme ?",
            "who",
            ("Luc Roy quitte Corme.", "Luc Roy"),
            ("Ana Fos quitte Corme.", "Ana Fos"),
            False,
        ),
        (*_STRIKE, ("La grève est finie.", "finie"), ("La grève n’est pas finie.", "n’est pas finie"), True),
        (*_STRIKE, ("La grève est finie.", "finie"), ("Le maire n’est pas venu.", "n’est pas venu"), False),
    ],
)
def test_days_names_and_verdicts_differ_only_if_both_answer_one_question(
    question: str, kind: Kind, one: tuple[str, str], other: tuple[str, str], differ: bool
) -> None:
    found = _compared(question, kind, (*one, "A", 0), (*other, "B", 1))
    assert [each.side for each in found] == ([1, 2] if differ else [None, None])


_TOLL, _LATER = ("L’incendie a fait 3 morts.", "3 morts"), ("L’incendie a fait 11 morts.", "11 morts")


def test_an_older_answer_of_the_same_outlet_is_superseded_and_no_side() -> None:
    found = _compared("Combien de morts ?", "how many", (*_TOLL, "A", 0), (*_LATER, "A", 2))
    assert [(each.side, each.superseded_by) for each in found] == [(None, 2), (None, None)]
    third = ("On compte 8 morts.", "8 morts", "B", 2)
    found = _compared("Combien de morts ?", "how many", (*_TOLL, "A", 0), (*_LATER, "A", 2), third)
    assert [(each.side, each.superseded_by) for each in found] == [(None, 2), (1, None), (2, None)]


def test_another_source_of_an_answer_supersedes_an_older_one_of_its_outlet() -> None:
    toll, later = _compared("Combien de morts ?", "how many", (*_TOLL, "A", 1), (*_LATER, "B", 0))
    for outlet, stories in (("A", {}), ("C", {"1": 1, "other": 1})):
        other = replace(toll.article, id="other", source=outlet, published=date(2026, 1, 5))
        found = compared("Combien de morts ?", "how many", (toll, replace(later, other_sources=(other,))), stories)
        assert [(each.side, each.superseded_by) for each in found] == [(None, 2), (None, None)]


def test_versions_of_one_outlet_on_one_day_are_no_dispute() -> None:
    citations = _compared("Combien de morts ?", "how many", (*_TOLL, "A", 1), (*_LATER, "A", 1))
    assert [each.side for each in citations] == [1, 2]
    found = compared("Combien de morts ?", "how many", citations, {"1": 1, "2": 1})
    assert [each.side for each in found] == [None, None]


def test_an_answer_of_another_season_is_superseded() -> None:
    found = _compared("Combien de morts ?", "how many", (*_TOLL, "A", 0), (*_LATER, "B", 200))
    assert [(each.side, each.superseded_by) for each in found] == [(None, 2), (None, None)]


def test_the_numbers_of_a_toll_are_compared_by_unit() -> None:
    one = ("Le bilan est de deux morts et 14 blessés.", "14 blessés", "A", 0)
    other = ("Le bilan est de quatre morts et 14 blessés.", "14 blessés", "B", 0)
    assert [each.side for each in _compared("Quel est le bilan ?", "how many", one, other)] == [1, 2]
    assert [each.side for each in _compared("Combien de blessés ?", "how many", one, other)] == [None, None]


def test_the_newer_answer_is_quoted_before_the_one_that_it_supersedes() -> None:
    found = read(PhraseReader("3 morts", "11 morts"), "combien ?", _hits(_TOLL[0], _LATER[0]), _LARGE)
    hits = [
        replace(hit, article=replace(hit.article, source="A", published=date(2026, 1, day)))
        for hit, day in zip(found, (1, 5), strict=True)
    ]
    _, citations = compose("Combien de morts ?", hits, "how many")
    assert [(each.text, each.index, each.superseded_by) for each in citations] == [
        (_LATER[0], 1, None),
        (_TOLL[0], 2, 1),
    ]


def test_numbers_of_articles_on_something_else_are_no_sides() -> None:
    canal = ("Le canal de Brémont a coûté 40 millions d’euros.", "40 millions d’euros", "A", 0)
    hall = ("La halle d’Ormes a coûté 7 millions d’euros.", "7 millions d’euros", "B", 0)
    other = ("Le canal a coûté 55 millions d’euros, selon un rapport.", "55 millions d’euros", "C", 0)
    found = _compared("Combien a coûté le canal ?", "how many", canal, hall, other)
    assert [each.side for each in found] == [1, None, 2]


def test_reports_of_one_outlet_on_two_matches_neither_differ_nor_supersede_each_other() -> None:
    text = "{} a battu {} samedi au stade devant {} spectateurs, arbitre M. Dorin. On rejoue dans une semaine."
    one = (text.format("Arvert", "Bellac", 812), "812 spectateurs", "A", 0)
    other = (text.format("Corme", "Fréval", 455), "455 spectateurs", "A", 7)
    found = _compared("Combien de spectateurs au stade ?", "how many", one, other)
    assert [(each.side, each.superseded_by) for each in found] == [(None, None)] * 2


def test_an_older_version_is_superseded_where_the_quotes_differ_in_a_value() -> None:
    one = ("Le directeur s’appelle Paul Remy depuis lundi.", "Paul Remy", "", 0)
    other = ("Le directeur s’appelle Paul Rémond depuis lundi.", "Paul Rémond", "", 1)
    citations = _compared("Comment s’appelle le directeur ?", "other", one, other)
    for stories, expected in (({"1": 1, "2": 1}, [2, None]), ({}, [None, None])):
        found = compared("Comment s’appelle le directeur ?", "other", citations, stories)
        assert [each.superseded_by for each in found] == expected


def test_a_number_whose_unit_is_not_named_does_not_hide_the_one_before() -> None:
    one = ("Neuf personnes sont mortes et quatorze sont blessées.", "Neuf personnes sont mortes et quatorze", "A", 0)
    other = ("Huit personnes sont mortes.", "Huit personnes", "B", 0)
    assert [each.side for each in _compared("Combien de morts ?", "how many", one, other)] == [1, 2]


def test_sides_count_the_outlets_that_give_their_answer() -> None:
    quotes = _compared("Combien de morts ?", "how many", (*_TOLL, "A", 0), (*_LATER, "B", 0))
    copy = replace(quotes[1].article, id="copy", source="B")
    other = replace(quotes[1].article, id="other", source="C")
    citations = (quotes[0], replace(quotes[1], other_sources=(copy, other)))
    answer = Answer("q", "fr", (), None, 1, {}, id="a", text="", citations=citations)
    assert answer.status == "disputed"
    assert [(side.number, side.articles, side.independent) for side in answer.sides] == [(1, 1, 1), (2, 3, 2)]
