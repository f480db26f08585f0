"""The names of questions, and which of them passages mention."""

import numpy as np
import pytest

from index.types import Article, EncodedQuestion, Passage
from qa.mentions import missing_names, named, unmentioned
from qa.types import Hit
from tests.qa.test_reading import _hit


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Did Ursula von der Leyen resign?", ["Ursula von der Leyen"]),
        ("Ursula Meier a-t-elle démissionné ?", ["Ursula Meier"]),
        ("Pourquoi Anna Keller quitte-t-elle Novaline ?", ["Anna Keller", "Novaline"]),
        ("Que dit la loi SB 1047 sur GPT-4o ?", ["SB 1047", "GPT-4o"]),
        ("Combien des 12 élus et des 4500 habitants ont voté en mars ?", ["4500"]),
        ("Wer leitet das Amt in Bern?", ["Amt", "Bern"]),
        ("Почему ушла Анна Келлер?", ["Анна Келлер"]),
        ("why did the mayor resign on Monday?", []),
        ("谁离开了 Novaline？", ["Novaline"]),
        ("🙂", []),
    ],
)
def test_names_codes_and_long_numbers_of_a_question_are_found(question: str, names: list[str]) -> None:
    assert [question[start:end] for start, end in named(question)] == names


def _unmentioned(question: str, text: str, cosine: float = 0.3, language: str = "fr", **fields: str) -> tuple[str, ...]:
    """Return what a passage with `text` does not mention if all tokens of the question have the same cosine in it."""
    words = question.split()
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])[:-1]
    spans = np.array([(start, start + len(word)) for start, word in zip(starts, words, strict=True)], dtype=np.int32)
    vectors = np.zeros((len(words), 2), dtype=np.float32)
    weights = np.full(len(words), 1 / len(words), dtype=np.float32)
    encoded = EncodedQuestion(
        question, language, True, vectors[0], vectors, weights, (), frozenset(), frozenset(), spans, named(question)
    )
    article = Article(id="a", title=fields.pop("title", ""), text=text, language="fr", **fields)  # type: ignore[arg-type]
    cosines = np.full(len(words), cosine, dtype=np.float32)
    return unmentioned(encoded, cosines, article, Passage(0, len(text), "fr", ((0, len(text)),)))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Pourquoi Keller part-elle ?", "Anna Keller part."),
        ("Pourquoi Anna Keller part-elle ?", "ANNA KELLER part."),
        ("Qui sont les Kellers ?", "Anna Keller part."),
        ("Pourquoi Kellér part-elle ?", "Mme Keller part."),
        ("Pourquoi Keler part-elle ?", "Mme Keller part."),
        ("Que fait Israel ?", "Le ministre israélien parle."),
        ("Qui sont les 4500 habitants ?", "La ville a 4 500 habitants."),
        ("Qui sont les 200 élus ?", "Deux cents élus siègent."),
    ],
)
def test_a_name_in_another_form_is_mentioned(question: str, text: str) -> None:
    assert _unmentioned(question, text) == ()


@pytest.mark.parametrize(
    ("question", "text", "lacking"),
    [
        ("Pourquoi Anna Keller part-elle ?", "Anna Meier part.", ("Anna Keller",)),
        ("Pourquoi Keller part-elle ?", "Mme Meier part.", ("Keller",)),
        ("Que dit SB 1047 ?", "La loi SB 53 oblige.", ("SB 1047",)),
        ("Que fait Iran ?", "Le gouvernement parle.", ("Iran",)),
    ],
)
def test_a_name_with_a_word_that_is_not_there_is_not_mentioned(
    question: str, text: str, lacking: tuple[str, ...]
) -> None:
    assert _unmentioned(question, text) == lacking


def test_a_name_with_similar_tokens_is_mentioned_as_in_a_translation_but_a_code_is_not() -> None:
    assert _unmentioned("What does Germany say?", "L’Allemagne parle.", cosine=0.7) == ()
    assert _unmentioned("What does Germany say?", "La Suisse parle.", cosine=0.5) == ("Germany",)
    assert _unmentioned("Was sagt der Vertrag ?", "Le texte parle.", cosine=0.6, language="de") == ()
    assert _unmentioned("What does GPT-5 say?", "GPT-4 parle.", cosine=0.9) == ("GPT-5",)


def test_title_outlet_and_year_of_the_article_count() -> None:
    assert _unmentioned("Que dit le Courrier sur Keller ?", "Elle part.", title="Keller part", source="Courrier") == ()
    assert _unmentioned("Que dit le Courrier sur Keller ?", "Elle part.") == ("Courrier", "Keller")


def test_a_name_is_missing_if_no_hit_mentions_it() -> None:
    def hit(*unmentioned: str) -> Hit:
        made = _hit()
        return Hit(made.passage, made.article, 1.0, {}, made.sentence_scores, (), unmentioned=unmentioned)

    assert missing_names([hit("Keller", "Bern"), hit("Keller")]) == ["Keller"]
    assert missing_names([hit("Keller"), hit()]) == []
    assert missing_names([]) == []
