"""The lines of a web page, as its readers see them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from index.read import html

_BREAKS = html.BLOCKS | frozenset("br li tr td th dt dd option body".split())
_HIDDEN = html.SKIPPED | frozenset(("button", "title"))
ELSEWHERE = frozenset(("aside", "nav", "footer", "li", "table", "blockquote"))
_MIN_PARAGRAPH = 100  # code points of the first line that is taken for a paragraph
# Scripts without spaces say as much in fewer characters.
_DENSE = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, with what it is part of."""

    text: str
    linked: int  # code points of it in links
    is_title: bool  # in an <h1>
    is_elsewhere: bool  # in a list, table, quote, menu or the like, which may be of other articles


def lines(tree: Any) -> list[Line]:
    """Return the lines of a page that have text, in order."""
    return [line for line in _lines(tree) if line.text]


def _lines(tree: Any) -> Iterator[Line]:
    from lxml import etree  # here, since emails need this module, too, and newsqa can be installed without lxml

    parts: list[str] = []
    linked = links = titles = elsewhere = hidden = 0

    def add(text: str | None) -> None:
        nonlocal linked
        if text and not hidden:
            parts.append(text)
            linked += len(text.strip()) if links else 0

    def line() -> Line:
        nonlocal linked
        found = Line(html.clean("".join(parts)), linked, titles > 0, elsewhere > 0)
        parts.clear()
        linked = 0
        return found

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _BREAKS:
            yield line()
        step = 1 if event == "start" else -1
        hidden += step * (tag in _HIDDEN)
        links += step * (tag == "a")
        titles += step * (tag == "h1")
        elsewhere += step * (tag in ELSEWHERE)
        add(element.text if event == "start" else element.tail)
    yield line()


def head(found: Iterable[Line]) -> list[Line]:
    """Return the lines up to the first paragraph: the name of the site, the title, the by-line and the like."""
    above = []
    for line in found:
        if not (line.is_title or line.is_elsewhere) and is_paragraph(line):
            break
        above.append(line)
    return above


def is_paragraph(line: Line) -> bool:
    """Return whether a line is long enough for a paragraph of an article, and is no link."""
    return length(line.text) >= _MIN_PARAGRAPH and 2 * line.linked < len(line.text)


def length(text: str) -> int:
    """Return the length of a text, in code points of a script with spaces."""
    return len(text) + 2 * len(_DENSE.findall(text))
