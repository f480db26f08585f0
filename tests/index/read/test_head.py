"""Fields in the first lines of a text."""

import pytest

from index.read.head import split_date


@pytest.mark.parametrize(("first", "day"), [("mercredi 4 mars 2026", True), ("March 4, 2026", True), ("6-4-10", False)])
def test_a_line_that_is_nothing_but_a_date_may_begin_with_a_word_and_is_no_score(first: str, day: bool) -> None:
    found, rest = split_date(f"{first}\n\nLe maire parle.")
    assert (found, rest.strip()) == ((first, "Le maire parle.") if day else (None, f"{first}\n\nLe maire parle."))
