import pytest

from eval.reader.rules import LANGUAGES, SAID, WHY, examples, said, why
from tests.eval.reader.fakes import example

_COMMON = frozenset({"the", "le", "den", "издание"})


@pytest.mark.parametrize(
    ("language", "sentence", "question", "answer"),
    [
        (
            "en",
            "The municipal pool was closed because the roof leaked badly.",
            "Why was the municipal pool closed?",
            "because the roof leaked badly",
        ),
        (
            "fr",
            "Le pont de la gare a fermé parce que les piles étaient usées.",
            "Pourquoi est-ce que le pont de la gare a fermé ?",
            "parce que les piles étaient usées",
        ),
        (
            "fr",
            "Adèle Morel quitte la mairie car elle désapprouve ce budget.",
            "Pourquoi est-ce qu’Adèle Morel quitte la mairie ?",
            "car elle désapprouve ce budget",
        ),
        (
            "nb",
            "Svømmehallen ble stengt i juni fordi taket lekket for mye.",
            "Hvorfor ble Svømmehallen stengt i juni?",
            "fordi taket lekket for mye",
        ),
        (
            "id",
            "Kolam renang itu ditutup karena atapnya bocor sangat parah.",
            "Mengapa Kolam renang itu ditutup?",
            "karena atapnya bocor sangat parah",
        ),
        (
            "ru",
            "Издание газеты было перенесено, так как городская типография вчера сгорела.",
            "Почему издание газеты было перенесено?",
            "так как городская типография вчера сгорела",
        ),
    ],
)
def test_a_reason_answers_why(language: str, sentence: str, question: str, answer: str) -> None:
    ((made, spans, about),) = why(sentence, language, _COMMON)
    assert made == question
    assert sentence[slice(*spans[0])] == answer
    assert answer.endswith(sentence[slice(*spans[1])])
    assert about in sentence


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It was closed because the roof leaked badly."),
        ("en", "The pool was closed because of a leak in the roof."),
        ("en", "The pool opened late because the roof leaked badly."),
        ("en", "The pool was closed not because the roof leaked badly."),
        ("en", "Because the roof leaked badly, the pool was closed."),
        ("en", "“The pool was closed because the roof leaked badly.”"),
        ("fr", "Veuillez trier vos déchets car ils sont tous réutilisés."),
        ("fr", "Un car scolaire a quitté la route hier."),
        ("de", "Das Bad wurde geschlossen, weil das Dach undicht war."),
        ("en", ""),
    ],
)
def test_no_question_that_would_not_be_well_formed(language: str, sentence: str) -> None:
    assert why(sentence or ".", language, _COMMON) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "– Taket var i svært dårlig stand, og omstendighetene var farlige, sier Kari Nordmann.",
        "– Taket var i svært dårlig stand, og omstendighetene var farlige, sier ordfører Kari Nordmann til avisa.",
        "Kari Nordmann sa: «Taket var i svært dårlig stand, og omstendighetene var farlige.»",
    ],
)
def test_a_quotation_answers_what_its_speaker_said(sentence: str) -> None:
    ((question, spans, about),) = said(sentence, "nb")
    assert question == "Hva sa Kari Nordmann om omstendighetene?"
    assert all(sentence[start:end].strip("– «».,").startswith("Taket var") for start, end in spans)
    assert about == "Nordmann"


@pytest.mark.parametrize(
    "sentence",
    [
        "– Taket var i svært dårlig stand, og omstendighetene var farlige, sier han.",
        "– Taket var i så dårlig stand at vi stengte, sier Kari Nordmann.",
        "– Kort om omstendighetene, sier Kari Nordmann.",
    ],
)
def test_no_question_without_a_speaker_a_topic_or_enough_words(sentence: str) -> None:
    assert said(sentence, "nb") == []


def test_examples_by_rule_are_of_their_passage() -> None:
    text = "Nothing here.\nThe town pool was closed because the roof leaked badly. It reopens."
    (made,) = examples([example("Where?", text, None), example("Wo?", "Nichts.", None, language="de")])
    assert (made.source, made.language, made.article) == (WHY, "en", "City")
    assert made.texts == ("because the roof leaked badly", "the roof leaked badly")
    assert made.about in text


def test_rules_are_for_languages_where_they_are_precise() -> None:
    assert {WHY: {"en", "fr", "nb", "id", "ru"}, SAID: {"nb"}} == LANGUAGES
