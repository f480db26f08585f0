"""Splitting of articles into passages."""

import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.read.article import RawArticle
from index.read.files import read
from index.split import MAX_LENGTH, MAX_STRETCHED_LENGTH, MIN_LENGTH, split
from index.types import Passage
from tests.fakes import SHARED, HashEmbedder, identifier

_FAKE = HashEmbedder()


def passages(text: str, language: str = "fr", limit: int = 500) -> list[Passage]:
    """Split `text` with the fake's tokens: words and other characters."""
    return split(text, language, identifier(), _FAKE.token_spans, limit)


def texts(text: str, language: str = "fr", limit: int = 500) -> list[str]:
    """Return the texts of the passages."""
    return [text[passage.start : passage.end] for passage in passages(text, language, limit)]


# --- passages

_SHORT_SENTENCE = "Le conseil a voté le budget de la ville après un débat sur les crèches et les écoles du centre."
_ENGLISH = "The council voted the budget of the town after a debate about the nurseries and the schools of the means."


def test_an_empty_text_has_no_passages() -> None:
    assert passages("") == []


def test_a_short_text_is_one_passage_of_its_sentences() -> None:
    text = "Le port rouvre. La grue tourne.\n\nLa maire sourit."
    (passage,) = passages(text)
    assert (passage.start, passage.end, passage.language) == (0, len(text), "fr")
    assert [text[start:end] for start, end in passage.sentences] == [
        "Le port rouvre.",
        "La grue tourne.",
        "La maire sourit.",
    ]


def test_passages_of_a_long_text_have_the_length_wanted() -> None:
    text = "\n\n".join(" ".join([_SHORT_SENTENCE] * 4) for _ in range(12))
    lengths = [len(passage) for passage in texts(text)]
    assert len(lengths) > 5
    assert all(MIN_LENGTH <= length <= MAX_STRETCHED_LENGTH for length in lengths)


def test_a_passage_prefers_to_end_where_a_paragraph_ends() -> None:
    paragraph = " ".join([_SHORT_SENTENCE] * 7)
    assert texts("\n\n".join([paragraph] * 3)) == [paragraph] * 3


def test_a_passage_may_stretch_to_the_end_of_its_paragraph() -> None:
    paragraph = " ".join([_SHORT_SENTENCE] * 9) + " Voilà donc ce que la ville a décidé hier."
    assert MAX_LENGTH < len(paragraph) <= MAX_STRETCHED_LENGTH
    assert texts(f"{paragraph}\n\n{paragraph}") == [paragraph] * 2


def test_a_heading_stays_with_what_follows() -> None:
    paragraph = " ".join([_SHORT_SENTENCE] * 8)
    assert texts(f"{paragraph}\n\nLa suite des travaux\n\n{paragraph}") == [
        paragraph,
        f"La suite des travaux\n\n{paragraph}",
    ]


@pytest.mark.parametrize(("last", "follows"), [(280, True), (262, False)])
def test_a_heading_ends_a_passage_only_where_a_much_too_short_one_would_come_of_it(last: int, follows: bool) -> None:
    # The paragraph below it fills a passage: with the heading, its last sentence must be a passage of its own.
    before, heading = " ".join([_SHORT_SENTENCE] * 8), "La suite des travaux"
    first, second = _sentence(MAX_STRETCHED_LENGTH - 10 - last), _sentence(last)
    whole, parted = [f"{before}\n\n{heading}", f"{first} {second}"], [before, f"{heading}\n\n{first}", second]
    assert texts(f"{before}\n\n{heading}\n\n{first} {second}") == (parted if follows else whole)


def _sentence(length: int) -> str:
    """Return a sentence of `length` code points."""
    words = "Le conseil a voté le budget de la ville après un débat sur les crèches et les écoles " * 9
    return f"{words[: length - 3].strip():x<{length - 1}}."


def test_lines_in_another_language_are_a_passage_of_their_own() -> None:
    text = f"{_SHORT_SENTENCE}\n\n{_ENGLISH}\n\n{_SHORT_SENTENCE}"
    assert texts(text) == [_SHORT_SENTENCE, _ENGLISH, _SHORT_SENTENCE]
    assert [passage.language for passage in passages(text)] == ["fr", "en", "fr"]


def test_a_short_line_beside_a_foreign_one_goes_with_it() -> None:
    text = f"{_SHORT_SENTENCE}\n\nThis is my last day here.\n\n{_ENGLISH}\n\n{_SHORT_SENTENCE}"
    assert texts(text) == [_SHORT_SENTENCE, f"This is my last day here.\n\n{_ENGLISH}", _SHORT_SENTENCE]


