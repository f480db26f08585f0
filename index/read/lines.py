"""Join the lines of plain text that were wrapped at a width, and the words that were hyphenated at line ends."""

import re
from collections.abc import Sequence

from index.read.compounds import is_compound

_ENDS = tuple('.!?…:;»”"。！？؟')
_ITEM = re.compile(r"[-–—•·*►→>|]|\(?(?:\d{1,3}|[a-zA-Z])[.)]\s")  # of a list
_COLUMNS = re.compile(r"\t|\S\s{2,}\S|\|")
_MIN_WIDTH, _MAX_WIDTH = 20, 130  # code points of wrapped lines
_MIN_WORDS = 4  # on average in a wrapped line of a script with spaces
_MIN_WORDS_BEFORE = 3  # in a line that goes on in lower case; shorter ones may be items of a list
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef。，、；]")

# Each word is looked at once, and a chain of words in parts: a word of 80 kB took a minute.
_HYPHENATED = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,}+(?:[-‑][^\W\d_]++){0,9}+)[-\u2010]\n[^\S\n]*([^\W\d_]{2,})")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010]\n[^\S\n]*(?=\w)")  # at a line end
_WORD = re.compile(r"[^\W\d_]+(?:[-‑][^\W\d_]+)*")


def join_words(text: str) -> str:
    """Return a text without the hyphens that divide words at line ends.

    The hyphen of a compound stays: if the text has the compound elsewhere and not the word without it, if its parts
    are those of a common one such as peut-être, or if a capital, a digit or a single letter follows.
    """
    if not _HYPHEN.search(text):
        return text
    words = {word.casefold() for word in _WORD.findall(text)}

    def join(match: re.Match[str]) -> str:
        first, second = match.groups()
        return first + ("-" if _is_compound(first, second, words) else "") + second

    return _HYPHEN.sub("-", _HYPHENATED.sub(join, text))


def _is_compound(first: str, second: str, words: set[str]) -> bool:
    if second[0].isupper():
        return not first.isupper()
    before, after = first.casefold(), second.casefold()
    if before + after in words:
        return False
    return f"{before}-{after}" in words or is_compound(before, after)


def without_quote_marks(text: str) -> str:
    """Return a text without the `>` before each line of a paragraph that an email quotes."""
    return _QUOTED.sub(lambda block: _QUOTE_MARK.sub("", block[0]), text) if "\n>" in text else text


_QUOTED = re.compile(r"^(?<!\S\n)>[^\n]*(?:\n>[^\n]*)+(?=\n?$|\n\s*\n)", re.MULTILINE)
_QUOTE_MARK = re.compile(r"^>+ ?", re.MULTILINE)


def unwrap(blocks: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the paragraphs of each block of lines; blocks are separated by empty lines.

    A line goes on with the next one if that begins in lower case and the line does not end a sentence, or if it ends
    with a word such as "the", at any width.
    In a text of wrapped lines, that is where the next word would not have fitted, it goes on with any next one.
    """
    width = _width(blocks)
    return [_paragraphs(block, width) for block in blocks]


def _width(blocks: Sequence[Sequence[str]]) -> int | None:
    """Return the width at which the lines of a text are wrapped, or None if they are not."""
    pairs = [(block[number], block[number + 1]) for block in blocks for number in range(len(block) - 1)]
    pairs = [(line, following) for line, following in pairs if _is_prose(line) and _is_prose(following)]
    width = max((len(line) for block in blocks for line in block), default=0)
    if len(pairs) < 2 or not _MIN_WIDTH <= width <= _MAX_WIDTH:
        return None
    spaced = [line for line, _ in pairs if " " in line]
    if spaced and sum(len(line.split()) for line in spaced) / len(spaced) < _MIN_WORDS:
        return None
    full = sum(_is_full(line, following, width) for line, following in pairs)
    unfinished = [(line, following) for line, following in pairs if not line.endswith(_ENDS)]
    lower = sum(following[0].islower() or not following[0].isupper() for _, following in unfinished)
    wrapped = full >= 0.8 * len(pairs) and 2 * len(unfinished) >= len(pairs) and 3 * lower >= len(unfinished)
    return width if wrapped else None


def _is_prose(line: str) -> bool:
    return bool(line) and not _ITEM.match(line) and not _COLUMNS.search(line)


def _is_full(line: str, following: str, width: int) -> bool:
    """Return whether the first word of the following line would not have fitted on a line."""
    if _CJK.match(line[-1]) and _CJK.match(following):
        return len(line) >= width - 1
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width


def _paragraphs(block: Sequence[str], width: int | None) -> list[str]:
    paragraphs: list[str] = []
    previous = ""
    for line in block:
        if paragraphs and _goes_on(previous, line, width):
            joint = "" if _CJK.match(previous[-1]) and _CJK.match(line) else " "
            paragraphs[-1] += joint + line.strip()
        else:
            paragraphs.append(line.strip())
        previous = line.strip()
    return paragraphs


# Words that end no line unless it was wrapped.
_UNFINISHED = re.compile(
    r"\s(?:à|au|aux|ce|ces|cette|d['’]un|dans|de|des|du|en|et|la|le|les|leur|leurs|ou|par|pour|que|qui|sa|ses|son|sur|un"
    r"|une|a|an|and|at|by|for|from|his|her|into|of|or|that|the|their|to|which|with|das|dem|den|der|die|ein|eine|einem"
    r"|einen|einer|mit|oder|seit|und|von|zum|zur|al|con|del|el|las|los|para|por|una|che|da|della|di|il|lo|dos|uma)$"
)


def _goes_on(line: str, following: str, width: int | None) -> bool:
    following = following.strip()
    if not (_is_prose(line) and _is_prose(following)):
        return False
    if following[0].islower() and not line.endswith(_ENDS) and len(line.split()) >= _MIN_WORDS_BEFORE:
        return True
    if _UNFINISHED.search(line) and len(line.split()) >= _MIN_WORDS_BEFORE:
        return True
    return width is not None and _is_full(line, following, width)
