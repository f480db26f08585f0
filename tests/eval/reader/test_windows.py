import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.reader.items import answered
from eval.reader.sets import Example
from eval.reader.windows import Cutter, heading, run_around, window, without
from index.types import Span
from tests.eval.reader.fakes import EXAMPLES, JAPANESE, POOL, corpus, cutter

_CUTTER: Cutter = cutter()
_ANSWERABLE = [example for example in EXAMPLES if example.answers]
_TEXTS = st.lists(st.sampled_from(["Pool closes.", "Étrange 🏊 nage !", "水。", "Ana said no.", "\n"]), min_size=1).map(
    " ".join
)


@given(text=_TEXTS, seed=st.integers(0, 99), title=st.sampled_from(["", "Titre 🏛", "市"]), data=st.data())
def test_the_spans_of_a_window_are_those_of_its_passage(text: str, seed: int, title: str, data: st.DataObject) -> None:
    passages = _CUTTER.passages(text, "en")
    if not passages:
        return
    passage = data.draw(st.sampled_from(passages))
    words = [match.span() for match in re.compile(r"\S+").finditer(text, passage.start, passage.end)]
    first, last = sorted((data.draw(st.sampled_from(words)), data.draw(st.sampled_from(words))))
    answers = [(first[0], last[1])]
    run = run_around(passage, answers, "en", random.Random(seed))
    made = window(text, run, title, answers)
    assert [made.text[slice(*span)] for span in made.answers] == [text[slice(*span)] for span in answers]
    assert [made.text[slice(*span)] for span in made.sentences] == [text[slice(*span)] for span in run]
    assert made.text[: made.body] == (f"{title}\n" if title else "")


@pytest.mark.parametrize("example", _ANSWERABLE, ids=lambda example: example.question)
@pytest.mark.parametrize("seed", range(8))
def test_a_window_that_answers_has_the_answer_below_the_title(example: Example, seed: int) -> None:
    item = answered(example, corpus(), random.Random(seed))
    assert item is not None
    assert item.answerable
    for start, end in item.window.answers:
        assert item.window.text[start:end] in example.texts
        assert start >= item.window.body


def test_a_window_is_one_sentence_up_to_the_whole_passage() -> None:
    text = " ".join(f"Number {number} of the sentences has more than sixty characters in it." for number in range(3))
    (passage,) = _CUTTER.passages(text, "en")
    lengths = {len(run_around(passage, [(0, 6)], "en", random.Random(seed))) for seed in range(60)}
    assert lengths == {1, 2, 3}


def test_without_drops_sentences() -> None:
    (passage,) = _CUTTER.passages(POOL, "en")
    made = without(POOL, passage.sentences, "City", [1])
    assert made is not None
    assert made.text == "City\nThe municipal pool closes in June. Swimmers protested at once."
    assert [made.text[slice(*span)] for span in made.sentences] == [
        "The municipal pool closes in June.",
        "Swimmers protested at once.",
    ]
    assert without(POOL, passage.sentences[:1], "City", [0]) is None


@pytest.mark.parametrize(
    ("title", "answers", "expected"),
    [
        ("City", ((0, 4),), "City"),
        ("", (), "The municipal pool closes in June."),
        ("", ((29, 33),), ""),
    ],
)
def test_a_missing_title_is_the_first_sentence_unless_that_answers(
    title: str, answers: tuple[Span, ...], expected: str
) -> None:
    assert heading(title, POOL, "en", answers) == expected


def test_a_long_first_sentence_is_no_title() -> None:
    assert heading("", "word " * 40 + ".", "en", ()) == ""
    assert heading("", "\n", "en", ()) == ""
    assert heading("", JAPANESE, "ja", ()) == "市営プールは六月に閉鎖される。"
