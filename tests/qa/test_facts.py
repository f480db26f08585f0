"""What sentences state: the same answer, or only the question again."""

import pytest

from qa.bounds import with_bound
from qa.facts import repeats, same_answer


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        ("Grace Hallam", "Hallam"),
        ("1,8 million d’euros", "1,8 million d'euros"),
        ("à un conflit d’intérêts", "un conflit d’intérêts"),
        ("30", "30 personnes"),
        ("trop chère", "trop chères"),
        ("vingt-sept morts", "27 morts"),
        ("3 000 euros", "3000 euros"),
        ("l’étude", "l'etude"),
    ],
)
def test_the_same_names_numbers_and_words_are_the_same_answer(answer: str, other: str) -> None:
    assert same_answer(answer, "fr", other, "fr")
    assert same_answer(other, "fr", answer, "fr")


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        ("11 morts", "27 morts"),
        ("trois morts", "neuf morts"),
        ("Hallam", "l’avocat de Hallam"),
        ("Grace Hallam", "Paul Hallam"),
        ("malade", "pas malade"),
        ("en juin", "en juin 2026"),
        ("fatigue", "a conflict"),
        ("à", "de"),
        ("", ""),
    ],
)
def test_other_names_numbers_or_words_are_another_answer(answer: str, other: str) -> None:
    assert not same_answer(answer, "fr", other, "fr")
    assert not same_answer(other, "fr", answer, "fr")


def test_a_sentence_with_nothing_new_repeats_the_question() -> None:
    question = "Pourquoi Kalinowski a-t-elle quitté Meta en 2026 ?"
    assert repeats(question, "Kalinowski quitte Meta.", "fr")
    assert not repeats(question, "Kalinowski quitte Meta en mars.", "fr")
    assert not repeats(question, "Kalinowski quitte Meta en 2025.", "fr")
    assert not repeats(question, "Non.", "fr")


def test_a_name_is_the_same_answer_in_every_language() -> None:
    assert same_answer("Grace Hallam", "en", "de Mme Hallam", "fr") is False  # more than a name
    assert same_answer("Grace Hallam", "en", "Hallam", "ar")
    assert same_answer("27", "en", "vingt-sept", "fr")


_BOUNDED = {
    "en": ("more than 5", "less than 5", "at least 5", "at most 5"),
    "fr": ("plus de 5", "moins de 5", "au moins 5", "au plus 5"),
    "de": ("über 5", "unter 5", "mindestens 5", "höchstens 5"),
    "es": ("más de 5", "menos de 5", "al menos 5", "como máximo 5"),
    "it": ("più di 5", "meno di 5", "almeno 5", "al massimo 5"),
    "pt": ("mais de 5", "menos de 5", "pelo menos 5", "no máximo 5"),
    "nl": ("meer dan 5", "minder dan 5", "minstens 5", "hooguit 5"),
}


@pytest.mark.parametrize("language", [*_BOUNDED])
def test_a_number_with_another_bound_is_another_answer(language: str) -> None:
    answers = (*_BOUNDED[language], "5")
    for one in answers:
        for other in answers:
            assert same_answer(one, language, other, language) == (one == other)


def test_a_bound_is_the_same_in_every_language_before_and_after_the_number() -> None:
    english = ("more than five", "under 5", "5 or more", "up to 5")
    for language, answers in _BOUNDED.items():
        for answer, other in zip(answers, english, strict=True):
            assert same_answer(answer, language, other, "en")
    assert same_answer("no more than $5", "en", "jusqu’à 5", "fr")
    assert same_answer("moins de trois jours", "fr", "moins de 3 jours", "fr")
    assert not same_answer("over 5", "en", "over 6", "en")


def test_the_bound_before_a_span_is_found() -> None:
    text = "Il y avait plus de 5000 personnes."
    assert with_bound(text, (19, 33), "fr") == (11, 33)
    assert with_bound(text, (11, 33), "fr") == (11, 33)
    assert with_bound(text, (19, 33), "en") == (19, 33)
