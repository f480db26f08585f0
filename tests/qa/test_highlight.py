"""Highlighted words of a question in a text."""

import pytest

from qa.highlight import content_stems, highlights


@pytest.mark.parametrize(
    ("question", "text", "words"),
    [
        ("Pourquoi a-t-elle démissionné ?", "Sa DÉMISSION surprend.", ["DÉMISSION"]),
        ("what is SB 53?", "La loi SB 53 et l’article 54.", ["SB", "53"]),
        ("who made GPT-5.3-Codex?", "GPT-5.3-Codex suit GPT-5.", ["GPT-5.3-Codex"]),
        ("why is he in it?", "He is in it.", []),
        ("où est Caen ?", "À Caen, rien.", ["Caen"]),
        ("Qui dirige xAI ?", "La société xAI a été dirigée.", ["xAI", "dirigée"]),
        ("谁领导了团队？", "领导 团队", []),
    ],
)
def test_long_words_names_and_numbers_are_found_in_any_form(question: str, text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in highlights(text, content_stems(question))] == words
