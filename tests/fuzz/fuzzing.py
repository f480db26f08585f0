"""Runs a parser on many generated inputs, and the pieces that these consist of."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

_Input = TypeVar("_Input")

_SECONDS = float(os.environ.get("NEWSQA_FUZZ_SECONDS", "0"))  # for each parser
_MAX_SECONDS = 2.0  # of processor time for one input

_WORDS = (
    "who when where why how many qui quand où pourquoi combien quién cuándo wer wann chi quando quem que since depuis "
    "before avant between entre and et or ou last month la semaine dernière gestern today in en 2026 31 30 février "
    "February 0000 9999 days ago il y a ans not never is est % € £ million 1e999 ١٢ ３ ² ½ deux-mille Kalinowski ONU "
    "d'ONU l’Élysée May march first second"
).split()
_SIGNS = (
    *(
        "?",
        "!",
        ".",
        "…",
        ",",
        ";",
        ":",
        "-",
        "–",
        "’",
        '"',
        "«",
        "»",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "<",
        ">",
        "&",
        "/",
    ),
    *("\n", "\r\n", "\t", "\0", "\x1b[31m", "\ufeff", "\u2028", "\u202e", "\u200b", "\u0301", "\ud800", "\U000e0041"),
    *("ß", "ẞ", "İ", "ı", "ﬃ", "ﷺ", "각", "港口", "الجسر", "ไทย", "👩‍👩‍👧", "𝟛", "＝", "①"),
)

TEXT = st.lists(st.sampled_from(_WORDS + list(_SIGNS)) | st.text(max_size=6), max_size=25).map(" ".join) | st.lists(
    st.sampled_from(list(_SIGNS) + _WORDS), max_size=25
).map("".join)
"""A text of words that parsers know, signs and characters that are often handled wrongly."""
LONG = st.builds(lambda unit, times: (unit * times)[:2000], TEXT, st.integers(1, 500)) | TEXT
"""The same, also one of its pieces again and again."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
"""A value of JSON, also with NaN and infinity."""


def fuzz(inputs: st.SearchStrategy[_Input], work: Callable[[_Input], object], *, small: int = 25) -> None:
    """Do some work with `small` inputs, or with new ones for `NEWSQA_FUZZ_SECONDS`.

    Each has to end within the limit of processor time, without an error.
    """
    end = time.monotonic() + _SECONDS
    number = 0
    while number == 0 or time.monotonic() < end:

        @seed(number)
        @settings(
            max_examples=200 if _SECONDS else small,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(inputs)
        def check(content: _Input) -> None:
            began = time.process_time()
            work(content)
            spent = time.process_time() - began
            assert spent < _MAX_SECONDS, f"{spent:.1f} s for {str(content)[:200]!r}"

        check()
        number += 1


def altered(valid: bytes, pieces: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Return a valid file with up to three of its parts replaced, removed, doubled or cut off."""
    change = st.tuples(st.integers(0, len(valid)), st.integers(0, 60), pieces, st.integers(1, 3))

    def apply(changes: list[tuple[int, int, bytes, int]]) -> bytes:
        content = valid
        for start, removed, inserted, times in changes:
            kept = b"" if removed == 60 else content[start + removed :]
            content = content[:start] + inserted * times + kept
        return content

    return st.lists(change, min_size=1, max_size=3).map(apply)
