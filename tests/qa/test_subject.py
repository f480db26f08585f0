"""Articles on the same subject, and reports of one template on different events."""

import pytest

from index.types import Article
from qa.subject import same_subject, same_template


def _article(text: str, language: str = "fr", title: str = "") -> Article:
    return Article(id=text, title=title, text=text, language=language)


_CANAL = _article("Le canal de Brémont a coûté 40 millions d’euros, dit la maire Lise Aubry.")


@pytest.mark.parametrize(
    ("question", "other", "same"),
    [
        ("Combien a coûté le canal ?", _article("Le canal de Brémont a coûté 55 millions, selon un rapport."), True),
        ("Combien a coûté le canal ?", _article("La halle d’Ormes a coûté 7 millions d’euros."), False),
        ("Combien a coûté le canal ?", _article("Der Turm in Ahlbeck kostete elf Millionen Euro.", "de"), False),
        ("Combien a coûté le canal ?", _article("The canal in Brémont cost 55 million euros.", "en"), True),
        ("Combien a coûté le canal ?", _article("كلفت القناة 55 مليون يورو.", "ar"), True),
        ("How much was it?", _article("La halle d’Ormes a coûté 7 millions d’euros."), False),
        ("Combien ?", _CANAL, True),
    ],
)
def test_articles_are_on_one_subject_if_they_share_the_words_of_the_question_or_names(
    question: str, other: Article, same: bool
) -> None:
    assert same_subject(question, _CANAL, other) is same


def test_reports_on_two_matches_share_a_template_and_monthly_figures_do_not() -> None:
    match = "{} a battu {} samedi au stade devant {} spectateurs, arbitre M. Dorin. On rejoue dans une semaine."
    one, other = match.format("Arvert", "Bellac", 812), match.format("Corme", "Fréval", 455)
    assert same_template(_article(one), _article(other))
    assert not same_template(_article(one), _article(match.format("Arvert", "Bellac", 900)))
    rate = "Unemployment in Norland was {} percent in {}, the office said on {} in a report that nobody disputed."
    march, april = rate.format("7.5", "March", "Monday"), rate.format("7.1", "April", "Tuesday")
    assert not same_template(_article(march, "en"), _article(april, "en"))
