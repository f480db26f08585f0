"""Quotes that give different answers, and quotes that do not."""

from collections.abc import Sequence

import pytest

from index.types import Article
from qa.answer import compose
from qa.disagreement import sides
from qa.kind import Kind
from qa.reading import read
from qa.types import Citation
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
    return sides(kind, citations)


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
