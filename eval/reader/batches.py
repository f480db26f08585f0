"""Encode items as tokens and put items of similar length into one batch."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from eval.reader.items import Item
from index.types import Span
from qa import reader


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
        self._encoder = reader.Encoder(tokenizer)
        self.token_spans = self._encoder.token_spans

    def encode(self, item: Item) -> Encoded | None:
        """Return the tokens of an item; None if no answer is within the maximum length."""
        window = item.window
        tokens = self._encoder.encode(item.question, window.text, window.body)
        gold = []
        for start, end in window.answers:
            inside = np.flatnonzero((tokens.offsets[:, 0] < end) & (tokens.offsets[:, 1] > start))
            if len(inside) and tokens.offsets[inside[-1], 1] >= end:
                gold.append((tokens.body + int(inside[0]), tokens.body + int(inside[-1])))
        if (item.answerable and not gold) or not len(tokens.offsets):
            return None
        return Encoded(item, tokens.ids, tokens.passage, tokens.body, tokens.offsets, tuple(dict.fromkeys(gold)))


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
