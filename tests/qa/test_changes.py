"""What one version of a text changed."""

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
