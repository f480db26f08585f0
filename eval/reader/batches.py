"""Encode items as tokens and put items of similar length into one batch."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from eval.reader.items import Item
from index.model.bundled import PASSAGE_PROMPT, QUESTION_PROMPT
from index.types import Span

MAX_TOKENS = 384
_MAX_QUESTION_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Encoded:
    """An item as tokens: `<s> query: Q </s> passage: WINDOW </s>`."""

    item: Item
    ids: NDArray[np.int64]  # shape (tokens,)
    passage: int  # index of the first token after the first </s>, where the token type changes from 0 to 1
    body: int  # index of the first token of the window's sentences
    offsets: NDArray[np.int32]  # spans in the window of the tokens from `body` to the last but one, shape (n, 2)
    gold: tuple[Span, ...]  # first and last token of each answer


@dataclass(frozen=True, slots=True)
class Batch:
    """Items padded to one length; the first axis is the item, the second the token."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]  # 0 up to the first </s>, 1 from there
    mask: NDArray[np.bool_]  # whether a token is no padding
    allowed: NDArray[np.bool_]  # the tokens where an answer may start and end: the sentences and, for none, <s>
    starts: NDArray[np.bool_]  # where an answer starts; at <s> if there is none
    ends: NDArray[np.bool_]
    answerable: NDArray[np.float32]  # shape (items,)


class Encoder:
    """Encodes items with a tokenizer that has the special tokens of XLM-R."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Use `tokenizer`, which must neither pad nor truncate."""
        self._tokenizer = tokenizer
        self._first, self._separator = (tokenizer.token_to_id(token) for token in ("<s>", "</s>"))

    def token_spans(self, text: str) -> list[Span]:
        """Return the spans of the tokens of `text`."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def encode(self, item: Item) -> Encoded | None:
        """Return the tokens of an item; None if no answer is within the maximum length."""
        question = self._tokenizer.encode(QUESTION_PROMPT + item.question, add_special_tokens=False)
        question_ids = question.ids[:_MAX_QUESTION_TOKENS]
        room = MAX_TOKENS - len(question_ids) - 3
        encoding = self._tokenizer.encode(PASSAGE_PROMPT + item.window.text, add_special_tokens=False)
        ids = [self._first, *question_ids, self._separator, *encoding.ids[:room], self._separator]
        passage = len(question_ids) + 2
        shift = len(PASSAGE_PROMPT)
        spans = [(start - shift, end - shift) for start, end in encoding.offsets[:room]]
        # A token of the title, or of the prompt, ends before the sentences start.
        before = sum(end <= item.window.body or end <= 0 for _, end in spans)
        body = spans[before:]
        gold = []
        for start, end in item.window.answers:
            inside = [index for index, (first, last) in enumerate(body) if first < end and start < last]
            if inside and body[inside[-1]][1] >= end:
                gold.append((passage + before + inside[0], passage + before + inside[-1]))
        if (item.answerable and not gold) or not body:
            return None
        offsets = np.array(body, dtype=np.int32).reshape(-1, 2).clip(min=0)
        return Encoded(
            item, np.array(ids, dtype=np.int64), passage, passage + before, offsets, tuple(dict.fromkeys(gold))
        )


def cut(encoded: Sequence[Encoded], tokens: int, rng: random.Random) -> list[list[Encoded]]:
    """Return batches of at most `tokens` tokens with padding, each of items of similar length, in random order."""
    batches: list[list[Encoded]] = [[]]
    for each in sorted(encoded, key=lambda each: len(each.ids)):
        if batches[-1] and (len(batches[-1]) + 1) * len(each.ids) > tokens:
            batches.append([])
        batches[-1].append(each)
    rng.shuffle(batches)
    return batches


def collate(encoded: Sequence[Encoded]) -> Batch:
    """Pad items to one length."""
    shape = len(encoded), max(len(each.ids) for each in encoded)
    batch = Batch(
        ids=np.zeros(shape, dtype=np.int64),
        types=np.zeros(shape, dtype=np.int64),
        mask=np.zeros(shape, dtype=np.bool_),
        allowed=np.zeros(shape, dtype=np.bool_),
        starts=np.zeros(shape, dtype=np.bool_),
        ends=np.zeros(shape, dtype=np.bool_),
        answerable=np.array([each.item.answerable for each in encoded], dtype=np.float32),
    )
    for row, each in enumerate(encoded):
        length = len(each.ids)
        batch.ids[row, :length] = each.ids
        batch.types[row, each.passage : length] = 1
        batch.mask[row, :length] = True
        batch.allowed[row, 0] = True
        batch.allowed[row, each.body : length - 1] = True
        for first, last in each.gold or ((0, 0),):
            # Where people marked whole sentences, the answer is somewhere in them.
            anywhere = slice(first, last + 1)
            batch.starts[row, anywhere if each.item.whole_sentences else first] = True
            batch.ends[row, anywhere if each.item.whole_sentences else last] = True
    return batch
