"""Remove the links to other articles from a web page: lists, lines and boxes of them, with their labels."""

from typing import Any

from index.clutter import is_clutter

HEADINGS = ("h2", "h3", "h4", "h5", "h6")
MAX_BOX = 300  # code points of a box, line or caption that is no text of an article
_MIN_LINKED = 0.85  # of the text of what is only links
_MIN_LINKED_BOX = 0.5  # of the text of a box without paragraphs
_MAX_LABEL = 60  # code points of the label of a list
_MAX_TEASERS = 600  # code points of a box of headings that are links
_MIN_LINKED_TEASERS = 0.4  # of the text of such a box


def remove(tree: Any) -> None:
    """Remove lists, lines and boxes of links to other articles, with the label above a list."""
    for element in list(tree.iter("section", "div", "article", "figure")):
        if element.getparent() is not None and _is_teaser(element):
            element.drop_tree()
    for element in list(tree.iter("ul", "ol", "p", "div")):
        if element.getparent() is None or element.find(".//a") is None:
            continue
        text = " ".join(element.text_content().split())
        linked = sum(len(" ".join(link.text_content().split())) for link in element.iter("a"))
        if element.tag in ("ul", "ol"):
            if linked >= _MIN_LINKED * len(text):
                drop_label(element.getprevious())
                element.drop_tree()
        elif len(text) <= MAX_BOX and not text.endswith((".", "!", "»", "”")):
            is_box = element.tag == "div" and next(element.iterdescendants("p", "h1", "h2", "li"), None) is None
            label = " ".join(_text_above_link(element).split())
            if is_clutter(label) or linked >= (_MIN_LINKED_BOX if is_box else _MIN_LINKED) * len(text):
                element.drop_tree()


def _is_teaser(element: Any) -> bool:
    """Return whether a short box has a heading that is a link to another article, and little text without one."""
    headings = list(element.iter(*HEADINGS))
    if not headings or not is_short(element, _MAX_TEASERS) or element.find(".//h1") is not None:
        return False
    linked = sum(len(link.text_content()) for link in element.iter("a"))
    # The first heading may be the label of the box.
    if linked < _MIN_LINKED_TEASERS * len(element.text_content()) or not all(map(_links_elsewhere, headings[1:])):
        return False
    return _links_elsewhere(headings[0]) or len(headings) > 1 or is_clutter(headings[0].text_content().strip())


def _links_elsewhere(heading: Any) -> bool:
    """Return whether a heading is a link to another page."""
    links = (*heading.iter("a"), *heading.iterancestors("a"))
    return any(not (link.get("href") or "#").startswith("#") for link in links)


def _text_above_link(element: Any) -> str:
    parts = [element.text or ""]
    for each in element.iterdescendants():
        if each.tag == "a":
            break
        parts += (each.text or "", each.tail or "") if len(each) == 0 else (each.text or "",)
    return "".join(parts)


def drop_label(element: Any, limit: int = _MAX_LABEL) -> None:
    """Drop the short line or heading above a list or box; None is no element."""
    if element is not None and element.tag in ("p", "div", *HEADINGS) and 0 < len(element.text_content()) <= limit:
        element.drop_tree()


def is_short(element: Any, limit: int) -> bool:
    """Return whether an element has no more text than `limit` code points."""
    length = 0
    for text in element.itertext():
        length += len(text)
        if length > limit:
            return False
    return True
