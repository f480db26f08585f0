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
        ("l’étude", "l'etude"),
    ],
)
def test_the_same_names_numbers_and_words_are_the_same_answer(answer: str, other: str) -> None:
    assert same_answer(answer, other)
    assert same_answer(other, answer)


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        ("11 morts", "27 morts"),
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
    assert not same_answer(answer, other)
    assert not same_answer(other, answer)


def test_a_sentence_with_nothing_new_repeats_the_question() -> None:
    question = "Pourquoi Kalinowski a-t-elle quitté Meta en 2026 ?"
    assert repeats(question, "Kalinowski quitte Meta.")
    assert not repeats(question, "Kalinowski quitte Meta en mars.")
    assert not repeats(question, "Kalinowski quitte Meta en 2025.")
    assert not repeats(question, "Non.")
