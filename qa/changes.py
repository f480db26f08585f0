"""What one version of a text changed against the version before."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from index.types import Span

_MAX_COMPARED = 100_000  # code points
_MAX_CHANGES = 100
_WORD = re.compile(r"\w+(?:[.,]\d+)*|[^\w\s]")


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """Return what one version of a text has in place of what the version before has, in order; "" for nothing.

    At most `_MAX_CHANGES` of texts of at most `_MAX_COMPARED` code points; of longer ones none.
    """
    if max(len(before), len(after)) > _MAX_COMPARED:
        return []
    one, other = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    matcher = SequenceMatcher(None, [word[0] for word in one], [word[0] for word in other])
    found = [
        (_between(before, one[start:end]), _between(after, other[first:last]))
        for operation, start, end, first, last in matcher.get_opcodes()
        if operation != "equal"
    ]
    return found[:_MAX_CHANGES]


def _between(text: str, words: Sequence[re.Match[str]]) -> str:
    return " ".join(text[words[0].start() : words[-1].end()].split()) if words else ""


def changed_spans(before: str, text: str) -> "tuple[Span, ...]":
    """Return the spans of a text whose words are not at their place in the text before."""
    words = list(_WORD.finditer(text))
    matcher = SequenceMatcher(None, _WORD.findall(before), [word[0] for word in words], autojunk=False)
    return tuple(
        (words[start].start(), words[end - 1].end())
        for operation, _, _, start, end in matcher.get_opcodes()
        if operation in ("replace", "insert")
    )
