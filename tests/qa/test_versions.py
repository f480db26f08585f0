"""Versions of one story among hits, and passages that only share a template."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from index.types import Article, StoredPassage
from qa.types import Hit
from qa.values import agree
from qa.versions import newest_first, with_versions

_FIRE = (
    "Un incendie a fait {toll} morts dimanche à Lyon, selon la préfecture. Le feu a pris vers 5 heures dans un "
    "entrepôt. Le préfet Paul Martin s’est rendu sur place."
)


def _hit(text: str, day: int | None = 1, language: str = "fr", article: str | None = None) -> Hit:
    name = article or f"{text}{day}"
    published = date(2026, 2, day) if day else None
    passage = StoredPassage(0, len(text), language, ((0, len(text)),), 1, f"p-{name}", name)
    return Hit(
        passage,
        Article(id=name, title="", text=text, language=language, published=published),
        1.0,
        {},
        np.ones(1, dtype=np.float32),
        (),
    )


def _stories(texts: Sequence[str]) -> list[int | None]:
    return [hit.story for hit in with_versions([_hit(text) for text in texts])]


def _changes(hit: Hit) -> list[str]:
    return [hit.text[start:end] for start, end in hit.changed]


def test_versions_are_marked_with_what_each_changed_since_the_one_before() -> None:
    hits = with_versions([_hit(_FIRE.format(toll=toll), day) for toll, day in (("27", 9), ("trois", 2), ("onze", 4))])
    assert [hit.story for hit in hits] == [1, 1, 1]
    assert list(map(_changes, hits)) == [["27"], [], ["onze"]]


def test_a_version_with_another_end_is_one() -> None:
    longer = _FIRE.format(toll="onze") + " Deux suspects ont été arrêtés lundi."
    first, second = with_versions([_hit(_FIRE.format(toll="trois"), 2), _hit(longer, 3)])
    assert (first.story, second.story) == (1, 1)
    assert _changes(second) == ["onze", "Deux suspects ont été arrêtés lundi."]


def test_several_stories_have_different_numbers() -> None:
    other = (
        "Le barrage de Vézins a cédé à {hour} heures mardi. "
        "Le maire Luc Ansel a fait évacuer quarante familles vers le gymnase de Bellac."
    )
    texts = [_FIRE.format(toll="3"), other.format(hour="6"), _FIRE.format(toll="11"), other.format(hour="7"), "Rien."]
    assert _stories(texts) == [1, 2, 1, 2, None]


def test_reports_of_one_template_are_no_versions() -> None:
    report = "Le club de {home} a battu celui de {away} par {n} à 0 samedi devant {people} spectateurs. On continue."
    rows = [("Arvert", "Bellac", 3, 812), ("Corme", "Fréval", 1, 455), ("Joncy", "Lussan", 2, 903)]
    texts = [report.format(home=home, away=away, n=n, people=people) for home, away, n, people in rows]
    assert _stories([text + " Les joueurs sont rentrés en car dans la nuit." for text in texts]) == [None] * 3


def test_copies_short_texts_and_texts_of_other_months_are_no_versions() -> None:
    text = _FIRE.format(toll="3")
    assert _stories([text, f"LYON (Agence) — {text}"]) == [None, None]
    assert _stories(["Le club emploie 20 personnes.", "Le club emploie 30 personnes."]) == [None, None]
    later = _hit(_FIRE.format(toll="11"), 1)
    later = replace(later, article=replace(later.article, published=date(2026, 5, 1)))
    assert [hit.story for hit in with_versions([_hit(text), later])] == [None, None]


def test_passages_of_one_article_are_no_versions() -> None:
    hits = [_hit(_FIRE.format(toll=toll), article="a") for toll in ("3", "11")]
    assert [hit.story for hit in with_versions(hits)] == [None, None]


def test_versions_without_a_date_are_grouped() -> None:
    assert [hit.story for hit in with_versions([_hit(_FIRE.format(toll=toll), None) for toll in ("3", "11")])] == [1, 1]


def test_newest_versions_come_first_where_the_first_of_their_story_was() -> None:
    hits = with_versions(
        [_hit("Rien."), _hit(_FIRE.format(toll="3"), 2), _hit("Autre."), _hit(_FIRE.format(toll="11"), 5), _hit("Fin.")]
    )
    assert [hit.text for hit in newest_first(hits)] == [hits[n].text for n in (0, 3, 1, 2, 4)]


@pytest.mark.parametrize("listed", [0, 200])
def test_a_hundred_versions_made_to_take_long_take_no_longer_than_ten_questions(listed: int) -> None:
    """With 105 numbers between the same words in each passage, comparing their values took a minute."""
    rest = " ".join(f"w{number % 105}" for number in range(8000))
    hits = []
    for number in range(100):
        numbers = " ".join(f"w{-each % 105}" for each in range(listed))
        hit = _hit(f"{_FIRE.format(toll=number + 30)} {numbers}", 1 + number % 28, article=f"a{number}")
        hits.append(replace(hit, article=replace(hit.article, text=f"{hit.text} {rest}")))
    began = time.process_time()
    with_versions(hits)
    assert time.process_time() - began < 2.5


def test_lists_of_numbers_are_compared_by_equal_ones() -> None:
    numbers = frozenset(map(str, range(50)))
    assert agree(numbers, frozenset(map(str, range(49, 90))))
    assert not agree(numbers, frozenset(map(str, range(50, 90))))
    assert agree(frozenset(("martin",)), frozenset(("paul martin", "roy")))
