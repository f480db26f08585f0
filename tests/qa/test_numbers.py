"""Numbers of questions, list items and ranges."""

import pytest

from qa.numbers import agrees


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("Quelle est la troisième étape du dossier ?", "3. Visite du jury.", True),
        ("Quelle est la troisième étape du dossier ?", "2. Envoi du dossier.", False),
        ("What is the second step?", "2) Sign the form.", True),
        ("What is the second step?", "The second step is short.", None),
        ("Qui a signé le formulaire ?", "2. Signer le formulaire.", None),
        ("Quel tarif pour un revenu de 1 500 € ?", "Revenu: 1 200 à 1 800; Tarif: 3 €", True),
        ("Quel tarif pour un revenu de 1 500 € ?", "Revenu: 1 800 à 2 400; Tarif: 4 €", False),
        ("Quel tarif pour un revenu de 150 € ?", "Revenu: moins de 200; Tarif: 1 €", True),
        ("Fee for 90 guests?", "Guests: over 80; Fee: $12", True),
        ("Fee for 60 guests?", "Guests: over 80; Fee: $12", False),
        ("Tarif 2026 pour un revenu de 300 ?", "Revenu: plus de 1 000; Tarif 2026: 4 €", False),
        ("Fee in 2026?", "Guests: many; Fee: $12", None),
        ("Quel est le tarif 2026 ?", "Le tarif passe de 3 à 4 euros.", None),
    ],
)
def test_an_item_or_row_agrees_with_the_number_that_is_asked_for(
    question: str, sentence: str, expected: bool | None
) -> None:
    assert agrees(question, sentence) is expected
