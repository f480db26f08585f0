"""What one version of a text changed against the version before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from index.types import Span

_MAX_COMPARED = 100_000  # code points
_MAX_STEPS = 300_000  # of the comparison, about 0.1 s; texts made for it take hours
_MAX_CHANGES = 100
_WORD = re.compile(r"\w+(?:[.,]\d+)*|[^\w\s]")


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return what one version of a text has in place of what the version before has, in order; "" for nothing.

    At most `_MAX_CHANGES`; none of texts that are long or take long to compare.
    """
    if max(len(before), len(after)) > _MAX_COMPARED:
        return []
    one, other = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    try:
        operations = _Matcher([word[0] for word in one], [word[0] for word in other]).get_opcodes()
    except _TooLong:
        return []
    found = [
        (_between(before, one[start:end]), _between(after, other[first:last]))
        for operation, start, end, first, last in operations
        if operation != "equal"
    ]
    return found[:_MAX_CHANGES]


def _between(text: str, words: Sequence[re.Match[str]]) -> str:
    return " ".join(text[words[0].start() : words[-1].end()].split()) if words else ""


@dataclass(slots=True)
class Steps:
    """The steps that the comparisons of one answer may still take together: as many as five made to take long."""

    left: int = 5 * _MAX_STEPS


def changed_spans(before: str, text: str, steps: Steps | None = None) -> "tuple[Span, ...]":
    """Return the spans of a text whose words are not at their place in the text before; none as in `changes`.

    What it takes is subtracted from `steps`; there are none either if these do not suffice.
    """
    steps = steps or Steps()
    if max(len(before), len(text)) > _MAX_COMPARED or steps.left <= 0:
        return ()
    words = list(_WORD.finditer(text))
    matcher = _Matcher(_WORD.findall(before), [word[0] for word in words], min(_MAX_STEPS, steps.left), autojunk=False)
    steps.left -= matcher.left
    try:
        operations = matcher.get_opcodes()
    except _TooLong:
        return ()
    finally:
        steps.left += max(0, matcher.left)
    return tuple(
        (words[start].start(), words[end - 1].end())
        for operation, _, _, start, end in operations
        if operation in ("replace", "insert")
    )


class _TooLong(Exception):
    """The comparison would take too many steps."""


class _Matcher(SequenceMatcher[str]):
    """Compares words, in at most `max_steps`: a search for the longest match takes one for each pair of equal words.

    A search in a part of the text takes fewer, but each match leads to two more.
    """

    def __init__(
        self, before: Sequence[str], after: Sequence[str], max_steps: int = _MAX_STEPS, *, autojunk: bool = True
    ) -> None:
        super().__init__(None, before, after, autojunk)
        counts = (1 + len(self.b2j.get(word, ())) for word in before)  # type: ignore[attr-defined]
        self._steps = [0, *accumulate(counts)]  # of the words before each place
        self.left = max_steps

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        """Return the longest match.

        Raises:
            _TooLong: this and the searches before it take too many steps.
        """
        self.left -= self._steps[-1 if ahi is None else ahi] - self._steps[alo]
        if self.left < 0:
            raise _TooLong
        return super().find_longest_match(alo, ahi, blo, bhi)
