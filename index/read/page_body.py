"""The text of the article of a web page, without what is around it; the only module that imports trafilatura."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import trafilatura
from lxml import etree

from index.clutter import is_clutter
from index.read import html, page_around, page_blocks, page_lines, page_visible
from index.read.page_lines import Line

if TYPE_CHECKING:
    from index.read.page import Page

_MAX_ARTICLES = 200  # elements; trafilatura takes quadratic time in their number
_MIN_LENGTH = 80  # code points; trafilatura takes all the text of a page for an article of fewer
_MIN_LEAD = 40  # code points of a paragraph between title and text
_MIN_PARAGRAPH = 80  # code points; shorter lines above the first one are checked for by-lines and dates
_MIN_REPEATED = 30  # code points of a line that is looked for in the others
_MAX_LINES = 1000  # that are looked for; it takes quadratic time
_QUOTES = ' «»“”"„…'
_MIN_CAPTIONS, _MAX_CAPTIONS = 3, 1000  # of a gallery
_BLOCKS = {"p": "p", "quote": "blockquote", "code": "pre", "table": "table", "row": "tr", "item": "li", "cell": "td"}
_LINES = ("p", "head", "item", "quote", "hi")


def readable(tree: Any, lines: Sequence[Line], page: "Page") -> html.Readable:
    """Return the text of the article in a page, with its tables as lines; the text is '' if there is none.

    `lines` are those of the page, `page` has its fields. The captions of a gallery, which say more than the rest, stay.
    """
    found = _extract(tree, lines, page, keep_captions=False)
    captions = page_around.captions(tree)
    if _MIN_CAPTIONS <= len(captions) <= _MAX_CAPTIONS and sum(map(len, captions)) > len(found.text):
        return _extract(tree, lines, page, keep_captions=True)
    return found


def _extract(tree: Any, lines: Sequence[Line], page: "Page", *, keep_captions: bool) -> html.Readable:
    tree = deepcopy(tree)
    if sum(1 for _ in tree.iter("article")) > _MAX_ARTICLES:
        for element in tree.iter("article"):
            element.tag = "div"
    page_blocks.open_controls(tree)
    page_around.remove(tree, keep_captions=keep_captions)
    page_blocks.plain_headings(tree)
    _tables_as_lines(tree)
    page_blocks.paragraphs_as_such(tree)
    page_blocks.mark_article(tree)
    kept = {line.text for line in page_lines.lines(tree)}
    found = trafilatura.bare_extraction(tree, include_comments=False, config=_config())
    if not isinstance(found, trafilatura.settings.Document) or found.body is None:
        return html.Readable("", None)
    _remove_clutter(found.body)
    body = html.from_html("".join(_markup(found.body)))
    text = _with_lead(body.text, lines, kept, page)
    return replace(body, text=_without_repetition(_without_clutter(text, page)))


@cache
def _config() -> ConfigParser:
    config = deepcopy(trafilatura.settings.DEFAULT_CONFIG)
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = str(_MIN_LENGTH)
    return config


def _with_lead(text: str, lines: Sequence[Line], kept: Set[str], page: "Page") -> str:
    """Return the text of an article with the paragraphs between the title and its first line that are in `kept`."""
    titles = {page.title, *(line.text for line in lines if line.is_title)}
    body = [line for line in text.split("\n") if line not in titles]
    begin = next(filter(None, body), "")
    above = next((number for number, line in enumerate(lines) if line.text in titles), None)
    start = next((number for number, line in enumerate(lines) if begin and line.text.startswith(begin)), None)
    leads = []
    if above is not None and start is not None:
        leads = [line.text for line in lines[above + 1 : start] if line.text in kept and _is_lead(line, page)]
    heading = next((line for line in text.split("\n") if line in titles), "")
    if page.title and heading.endswith(page.title):
        heading = page.title  # without the words above it
    return "\n\n".join((heading, *leads, "\n".join(line for line in body if line not in leads)))


def _is_lead(line: Line, page: "Page") -> bool:
    is_text = page_lines.length(line.text) >= _MIN_LEAD and 2 * line.linked < len(line.text) and not line.is_elsewhere
    return is_text and not is_clutter(line.text) and not _repeats_fields(line.text, page)


def _without_clutter(text: str, page: "Page") -> str:
    """Return a text without lines that are no evidence, and above and below it without those that repeat fields."""
    title, *kept = [line for line in text.split("\n") if not is_clutter(line)]
    paragraphs = [number for number, line in enumerate(kept) if page_lines.length(line) >= _MIN_PARAGRAPH]
    first, last = (paragraphs[0], paragraphs[-1]) if paragraphs else (len(kept), len(kept))
    second = paragraphs[1] if len(paragraphs) > 1 else first
    # Below the lead, a single field may be a heading.
    lines = [
        line
        for number, line in enumerate(kept)
        if second <= number <= last or not _repeats_fields(line, page, 2 if first <= number <= last else 1)
    ]
    return "\n".join((title, *lines))


def _without_repetition(text: str) -> str:
    """Return a text without lines that it has before, or within another line, such as quotes of it in large letters."""
    lines = text.split("\n")
    equal = Counter(lines)
    kept: list[str] = []
    seen: set[str] = set()
    for number, line in enumerate(lines):
        words = line.strip(_QUOTES)
        is_checked = len(words) >= _MIN_REPEATED and len(lines) <= _MAX_LINES and number > 0
        if not (is_checked and (line in seen or text.count(words) > equal[line])):
            kept.append(line)
        seen.add(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")


def _repeats_fields(line: str, page: "Page", count: int = 1) -> bool:
    known = (page.title, page.author, page.source, *(page.author or "").split(", "))
    return page_visible.repeats(line, known, page.language, count)


def part(element: Any) -> html.Readable:
    """Return all the text of a part of a page, such as an entry of a live blog, without what is around it."""
    element = deepcopy(element)
    for time in list(element.iter("time")):
        parent = time.getparent()
        if parent is not None and not any(text and text.strip() for text in (parent.text, *(c.tail for c in parent))):
            _drop(time, parent)
    page_around.remove(element)
    _remove_clutter(element)
    return html.from_html(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def _tables_as_lines(tree: Any) -> None:
    """Replace tables with headers by lines, as in other formats; trafilatura does not keep spans of cells."""
    for table in list(tree.iter("table")):
        if table.getparent() is None or table.find(".//table") is not None or table.find(".//th") is None:
            continue
        lines = html.from_html(etree.tostring(table, encoding="unicode", method="html", with_tail=False)).text
        table.clear(keep_tail=True)
        table.tag = "div"
        for block in lines.split("\n\n"):
            first, *others = block.split("\n")
            paragraph = etree.SubElement(table, "p")
            paragraph.text = first
            for line in others:
                etree.SubElement(paragraph, "br").tail = line


def _remove_clutter(body: Any) -> None:
    """Remove lines that are calls, links to other articles, by-lines or credits."""
    for element in list(body.iter(*_LINES, "div", "h2", "h3", "h4", "li", "strong")):
        parent = element.getparent()
        if parent is not None and is_clutter(" ".join("".join(element.itertext()).split())):
            _drop(element, parent)


def _drop(element: Any, parent: Any) -> None:
    """Remove an element, and keep the text after it."""
    tail = element.tail or ""
    previous = element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _markup(element: Any) -> list[str]:
    """Return an element of trafilatura's document as HTML."""
    kind = element.get("rend") or ""
    tag = _BLOCKS.get(element.tag, "")
    if element.tag == "head":
        tag = kind if re.fullmatch("h[1-6]", kind) else "h2"
    elif element.tag == "list":
        tag = "ol" if kind == "ol" else "ul"
    elif element.tag == "cell" and element.get("role") == "head":
        tag = "th"
    parts = [f"<{tag}>"] if tag else ["<br>"] if element.tag == "lb" else []
    parts.append(_escaped(element.text))
    for child in element:
        parts += _markup(child)
        parts.append(_escaped(child.tail))
    return [*parts, f"</{tag}>"] if tag else parts


def _escaped(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