def test_a_short_foreign_line_alone_does_not_break_a_passage() -> None:
    text = f"{_SHORT_SENTENCE}\n\nThe Way It Was\n\n{_SHORT_SENTENCE}"
    assert texts(text) == [text]


def test_an_article_of_one_endless_sentence_is_cut_at_its_clauses() -> None:
    text = ", ".join(["le conseil a voté"] * 100)
    cuts = texts(text, limit=50)
    assert len(cuts) == 10  # ten clauses of five tokens each
    assert all(piece.endswith(",") for piece in cuts[:-1])


def test_a_sentence_without_clauses_is_cut_between_words() -> None:
    text = " ".join(f"mot{number}" for number in range(120))
    assert [piece.split() for piece in texts(text, limit=50)] == [
        [f"mot{number}" for number in range(start, min(start + 50, 120))] for start in (0, 50, 100)
    ]


def test_a_sentence_without_spaces_is_cut_between_tokens() -> None:
    text = "🎉" * 120
    assert [len(piece) for piece in texts(text, limit=50)] == [50, 50, 20]


def test_a_clause_that_is_too_early_is_not_where_a_sentence_is_cut() -> None:
    text = "Hier, " + " ".join(["mot"] * 80)
    assert len(texts(text, limit=50)[0].split()) == 49  # and a comma


def test_a_long_sentence_within_the_limit_is_a_passage_however_long() -> None:
    text = "Un " + "mot " * 300 + "."
    assert texts(text) == [text]


def test_a_limit_of_one_token_is_kept() -> None:
    assert texts("Le port rouvre.", limit=1) == ["Le", "port", "rouvre", "."]


_PIECES = st.sampled_from(
    [
        _SHORT_SENTENCE,
        _ENGLISH,
        "Le port rouvre.",
        "Qui paie ?",
        "« Non ! »",
        "La suite",
        "港口星期一重新开放。市长很高兴！",
        "يعاد فتح الجسر يوم الاثنين بعد أشهر من الأشغال.",
        "🎉🎉",
        "x" * 60,
        "a, b; c: d",
        "…",
    ]
)
_ARTICLES = st.lists(st.tuples(_PIECES, st.sampled_from([" ", "\n", "\n\n", "\n\n\n", " \n "])), max_size=40).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
_ANYTHING = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
_LIMITS = st.sampled_from([1, 2, 7, 30, 200, 500])


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_passages_cover_all_but_white_space_once_and_in_order(text: str, limit: int) -> None:
    found = passages(text, limit=limit)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert "".join("".join(text[each.start : each.end].split()) for each in found) == "".join(text.split())


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_sentences_cover_their_passage(text: str, limit: int) -> None:
    for passage in passages(text, limit=limit):
        spans = passage.sentences
        assert (spans[0][0], spans[-1][1]) == (passage.start, passage.end)
        assert all(start < end for start, end in spans)
        gaps = [text[first[1] : second[0]] for first, second in pairwise(spans)]
        assert not "".join(gaps).strip()


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_a_passage_fits_the_model(text: str, limit: int) -> None:
    assert all(len(_FAKE.token_spans(passage)) <= limit for passage in texts(text, limit=limit))


@given(_ARTICLES, _LIMITS)
def test_a_passage_is_short_unless_it_is_one_sentence(text: str, limit: int) -> None:
    for passage in passages(text, limit=limit):
        assert passage.end - passage.start <= MAX_STRETCHED_LENGTH or len(passage.sentences) == 1


@given(st.one_of(_ARTICLES, _ANYTHING), _LIMITS)
def test_splitting_twice_gives_the_same(text: str, limit: int) -> None:
    assert passages(text, limit=limit) == passages(text, limit=limit)


# --- the real articles

SEEDS = sorted((SHARED / "seeds").glob("*.txt"))


@pytest.mark.skipif(not SEEDS, reason="the real articles are not next to this repository")
@pytest.mark.parametrize("file", SEEDS, ids=lambda file: file.name[:3])
def test_a_real_article_is_cut_into_whole_sentences(file: Path) -> None:
    (item,) = read(file, file.name)
    assert isinstance(item, RawArticle)
    for start, end in (span for passage in passages(item.text) for span in passage.sentences):
        assert item.text[start - 1 : start] in ("", " ", "\n")
        assert re.search(r"[.!?…»”\";:]$", item.text[start:end]) or item.text[end : end + 1] in ("", "\n")


@pytest.mark.parametrize("text", ["!" * 20_000 + "x", "M. " * 10_000, "B. " * 10_000, "a" * 40_000, "Un. " * 20_000])
def test_hostile_text_is_split_in_no_time(text: str) -> None:
    began = time.process_time()
    passages(text)
    assert time.process_time() - began < 5  # it took minutes where time grew with the square
