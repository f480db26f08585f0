"""The text of the article of a web page, without what is around it; the only module that imports trafilatura."""

import re
from copy import deepcopy
from typing import Any

import trafilatura
from lxml import etree

from index.clutter import is_clutter
from index.read import html

_MAX_ARTICLES = 200  # elements; trafilatura takes quadratic time in their number
_MAX_SHARE = 0.3  # of the text of a page that a part with a name of _AROUND has
# Words in the class or id of what is not the text of an article.
_AROUND = frozenset(
    "ad ads advert advertisement author authors breadcrumb breadcrumbs byline caption captions consent cookie cookies "
    "copyright credit credits dateline figcaption gdpr legende metadata newsletter newsletters outbrain paywall promo "
    "recirc recommendations related share sharing signature sociallinks subscribe taboola toolbar "
    "wp-caption-text".split()
)
_COMMENTS = frozenset("comments commentaires commentlist comentarios kommentare disqus disqus_thread respond".split())
_AROUND_TAGS = frozenset(("figcaption", "nav", "aside", "form", "button", "dialog", "footer"))
_KEPT_TAGS = frozenset(("html", "body", "main", "article", "blockquote", "h1"))
_BLOCKS = {"p": "p", "quote": "blockquote", "code": "pre", "table": "table", "row": "tr", "item": "li", "cell": "td"}
_LINES = ("p", "head", "item", "quote", "hi")


def readable(tree: Any) -> html.Readable:
    """Return the text of the article in a page, with its tables as lines; the text is '' if there is none."""
    tree = deepcopy(tree)
    if sum(1 for _ in tree.iter("article")) > _MAX_ARTICLES:
        for element in tree.iter("article"):
            element.tag = "div"
    remove_surroundings(tree)
    _tables_as_lines(tree)
    found = trafilatura.bare_extraction(tree, include_comments=False)
    if not isinstance(found, trafilatura.settings.Document) or found.body is None:
        return html.Readable("", None)
    _remove_clutter(found.body)
    return html.from_html("".join(_markup(found.body)))


def part(element: Any) -> html.Readable:
    """Return all the text of a part of a page, such as an entry of a live blog, without what is around it."""
    element = deepcopy(element)
    for time in list(element.iter("time")):
        parent = time.getparent()
        if parent is not None and not any(text and text.strip() for text in (parent.text, *(c.tail for c in parent))):
            _drop(time, parent)
    remove_surroundings(element)
    _remove_clutter(element)
    return html.from_html(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def remove_surroundings(tree: Any) -> None:
    """Remove captions, comments, by-lines, calls to share or to subscribe, and notices about cookies."""
    whole = len(tree.text_content()) or 1
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None or element.tag in _KEPT_TAGS:
            continue
        around = names(element)
        if around & _COMMENTS:
            limit = 1.0
        elif element.tag in _AROUND_TAGS or around & _AROUND or element.get("role") in ("dialog", "navigation"):
            limit = _MAX_SHARE
        else:
            continue
        if len(element.text_content()) <= limit * whole and not _has_article(element):
            element.drop_tree()


def names(element: Any) -> set[str]:
    """Return the words of the class and id of an element."""
    written = f"{element.get('class') or ''} {element.get('id') or ''}"
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written).lower())
    return {*words, *written.lower().split()}


def _has_article(element: Any) -> bool:
    return any(
        isinstance(child.tag, str) and child.tag in ("h1", "article", "main", "blockquote") for child in element.iter()
    )


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
