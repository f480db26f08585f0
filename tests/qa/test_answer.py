"""Answers made of quotes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.local.archive import LocalArchive
from index.types import Article, Filter, Span, StoredPassage
from qa.answer import compose
from qa.ask import Asker
from qa.types import Hit
from tests.fakes import HashEmbedder, build_archive, identifier

_ARTICLES = {
    "budget.md": "---\ntitle: Le budget\ndate: 2026-01-05\nsource: Gazette\n---\n"
    "Le maire a présenté le budget 🏛️ lundi. Les impôts locaux augmentent de 3 %. Faut-il s’en inquiéter ?\n",
    "piscine.md": "---\ntitle: La piscine\ndate: 2026-02-10\nsource: Courrier\n---\n"
    "La piscine municipale ferme en juin. Les travaux de la piscine durent huit mois.\n",
    "pool.md": "---\ntitle: The pool\ndate: 2026-03-15\nsource: Courier\nlanguage: en\n---\n"
    "The city pool closes in June for eight months. Swimmers will have to travel to the next town.\n",
}


def _hit(
    sentences: list[str], scores: list[float], *, score: float = 1.0, name: str = "a", separator: str = " "
) -> Hit:
    """Return a hit with these sentences and sentence scores."""
    text = separator.join(sentences)
    spans: list[Span] = []
    for sentence in sentences:
        start = text.index(sentence, spans[-1][1] if spans else 0)
        spans.append((start, start + len(sentence)))
    article = Article(id=name, title=name, text=text, language="fr")
    passage = StoredPassage(0, len(text), "fr", tuple(spans), 1, f"p-{name}", name)
    return Hit(passage, article, score, {}, np.array(scores, dtype=np.float32), ())


def test_every_quote_is_the_slice_it_names() -> None:
    hits = [_hit(["Un fait 🙂.", "Autre chose."], [0.9, 0.1]), _hit(["Ailleurs.", "Là-bas."], [0.2, 0.8], name="b")]
    answer, citations = compose("Quoi ?", hits)
    assert answer == "Un fait 🙂. [1]\nLà-bas. [2]"
    for citation in citations:
        assert answer[slice(*citation.in_answer)] == citation.text == citation.article.text[slice(*citation.span)]


def test_at_most_three_passages_are_quoted() -> None:
    hits = [_hit([f"Le fait numéro {number}."], [0.9], name=str(number)) for number in range(6)]
    assert [citation.article.id for citation in compose("Quoi ?", hits)[1]] == ["0", "1", "2"]


def test_lines_around_the_article_are_not_quoted() -> None:
    hit = _hit(["Abonnez-vous à la lettre sur le pont.", "Le pont ferme lundi."], [0.9, 0.2])
    assert [citation.text for citation in compose("Quoi ?", [hit])[1]] == ["Le pont ferme lundi."]


def test_the_row_of_the_range_that_is_asked_for_is_quoted() -> None:
    rows = ["Revenu: 500 à 900; Tarif: 2 €", "Revenu: 900 à 1 500; Tarif: 4 €", "Les revenus varient."]
    hit = _hit(rows, [0.9, 0.5, 0.8], separator="\n")
    assert compose("Quel tarif pour un revenu de 1 000 € ?", [hit])[0] == f"{rows[1]} [1]"
    assert compose("Quel tarif pour un revenu de 2 000 € ?", [hit])[0] == f"{rows[2]} [1]"


def test_a_second_sentence_nearly_as_good_is_quoted_after_the_best() -> None:
    answer, _ = compose("Quoi ?", [_hit(["Premier.", "Hors sujet.", "Dernier."], [0.89, 0.1, 0.9])])
    assert answer == "Dernier. [1]\nPremier. [2]"


@pytest.mark.parametrize(("score", "expected"), [(0.881, "Dernier. [1]\nPremier. [2]"), (0.879, "Dernier. [1]")])
def test_a_second_sentence_is_quoted_down_to_two_hundredths_below_the_best(score: float, expected: str) -> None:
    answer, _ = compose("Quoi ?", [_hit(["Premier.", "Hors sujet.", "Dernier."], [score, 0.1, 0.9])])
    assert answer == expected


def test_two_sentences_that_follow_each_other_are_one_quote() -> None:
    answer, citations = compose("Quoi ?", [_hit(["Premier.", "Deuxième.", "Hors sujet."], [0.89, 0.9, 0.1])])
    assert (answer, len(citations)) == ("Premier. Deuxième. [1]", 1)


def test_sentences_of_two_paragraphs_are_not_joined() -> None:
    answer, _ = compose("Quoi ?", [_hit(["Premier.", "Deuxième."], [0.89, 0.9], separator="\n\n")])
    assert answer == "Deuxième. [1]\nPremier. [2]"


@pytest.mark.parametrize("unquotable", ["Que faire ?", "« Que faire ? »", "لماذا استقالت؟", "为什么？"])
def test_questions_are_not_quoted(unquotable: str) -> None:
    assert compose("Quoi ?", [_hit([unquotable, "Rien."], [0.9, 0.5])])[0] == "Rien. [1]"


def test_headings_are_not_quoted() -> None:
    assert compose("Quoi ?", [_hit(["Un grand titre", "Un fait."], [0.9, 0.5], separator="\n\n")])[0] == "Un fait. [1]"


def test_a_passage_with_only_headings_is_still_quoted() -> None:
    assert compose("Quoi ?", [_hit(["Demandes : 114"], [0.9])])[0] == "Demandes : 114 [1]"


def test_the_same_words_are_quoted_once() -> None:
    hits = [_hit(["Le même fait.", "Un."], [0.9, 0.1]), _hit(["Le  même FAIT.", "Deux."], [0.9, 0.1], name="b")]
    assert compose("Quoi ?", hits)[0] == "Le même fait. [1]\nDeux. [2]"


def test_a_sentence_that_occurs_twice_in_a_passage_is_quoted_once() -> None:
    assert compose("Quoi ?", [_hit(["Le fait.", "Un.", "Le fait."], [0.9, 0.1, 0.9])])[0] == "Le fait. [1]"


def test_a_passage_far_below_the_best_is_not_quoted() -> None:
    hits = [_hit(["Proche."], [0.9], score=0.6), _hit(["Loin."], [0.9], score=0.2, name="b")]
    assert [citation.article.id for citation in compose("Quoi ?", hits)[1]] == ["a"]


def test_nothing_found_cites_nothing() -> None:
    answer, citations = compose("Quoi ?", [])
    assert citations == ()
    assert "[1]" not in answer


@given(
    st.lists(
        st.lists(st.text("aé🙂字ع .?»", min_size=1).filter(str.strip), min_size=1, max_size=4), min_size=1, max_size=5
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=200, deadline=None)
def test_citations_are_exact_whatever_the_text(passages: list[list[str]], random: Random) -> None:
    hits = [
        _hit([word.strip() for word in words], [random.random() for _ in words], name=str(number))
        for number, words in enumerate(passages)
    ]
    answer, citations = compose("Quoi ?", hits)
    for number, citation in enumerate(citations, start=1):
        start, end = citation.in_answer
        assert citation.index == number
        assert answer[start:end] == citation.article.text[slice(*citation.span)]
        assert answer[end:].startswith(f" [{number}]")


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    with LocalArchive(build_archive(tmp_path, _ARTICLES)) as archive:
        yield Asker(archive, HashEmbedder(), identifier())


def test_a_question_finds_the_passage_that_has_its_words(asker: Asker) -> None:
    answer = asker.ask("quand ferme la piscine municipale ?")
    assert answer.hits[0].article.title == "La piscine"
    assert answer.status == "answered"


def test_words_of_the_question_are_highlighted_in_the_passage(asker: Asker) -> None:
    hit = asker.ask("Piscine municipale : quels travaux ?").hits[0]
    assert [hit.text[start:end] for start, end in hit.highlights] == ["piscine", "municipale", "travaux", "piscine"]


def test_top_k_is_limited_by_the_number_of_passages(asker: Asker) -> None:
    assert len(asker.ask("piscine", top_k=50).hits) == 3
    assert len(asker.ask("piscine", top_k=1).hits) == 1


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filter(languages=("en",)), {"The pool"}),
        (Filter(sources=("Gazette", "Courrier")), {"Le budget", "La piscine"}),
        (Filter(published_from=date(2026, 2, 10)), {"La piscine", "The pool"}),
        (Filter(published_to=date(2026, 2, 10)), {"Le budget", "La piscine"}),
        (Filter(as_of=date(2026, 2, 9)), {"Le budget"}),
    ],
)
def test_a_filter_admits_only_matching_passages(asker: Asker, filters: Filter, titles: set[str]) -> None:
    assert {hit.article.title for hit in asker.ask("piscine", filters=filters).hits} == titles


def test_a_filter_without_matches_makes_the_answer_an_abstention(asker: Asker) -> None:
    answer = asker.ask("piscine", filters=Filter(published_from=date(2100, 1, 1)))
    assert (answer.status, answer.citations, answer.hits) == ("abstained", (), ())


def test_the_same_question_gets_the_same_answer(asker: Asker) -> None:
    first, second = asker.ask("piscine"), asker.ask("piscine")
    assert (first.text, first.hits[0].score, first.id != second.id) == (second.text, second.hits[0].score, True)


@pytest.mark.parametrize(
    ("sentences", "best", "quoted"),
    [
        (["Mme Roux part.", "Elle est lasse."], 1, "Mme Roux part. Elle est lasse."),
        (["Le maire parle.", "Mme Roux part.", "Elle est lasse.", "Elle le dit."], 3, None),
        (["Le maire parle.", "Il pleut.", "Mme Roux part."], 2, "Mme Roux part."),
        (["Le pont ferme.", "Il faut le réparer."], 1, "Il faut le réparer."),
        (["Elle est lasse.", "Elle part."], 1, "Elle part."),
        (["Mr Hale left.", "He was tired."], 1, "Mr Hale left. He was tired."),
        (["Mr Hale left. " + "So long. " * 80, "He was tired."], 1, "He was tired."),
    ],
)
def test_a_quote_that_begins_with_a_pronoun_brings_the_sentence_that_names_it(
    sentences: list[str], best: int, quoted: str | None
) -> None:
    hit = _hit(sentences, [0.9 if index == best else 0.1 for index in range(len(sentences))])
    (citation,) = compose("Pourquoi ?", [hit])[1]
    assert citation.text == (quoted or "Mme Roux part. Elle est lasse. Elle le dit.")


def test_the_name_is_not_fetched_from_another_line() -> None:
    hit = _hit(["Mme Roux part.", "Elle est lasse."], [0.1, 0.9], separator="\n")
    assert compose("Pourquoi ?", [hit])[1][0].text == "Elle est lasse."


def test_a_sentence_quoted_after_its_name_is_not_quoted_again_from_a_copy() -> None:
    hits = [_hit(["Mme Roux part.", "Elle est lasse."], [0.1, 0.9], name=name) for name in "ab"]
    hits[1] = _hit(["Mme Roux s’en va.", "Elle est lasse."], [0.1, 0.9], name="b")
    assert compose("Pourquoi ?", hits)[0].count("Elle est lasse.") == 1


def test_a_sentence_is_not_quoted_twice_where_a_pronoun_brings_it() -> None:
    hit = _hit(["Mme Roux part.", "Elle est lasse.", "Elle le dit."], [0.9, 0.1, 0.895])
    assert compose("Pourquoi ?", [hit])[0] == "Mme Roux part. Elle est lasse. Elle le dit. [1]"
