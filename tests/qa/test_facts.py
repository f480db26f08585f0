"""What sentences state: the same answer, or only the question again."""

import pytest

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
