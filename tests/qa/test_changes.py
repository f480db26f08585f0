"""What one version of a text changed."""

import time

import pytest

from qa.changes import changed_spans, changes


def test_changes_are_pairs_of_words_in_order() -> None:
    before = "Bilan provisoire\nTrois morts à Lyon, selon le maire. Le feu dure."
    after = "Bilan\nOnze morts à Lyon, selon le préfet Paul Roy. Le feu dure."
    assert changes(before, after) == [("provisoire Trois", "Onze"), ("maire", "préfet Paul Roy")]
    assert changes(before, before) == []


def test_spans_of_changes_are_exact() -> None:
    text = "🎉 Onze morts à 6,5 km."
    assert [text[start:end] for start, end in changed_spans("🎉 Trois morts à 6 km.", text)] == ["Onze", "6,5"]


def test_long_texts_are_not_compared_and_lists_end() -> None:
    assert changes("a " * 60_000, "b") == []
    assert len(changes(" ".join("a b" for _ in range(150)), " ".join("a c" for _ in range(150)))) <= 100


@pytest.mark.parametrize("words", [16, 105])
def test_texts_made_to_take_long_are_not_compared(words: int) -> None:
    before = " ".join(f"w{number % words}" for number in range(20_000))
    after = " ".join(f"w{-number % words}" for number in range(20_000))
    began = time.process_time()
    changes(before, after)
    changed_spans(before, after[:900])
    changed_spans(before * 10, after[:900])
    assert time.process_time() - began < 2


def test_a_sentence_that_moved_in_a_long_article_is_found() -> None:
    text = " ".join(
        f"Le quai {number} de la ville, que {number * 7} bateaux longent, est fermé." for number in range(150)
    )
    after = text.replace("Le quai 70 de la ville", "Le pont 70 de la ville")
    assert changes(text, after) == [("quai", "pont")]
    passage = after[after.index("Le pont 70") :][:900]
    assert [passage[start:end] for start, end in changed_spans(text, passage)] == ["pont"]
