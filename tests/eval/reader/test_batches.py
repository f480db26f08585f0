import random
from dataclasses import replace

import numpy as np
import pytest

from eval.reader.batches import Encoded, collate, cut
from eval.reader.items import Item, answered
from eval.reader.mixture import Mixture
from eval.reader.windows import Window
from qa import reader
from tests.eval.reader.fakes import EXAMPLES, corpus, encoder

_ENCODER = encoder()


def _encoded(count: int = 40) -> list[Encoded]:
    mixture = Mixture(corpus(), {"piaf_dev": 1.0}, 1)
    return [each for index in range(count) if (each := _ENCODER.encode(mixture.item(index)))]


def test_gold_tokens_cover_the_answers() -> None:
    for each in _encoded():
        text = each.item.window.text
        answers = [text[start:end] for start, end in each.item.window.answers]
        marked = [
            text[each.offsets[first - each.body][0] : each.offsets[last - each.body][1]] for first, last in each.gold
        ]
        assert len(marked) == len(answers)
        # A word is the smallest token of this tokenizer.
        assert all(answer in whole for answer, whole in zip(answers, marked, strict=True))


def test_the_title_is_before_the_body() -> None:
    for each in _encoded():
        assert each.offsets[0][0] == each.item.window.body
        assert len(each.ids) == each.body + len(each.offsets) + 1
        assert each.passage < each.body


def test_an_item_whose_answer_is_cut_off_is_left_out() -> None:
    text = "word " * reader.MAX_TOKENS + "answer"
    window = Window(text, 0, ((0, len(text)),), ((len(text) - 6, len(text)),))
    item = Item("When?", window, "answer", "piaf_dev", "en")
    assert _ENCODER.encode(item) is None
    assert _ENCODER.encode(replace(item, window=replace(window, answers=()))) is not None


def test_batches_are_complete_and_within_the_limit() -> None:
    encoded = _encoded()
    batches = cut(encoded, 128, random.Random(1))
    assert sorted(map(id, encoded)) == sorted(id(each) for batch in batches for each in batch)
    assert all(len(batch) == 1 or len(batch) * max(len(each.ids) for each in batch) <= 128 for batch in batches)
    assert cut([], 128, random.Random(1)) == [[]]


@pytest.mark.parametrize("whole", [False, True])
def test_collated_items_are_padded_and_marked(whole: bool) -> None:
    item = answered(replace(EXAMPLES[1], whole_sentences=whole), corpus(), random.Random(3))
    assert item is not None
    encoded = _ENCODER.encode(item)
    assert encoded is not None
    other = _ENCODER.encode(replace(item, window=replace(item.window, answers=())))
    assert other is not None
    batch = collate([encoded, other])
    ((first, last),) = encoded.gold
    marked = np.flatnonzero(batch.starts[0]).tolist()
    assert marked == (list(range(first, last + 1)) if whole else [first])
    assert np.flatnonzero(batch.ends[1]).tolist() == [0]
    assert batch.answerable.tolist() == [1, 0]
    assert np.flatnonzero(batch.types[0]).tolist()[0] == encoded.passage
    assert not batch.allowed[0, 1 : encoded.body].any()
    assert not (batch.starts & ~batch.allowed).any()
