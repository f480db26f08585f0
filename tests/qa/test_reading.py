"""The reading stage: what is read of a hit, and how readings change the order of hits and the quotes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from index.types import Article, Span, StoredPassage
from qa.answer import compose
from qa.reader import Hurry, Window, no_hurry
from qa.reading import BUDGETS, Budget, _whole_words, read, window
from qa.types import Hit, Reading
from tests.fakes import PhraseReader

_SENTENCES = ["Le maire part.", "Il part car il est las.", "La mairie ferme.", "On vote en mai."]
_LARGE = Budget(8, 1000)


def _hit(
    sentences: Sequence[str] = _SENTENCES,
    scores: Sequence[float] = (0.1, 0.2, 0.9, 0.3),
    *,
    score: float = 1.0,
    name: str = "a",
    title: str = "Le maire",
) -> Hit:
    """Return a hit whose passage begins after one sentence of its article."""
    before = "Avant 🙂. "
    text = before + " ".join(sentences)
    spans: list[Span] = []
    for sentence in sentences:
        start = text.index(sentence, spans[-1][1] if spans else len(before))
        spans.append((start, start + len(sentence)))
    passage = StoredPassage(spans[0][0], len(text), "fr", tuple(spans), 1, f"p-{name}", name)
    article = Article(id=name, title=title, text=text, language="fr")
    return Hit(passage, article, score, {"dense": 0.5}, np.array(scores, dtype=np.float32), ())


def _hits(*sentences: str) -> list[Hit]:
    return [
        _hit([sentence], [0.9], score=1 - number / 100, name=str(number)) for number, sentence in enumerate(sentences)
    ]


def _names(hits: Sequence[Hit]) -> list[str]:
    return [hit.article.id for hit in hits]


# --- windows


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (1, ["La mairie ferme."]),
        (35, ["La mairie ferme.", "On vote en mai."]),
        (56, ["Il part car il est las.", "La mairie ferme.", "On vote en mai."]),
        (1000, _SENTENCES),
    ],
)
def test_a_window_is_the_most_similar_sentence_with_the_neighbors_that_fit(length: int, expected: list[str]) -> None:
    made, first, _ = window(_hit(), length)
    assert [made.text[start:end] for start, end in made.sentences] == expected
    assert made.text[made.body :] == " ".join(expected)
    assert len(made.text) - made.body <= length or len(expected) == 1
    assert _SENTENCES[first] == expected[0]


def test_a_neighbor_that_does_not_fit_leaves_room_for_the_other() -> None:
    made, first, _ = window(_hit(["Long " * 20 + "fin.", "Un.", "Deux."], [0.8, 0.9, 0.1]), 20)
    assert (made.text[made.body :], first) == ("Un. Deux.", 1)


def test_sentences_come_right_after_the_title_or_first_without_one() -> None:
    for title, body in (("Le maire", len("Le maire\n")), ("", 0), ("x" * 500, 121)):
        made, _, shift = window(_hit(title=title), 1000)
        assert made.body == made.sentences[0][0] == body
        start, end = made.sentences[1]
        assert _hit().article.text[start + shift : end + shift] == made.text[start:end] == _SENTENCES[1]


def test_full_reads_more_than_fast() -> None:
    fast, full = BUDGETS["fast"], BUDGETS["full"]
    assert full.passages > fast.passages
    assert full.length >= fast.length


# --- readings


def test_a_passage_that_answers_moves_before_one_that_only_is_similar() -> None:
    hits = read(PhraseReader("las"), "pourquoi ?", _hits("Le maire part.", "Il est las."), _LARGE)
    assert _names(hits) == ["1", "0"]
    assert [hit.scores["reader"] for hit in hits] == [6.0, -6.0]
    assert hits[0].scores["dense"] == 0.5
    assert hits[0].score == pytest.approx(0.99 + 0.08)


def test_a_much_more_similar_passage_stays_first() -> None:
    similar, answering = _hit(["Le maire part."], [0.9], score=1.0), _hit(["Il est las."], [0.9], score=0.8, name="b")
    assert _names(read(PhraseReader("las"), "pourquoi ?", [similar, answering], _LARGE)) == ["a", "b"]


def test_hits_beyond_the_budget_are_unread_and_stay_after_the_others() -> None:
    hits = _hits("Rien.", "Rien non plus.", "Il est las.")
    reader = PhraseReader("las")
    result = read(reader, "pourquoi ?", hits, Budget(2, 1000))
    assert _names(result) == ["0", "1", "2"]
    assert [hit.reading is None for hit in result] == [False, False, True]
    assert result[2] == hits[2]
    assert len(reader.windows) == 2


def test_spans_of_a_reading_refer_to_the_text_of_the_article() -> None:
    [hit] = read(
        PhraseReader("car il est las", "en mai"), "pourquoi ?", [_hit(scores=[0.1, 0.3, 0.9, 0.2])], Budget(1, 45)
    )
    assert hit.reading
    answers = [hit.article.text[slice(*answer)] if answer else None for answer in hit.reading.answers]
    assert answers == [None, "car il est las", "La mairie ferme.", None]  # the window has the two in the middle
    assert np.isneginf(hit.reading.sentences).tolist() == [True, False, False, True]


def test_without_hits_nothing_is_read() -> None:
    assert read(PhraseReader(), "pourquoi ?", [], _LARGE) == ()


def test_an_extreme_reading_counts_as_ten_points() -> None:
    class Sure:
        def read(self, question: str, windows: Sequence[Window], hurry: Hurry = no_hurry) -> list[Reading]:
            nothing: tuple[Span | None, ...] = (None,)
            return [Reading(sign * np.inf, 0.0, np.array([-np.inf]), nothing) for sign in (1, -1)]

    hits = read(Sure(), "pourquoi ?", _hits("Un.", "Deux."), _LARGE)
    assert [hit.scores["reader"] for hit in hits] == [10.0, -10.0]
    assert [hit.score for hit in hits] == pytest.approx([1.1, 0.99])


# --- hurry


def test_in_a_hurry_the_hits_stay_as_they_are() -> None:
    hits, reader = tuple(_hits("Un.", "Deux.", "Il est las.")), PhraseReader("las")
    assert read(reader, "pourquoi ?", hits, _LARGE, hurry=lambda: True) == hits
    assert reader.windows == []


def test_an_answer_has_all_readings_or_none() -> None:
    hits, reader = tuple(_hits("Un.", "Deux.", "Il est las.")), PhraseReader("las")
    assert read(reader, "pourquoi ?", hits, _LARGE, hurry=lambda: len(reader.windows) == 2) == hits
    assert len(reader.windows) == 2
    assert compose("Quoi ?", hits)[0] == "Un. [1]\nDeux. [2]\nIl est las. [3]"


# --- quotes


def test_the_sentence_that_answers_is_quoted_with_its_words_marked() -> None:
    hits = read(PhraseReader("il est las"), "pourquoi ?", [_hit()], _LARGE)
    answer, [citation] = compose("Quoi ?", hits)
    assert answer == "Le maire part. Il part car il est las. [1]"
    assert citation.answer_span
    assert citation.article.text[slice(*citation.answer_span)] == "il est las"


def test_a_further_passage_is_quoted_only_if_it_answers() -> None:
    hits = read(PhraseReader("las"), "pourquoi ?", _hits("Il est las.", "Il part.", "Las, il part."), _LARGE)
    assert compose("Quoi ?", hits)[0] == "Il est las. [1]"
    hits = read(PhraseReader("las", "malade"), "pourquoi ?", _hits("Il est las.", "Il part.", "Il est malade."), _LARGE)
    assert compose("Quoi ?", hits)[0] == "Il est las. [1]\nIl est malade. [2]"


def test_an_answer_that_lists_or_compares_has_more_quotes() -> None:
    texts = [f"Le groupe {number} part." for number in range(6)]
    phrases = [f"groupe {number}" for number in range(6)]
    hits = read(PhraseReader(*phrases), "qui ?", _hits(*texts), Budget(6, 1000))
    assert len(compose("Qui ?", hits, "who")[1]) == 3
    assert len(compose("Qui ?", hits, "list")[1]) == len(compose("Qui ?", hits, "comparison")[1]) == 5


def test_the_newest_or_oldest_of_the_passages_that_answer_comes_first_for_the_latest_or_earliest_state() -> None:
    old, silent, new = _hits("Trois blessés.", "Le maire parle.", "Neuf blessés.")
    dated = [
        replace(hit, article=replace(hit.article, published=date(2026, month, 1)))
        for hit, month in ((old, 1), (silent, 3), (new, 2))
    ]
    hits = read(PhraseReader("Trois blessés", "Neuf blessés"), "bilan ?", dated, _LARGE)
    assert compose("Bilan ?", hits, "latest")[0] == "Neuf blessés. [1]\nTrois blessés. [2]"
    assert compose("Bilan ?", hits[::-1], "earliest")[0] == "Trois blessés. [1]\nNeuf blessés. [2]"
    assert compose("Bilan ?", hits)[0] == "Trois blessés. [1]\nNeuf blessés. [2]"


def test_other_versions_of_the_sentence_that_answers_are_quoted_too() -> None:
    texts = ["Le feu a fait trois morts.", "Le feu a fait neuf morts.", "Le feu a fait six morts."]
    versions = [
        replace(hit, story=story, article=replace(hit.article, published=date(2026, 1, day)))
        for hit, story, day in zip(_hits(*texts), (1, 1, None), (1, 3, 2), strict=True)
    ]
    hits = read(PhraseReader("trois morts"), "bilan ?", versions, _LARGE)
    assert [each.text for each in compose("Bilan ?", hits)[1]] == [texts[1], texts[0]]


def test_prices_of_other_things_are_not_quoted_for_a_question_without_names() -> None:
    texts = ["Le canal a coûté 40 millions.", "La halle a coûté 7 millions.", "Le canal a coûté 55 millions, dit-on."]
    hits = read(PhraseReader("40 millions", "7 millions", "55 millions"), "combien ?", _hits(*texts), _LARGE)
    hits = tuple(replace(hit, article=replace(hit.article, title="")) for hit in hits)
    question = "Combien a coûté le canal ?"
    assert [each.text for each in compose(question, hits, "how many")[1]] == [texts[0], texts[2]]
    assert len(compose(question, hits, "other")[1]) == 3
    named = [replace(hit, mentioned=("Brémont",)) for hit in hits]
    assert len(compose(question, named, "how many")[1]) == 3


def test_an_article_whose_best_sentence_is_another_is_no_source_of_the_sentence_that_both_have() -> None:
    shared = "Le feu a pris vers 3 heures."
    one = _hit(["Trois morts.", shared], [0.91, 0.9], name="one")
    other = _hit(["Neuf morts.", shared], [0.91, 0.9], name="other")
    hits = read(PhraseReader("Trois morts", "Neuf morts", shared), "bilan ?", [one, other], _LARGE)
    _, citations = compose("Bilan ?", hits)
    assert [each.text for each in citations] == [f"Trois morts. {shared}", "Neuf morts."]
    assert not any(each.other_sources for each in citations)


def test_without_a_reader_no_words_are_marked() -> None:
    assert [citation.answer_span for citation in compose("Quoi ?", [_hit()])[1]] == [None]


def test_answers_are_whole_words_without_the_spaces_around_them() -> None:
    text = "Elle part parce que le contrat change. 她因为合同离开。"
    sentence = (0, len(text))
    start = text.index(" contrat")
    assert text[slice(*_whole_words(text, (start, start + 5), sentence))] == "contrat"
    assert (
        text[slice(*_whole_words(text, (text.index("rce"), text.index("ontrat")), sentence))] == "parce que le contrat"
    )
    chinese = text.index("合同")
    assert text[slice(*_whole_words(text, (chinese, chinese + 2), sentence))] == "合同"
    assert _whole_words(text, (0, 2), (0, 3)) == (0, 3)


def test_the_same_answer_in_several_articles_is_one_quote_that_names_the_other_sources() -> None:
    texts = ["Grace Hallam dirige la banque.", "À la tête de la banque : Hallam.", "Elle est dirigée par Mina Kral."]
    hits = read(PhraseReader("Grace Hallam", "Hallam", "Mina Kral"), "qui ?", _hits(*texts), _LARGE)
    first, second = compose("Qui dirige la banque ?", hits, "who")[1]
    assert (first.text, second.text) == (texts[0], texts[2])
    assert [article.id for article in first.other_sources] == [hits[1].article.id]
    assert second.other_sources == ()


def test_an_article_is_not_another_source_of_its_own_quote() -> None:
    twice = [replace(hit, article=replace(hit.article, id="a")) for hit in _hits("Hallam dirige.", "Hallam part.")]
    hits = read(PhraseReader("Hallam"), "qui ?", twice, _LARGE)
    assert [citation.other_sources for citation in compose("Qui ?", hits, "who")[1]] == [()]


def test_other_values_for_the_same_thing_are_quotes_of_their_own() -> None:
    hits = read(
        PhraseReader("11 morts", "27 morts"), "bilan ?", _hits("Bilan : 11 morts.", "Bilan : 27 morts."), _LARGE
    )
    assert [citation.other_sources for citation in compose("Combien ?", hits, "how many")[1]] == [(), ()]


def test_a_sentence_that_repeats_the_question_is_not_quoted_unless_it_says_yes_or_no() -> None:
    hit = _hit(["Le départ de Kalinowski.", "Un conflit avec la direction."], [0.9, 0.1])
    assert compose("Pourquoi ce départ de Kalinowski ?", [hit], "why")[0] == "Un conflit avec la direction. [1]"
    assert compose("Kalinowski, un départ ?", [hit], "yes/no")[0] == "Le départ de Kalinowski. [1]"


def test_the_passage_with_the_best_sentence_is_quoted_first() -> None:
    similar, answering = _hit(["Le maire part.", "Il parle."], [0.6, 0.6]), _hit(["Il est las."], [0.6], name="b")
    hits = read(PhraseReader("las", "maire part", "parle"), "pourquoi ?", [similar, answering], _LARGE)
    assert _names(hits) == ["a", "b"]
    quoted = [citation.article.id for citation in compose("Pourquoi ?", hits, "why")[1]]
    assert quoted[0] == "a"
    assert hits[0].reading
    unsure = replace(hits[0], reading=replace(hits[0].reading, sentences=np.array([-3.0, -4.0], dtype=np.float32)))
    assert compose("Pourquoi ?", [unsure, hits[1]], "why")[1][0].article.id == "b"


def test_the_same_sentence_elsewhere_names_a_source_and_takes_no_place() -> None:
    texts = ["Le pont ferme.", "Le pont ferme.", "Le pont ferme.", "Le quai ferme.", "Il rouvre en mai."]
    hits = read(PhraseReader("ferme", "mai"), "quand ?", _hits(*texts), Budget(5, 1000))
    answer, citations = compose("Quand ?", hits, "latest")
    assert answer == "Le pont ferme. [1]\nLe quai ferme. [2]\nIl rouvre en mai. [3]"
    assert [len(citation.other_sources) for citation in citations] == [2, 0, 0]


# --- languages


def _in_english(hit: Hit) -> Hit:
    return replace(hit, passage=replace(hit.passage, language="en"))


def test_of_quotes_nearly_as_good_the_one_in_a_language_that_comes_first_is_first() -> None:
    french, english = _hits("Il part, épuisé.", "He leaves, too tired.")
    hits = read(PhraseReader("épuisé", "too tired"), "pourquoi ?", [french, _in_english(english)], _LARGE)
    assert [citation.language for citation in compose("Quoi ?", hits)[1]] == ["fr", "en"]
    assert [citation.language for citation in compose("Quoi ?", hits, languages_first=["en"])[1]] == ["en", "fr"]
    hits = read(PhraseReader("épuisé"), "pourquoi ?", [french, _in_english(english)], _LARGE)
    assert [citation.language for citation in compose("Quoi ?", hits, languages_first=["en"])[1]] == ["fr"]


def test_a_further_passage_mentions_a_name_of_the_question_if_the_first_does() -> None:
    texts = ["Keller part, épuisée.", "Le pont ferme en mai.", "Keller dort, fatiguée."]
    hits = read(PhraseReader("épuisée", "en mai", "fatiguée"), "pourquoi ?", _hits(*texts), _LARGE)
    lacking = [replace(hit, mentioned=() if "pont" in hit.text else ("Anna Keller",)) for hit in hits]
    assert texts[1] not in [citation.text for citation in compose("Pourquoi Anna Keller part-elle ?", lacking)[1]]
    silent = [replace(hit, mentioned=()) for hit in hits]
    assert len(compose("Pourquoi Anna Keller part-elle ?", silent)[1]) == 3
