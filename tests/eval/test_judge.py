"""Passages, articles and citations are compared with the expected answers; all rankings here were judged by hand."""

from dataclasses import replace

import pytest

from eval.judge import cited_expected, contains_answer, is_match, normalize, rank_articles, rank_passages
from eval.types import Citation, Expected
from tests.eval.fakes import passage, question

# A quote of ten code points, from 100 to 110 of the article.
_QUOTE = Expected("pool", "ten points", (100, 110))
_SECOND = Expected("pool", "later on", (200, 208))


# --- which passages hold a quote


@pytest.mark.parametrize(
    ("span", "held"),
    [
        ((100, 110), True),
        ((0, 500), True),
        ((0, 105), True),  # half of it
        ((0, 104), False),
        ((105, 300), True),
        ((106, 300), False),
        ((102, 107), True),  # a passage within it
        ((102, 106), False),
        ((110, 300), False),
        ((0, 100), False),
    ],
)
def test_a_passage_holds_a_quote_if_half_of_it_is_there(span: tuple[int, int], held: bool) -> None:
    assert is_match(passage("p", span=span), _QUOTE) == held


def test_a_passage_of_another_article_does_not_hold_the_quote() -> None:
    assert not is_match(passage("p", "other", (0, 500), text="ten points"), _QUOTE)


def test_a_passage_holds_the_quote_of_an_article_that_it_was_copied_to() -> None:
    copy = passage("p", "first", (0, 40), text="He scored “ten\u00a0points” in\nTen   Points.", also_in=("pool",))
    assert is_match(copy, _QUOTE)
    assert not is_match(replace(copy, also_in=()), _QUOTE)
    assert not is_match(replace(copy, text="He scored nine points."), _QUOTE)


def test_a_copy_may_differ_in_typography() -> None:
    expected = Expected("pool", "« L’Été »\u202f!", (0, 10))
    assert is_match(
        passage("p", "first", text='IL DIT "L\'ÉTÉ" ! BIEN', also_in=("pool",)), Expected("pool", "“L’été” !")
    )
    assert not is_match(passage("p", "first", text="l'ete", also_in=("pool",)), expected)


def test_where_no_quote_is_expected_every_passage_of_the_article_holds() -> None:
    expected = Expected("pool")
    assert is_match(passage("p", "pool", (900, 950)), expected)
    assert is_match(passage("p", "first", also_in=("x", "pool")), expected)
    assert not is_match(passage("p", "first"), expected)


# --- rankings of passages


def test_the_first_passage_with_a_quote_finds_it() -> None:
    found = [passage("a", span=(0, 50)), passage("b", span=(50, 150)), passage("c", span=(150, 250))]
    ranking = rank_passages(question("q", _QUOTE), found)
    assert (ranking.ids, ranking.relevant) == (("a", "b", "c"), {"b": 1})


def test_a_second_passage_with_the_same_quote_finds_nothing_and_takes_a_rank() -> None:
    found = [passage("a", span=(0, 120)), passage("b", span=(90, 200)), passage("c", span=(190, 300))]
    ranking = rank_passages(question("q", _QUOTE, _SECOND), found)
    assert (ranking.ids, ranking.relevant) == (("a", "b", "c"), {"a": 1, "c": 1})


def test_a_quote_that_is_cut_in_two_is_found_once() -> None:
    found = [passage("left", span=(0, 105)), passage("right", span=(105, 200))]
    for order in (found, found[::-1]):
        ranking = rank_passages(question("q", _QUOTE), order)
        assert ranking.relevant == {order[0].id: 1}


def test_a_quote_that_is_cut_unevenly_belongs_to_the_larger_part() -> None:
    found = [passage("less", span=(0, 103)), passage("more", span=(103, 200))]
    assert rank_passages(question("q", _QUOTE), found).relevant == {"more": 1}


def test_two_quotes_in_one_passage_ask_for_one_passage() -> None:
    ranking = rank_passages(question("q", _QUOTE, _SECOND), [passage("a", span=(0, 300))])
    assert ranking.relevant == {"a": 1}


def test_one_passage_with_two_quotes_has_the_better_grade() -> None:
    expected = (replace(_QUOTE, grade=1), replace(_SECOND, grade=3))
    assert rank_passages(question("q", *expected), [passage("a", span=(0, 300))]).relevant == {"a": 3}


def test_places_that_were_not_found_stay_relevant() -> None:
    ranking = rank_passages(question("q", _QUOTE, replace(_SECOND, grade=2)), [passage("a", span=(0, 150))])
    assert ranking.relevant == {"a": 1, "pool:200-208": 2}
    assert rank_passages(question("q", _QUOTE), []).relevant == {"pool:100-110": 1}


def test_a_place_that_is_named_twice_counts_once() -> None:
    assert rank_passages(question("q", _QUOTE, _QUOTE), []).relevant == {"pool:100-110": 1}


def test_a_copy_finds_the_quotes_of_both_articles() -> None:
    other = Expected("copy", "ten points", (7, 17))
    found = [passage("a", "pool", (0, 150), text="a b ten points c", also_in=("copy",))]
    assert rank_passages(question("q", _QUOTE, other), found).relevant == {"a": 1}


def test_a_passage_that_comes_again_takes_no_rank() -> None:
    found = [passage("a", span=(0, 9)), passage("a", span=(0, 9)), passage("b", span=(90, 120)), passage("a")]
    ranking = rank_passages(question("q", _QUOTE), found)
    assert (ranking.ids, ranking.relevant) == (("a", "b"), {"b": 1})


def test_nothing_is_relevant_to_an_unanswerable_question() -> None:
    ranking = rank_passages(question("q"), [passage("a")])
    assert (ranking.ids, ranking.relevant) == (("a",), {})
    assert rank_articles(question("q"), [passage("a")]).relevant == {}


# --- rankings of articles


def test_an_article_counts_once_at_its_first_passage() -> None:
    found = [passage("a", "x"), passage("b", "pool"), passage("c", "x"), passage("d", "pool"), passage("e", "y")]
    ranking = rank_articles(question("q", _QUOTE), found)
    assert (ranking.ids, ranking.relevant) == (("x", "pool", "y"), {"pool": 1})


def test_any_passage_of_an_expected_article_finds_the_article() -> None:
    ranking = rank_articles(question("q", _QUOTE, _SECOND), [passage("a", "pool", (900, 950))])
    assert ranking.relevant == {"pool": 1}


def test_an_article_is_found_with_a_copy_of_its_passage() -> None:
    found = [passage("a", "first", also_in=("z", "pool")), passage("b", "pool")]
    ranking = rank_articles(question("q", _QUOTE), found)
    assert (ranking.ids, ranking.relevant) == (("first", "pool"), {"first": 1})


def test_one_passage_in_two_expected_articles_finds_both() -> None:
    expected = (Expected("pool", grade=1), Expected("copy", grade=2), Expected("missed"))
    ranking = rank_articles(question("q", *expected), [passage("a", "pool", also_in=("copy",))])
    assert ranking.relevant == {"pool": 2, "missed": 1}


def test_an_article_expected_for_two_quotes_has_the_better_grade() -> None:
    expected = (replace(_QUOTE, grade=3), replace(_SECOND, grade=1))
    assert rank_articles(question("q", *expected), [passage("a")]).relevant == {"pool": 3}


def test_a_copy_named_in_a_later_passage_of_an_article_is_found() -> None:
    found = [passage("a", "first", (0, 50)), passage("b", "first", (50, 90), text="ten points", also_in=("pool",))]
    assert rank_passages(question("q", _QUOTE), found).relevant == {"b": 1}
    ranking = rank_articles(question("q", _QUOTE), found)
    assert set(ranking.relevant) <= set(ranking.ids)


# --- citations


def _cited(start: int, end: int, article: str = "pool", text: str = "") -> Citation:
    return Citation(article, start, end, text)


@pytest.mark.parametrize(
    ("span", "supported"),
    [
        ((100, 110), True),
        ((0, 500), True),  # more than the quote
        ((103, 106), True),  # a part of it
        ((96, 104), True),  # half of the citation, the shorter
        ((95, 104), False),
        ((105, 130), True),  # half of the quote, the shorter
        ((106, 130), False),
        ((110, 120), False),
        ((104, 104), False),  # nothing
    ],
)
def test_a_citation_quotes_a_place_if_half_of_the_shorter_is_shared(span: tuple[int, int], supported: bool) -> None:
    assert cited_expected(_cited(*span), [_QUOTE]) == [_QUOTE] * supported


def test_a_citation_may_quote_several_places() -> None:
    assert cited_expected(_cited(90, 220), [_QUOTE, _SECOND]) == [_QUOTE, _SECOND]
    assert cited_expected(_cited(90, 120), [_QUOTE, _SECOND]) == [_QUOTE]
    assert cited_expected(_cited(90, 120), []) == []


def test_the_same_words_in_a_copy_are_as_good() -> None:
    assert cited_expected(_cited(0, 12, "copy", "TEN\u202fpoints, he"), [_QUOTE]) == [_QUOTE]
    assert cited_expected(_cited(100, 110, "copy", "nine points"), [_QUOTE]) == []


def test_where_no_quote_is_expected_a_citation_of_the_article_is_right() -> None:
    assert cited_expected(_cited(0, 5), [Expected("pool"), Expected("other")]) == [Expected("pool")]


# --- words


def test_case_spaces_and_quotes_are_folded() -> None:
    assert normalize(" «\u00a0L’ÉTÉ\u202f»\n “été” ‘x’ ") == '" l\'été " "été" \'x\''
    assert normalize("北京 🏊\tمرحبا") == "北京 🏊 مرحبا"
    assert normalize("STRASSE") == normalize("straße")
    assert normalize("") == ""


def test_an_answer_contains_one_of_the_strings_that_would_do() -> None:
    found = "La piscine ferme en JUIN.\n« L’été »"
    assert contains_answer(found, ["mai", "juin"])
    assert contains_answer(found, ["l'ÉTÉ"])
    assert not contains_answer(found, ["juillet"])
    assert not contains_answer(found, [])
    assert not contains_answer("", ["juin"])


@pytest.mark.parametrize(("number", "other"), [("3", "en 2023"), ("800", "1800 €"), ("32%", "132%")])
def test_a_number_is_not_contained_in_another(number: str, other: str) -> None:
    assert not contains_answer(other, [number])
    assert contains_answer(f"il y en a {number}, dit-on", [number])


def test_words_in_scripts_without_spaces_are_contained() -> None:
    assert contains_answer("市政游泳池六月关闭。", ["六月"])
