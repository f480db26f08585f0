"""Remove what is around the article of a web page: captions, comments, by-lines, calls and links to other articles."""

import re
from typing import Any

from index.clutter import is_clutter

_MAX_SHARE = 0.3  # of the text of a page that a part with a name of _AROUND has
_MAX_CALL = 300  # code points of a box that calls for something
_MAX_BUTTON = 160  # of a box with buttons
_MAX_BARE = 25  # of a form that does not say what it is for, but the line above it
_MIN_LINKED = 0.85  # of the text of what is only links
_MIN_LINKED_BOX = 0.5  # of the text of a box without paragraphs
_MAX_LABEL = 60  # code points of the label of a list
# Words in the class or id of what is not the text of an article.
_CAPTIONS = frozenset("caption captions figcaption legend legende wp-caption-text".split())
_AROUND = frozenset(
    "abo ad ads advert advertisement auteur auteurs author authors autor breadcrumb breadcrumbs byline comment consent "
    "cookie cookies copyright credit credits dateline dfp gdpr meta metadata newsletter newsletters outbrain paywall "
    "promo pullquote recirc recommendations related share sharing signature sociallinks subscribe taboola "
    "toolbar".split()
)
_COMMENTS = frozenset("comments commentaires commentlist comentarios kommentare disqus disqus_thread respond".split())
_COMMENT = _COMMENTS | {"comment"}
_AROUND_TAGS = frozenset(("nav", "aside", "form", "button", "dialog", "footer"))
_KEPT_TAGS = frozenset(("html", "body", "main", "article", "blockquote", "h1"))
_WHOLES = ("h1", "article", "main", "blockquote")
_PICTURES = ("img", "picture", "amp-img", "svg")
_BUTTONS = frozenset("btn button cta".split())
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
# Headings of the discussion below an article.
_DISCUSSION = re.compile(
    r"(?:\d+ |vos |les |add (?:a|your) |leave a |view |show )?(?:commentaires?|comments?|kommentare?|comentarios?"
    r"|commenti|réactions|comentários)(?: \(\d+\)| \d+)?|(?:réagir|commenter|réagissez)(?: à cet article)?"
    r"|(?:have your say|join the (?:discussion|conversation)|diskutieren sie mit|deje su (?:opinión|comentario)"
    r"|コメント|التعليقات)",
    re.IGNORECASE,
)


def remove(tree: Any, *, keep_captions: bool = False) -> None:
    """Remove the surroundings of an article from a page."""
    whole = len(tree.text_content()) or 1
    _remove_calls(tree)
    _remove_discussion(tree, whole)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        words = names(element)
        if _is_caption(element, words):
            if keep_captions:
                for each in element.iterancestors("figure", "li", "ul"):
                    each.tag = "div"
                    each.attrib.clear()
                element.tag = "p"
                element.attrib.clear()
                continue
            limit = _MAX_SHARE
        elif element.tag in _KEPT_TAGS and not (element.tag == "article" and words & _COMMENT):
            continue
        elif words & _COMMENTS:
            limit = 1.0
        elif element.tag in _AROUND_TAGS or words & _AROUND or element.get("role") in ("dialog", "navigation"):
            limit = _MAX_SHARE
        else:
            continue
        if len(element.text_content()) <= limit * whole and not _has_article(element):
            element.drop_tree()
    _remove_links(tree)


def captions(tree: Any) -> list[str]:
    """Return the captions of a page."""
    found = [each for each in tree.iter() if isinstance(each.tag, str) and _is_caption(each, names(each))]
    return [each.text_content().strip() for each in found]


def _is_caption(element: Any, words: set[str]) -> bool:
    if element.tag == "figcaption" or (words & _CAPTIONS and element.tag not in _KEPT_TAGS - {"blockquote"}):
        return True
    # A picture with a line of text, and nothing else.
    picture, parent = element.getprevious(), element.getparent()
    return (
        element.tag in ("div", "span", "p", "small")
        and picture is not None
        and picture.tag in _PICTURES
        and parent.tag in ("div", "figure")
        and len(parent) == 2
        and _is_short(element, _MAX_CALL)
    )


def _remove_calls(tree: Any) -> None:
    """Remove the boxes in which readers give an address or press a button, and those whose heading is a call."""
    for field in list(tree.iter("input")):
        if (field.get("type") or "").lower() == "email":
            _drop_outermost(field, _MAX_CALL)
    for button in list(tree.iter("button", "a")):
        if button.tag == "button":
            _drop_box(button.getparent(), _MAX_BUTTON, 0)
        elif names(button) & _BUTTONS:
            _drop_box(button.getparent(), _MAX_CALL, 1)
    for heading in list(tree.iter(*_HEADINGS)):
        if is_clutter(" ".join(heading.text_content().split())):
            _drop_outermost(heading, _MAX_CALL)


def _drop_box(box: Any, limit: int, paragraphs: int) -> None:
    """Drop a box that has no more text than `limit`, no more `paragraphs` and no article."""
    if box is None or box.getparent() is None or box.tag not in ("div", "section", "aside"):
        return
    if _is_short(box, limit) and sum(1 for _ in box.iter("p")) <= paragraphs and not _has_article(box):
        box.drop_tree()


def _drop_outermost(element: Any, limit: int) -> None:
    """Drop the outermost box around an element that has no more text than `limit`, if there is one."""
    found = None
    for each in element.iterancestors():
        if each.tag in _KEPT_TAGS or not _is_short(each, limit) or _has_article(each):
            break
        found = each
    if found is not None:
        above = found.getprevious()
        if above is not None and _is_emphasized(above) and _is_short(found, _MAX_BARE):
            _drop_label(above, _MAX_BUTTON)
        found.drop_tree()


def _is_emphasized(element: Any) -> bool:
    """Return whether all the text of an element is in one emphasis, as that of a note of the editors is."""
    only = element[0] if len(element) == 1 else None
    return only is not None and only.tag in ("em", "i", "strong", "b") and not (element.text or only.tail or "").strip()


def _remove_discussion(tree: Any, whole: int) -> None:
    """Remove the headings of comments, with what follows them in the same part of the page."""
    left = int(_MAX_SHARE * whole)  # code points that may be removed
    # From the end, so that nothing is counted twice.
    for heading in reversed(list(tree.iter(*_HEADINGS))):
        if heading.getparent() is None or not _is_short(heading, _MAX_LABEL):
            continue
        if not _DISCUSSION.fullmatch(" ".join(heading.text_content().split())):
            continue
        below = [each for each in heading.itersiblings() if isinstance(each.tag, str)]
        left -= sum(len(each.text_content()) for each in below)
        if left < 0:
            return
        for each in (heading, *below):
            each.drop_tree()


def _remove_links(tree: Any) -> None:
    """Remove lists, lines and boxes of links to other articles, with the label above a list."""
    for element in list(tree.iter("ul", "ol", "p", "div")):
        if element.getparent() is None or element.find(".//a") is None:
            continue
        text = " ".join(element.text_content().split())
        linked = sum(len(" ".join(link.text_content().split())) for link in element.iter("a"))
        if element.tag in ("ul", "ol"):
            if linked >= _MIN_LINKED * len(text):
                _drop_label(element.getprevious())
                element.drop_tree()
        elif len(text) <= _MAX_CALL and not text.endswith((".", "!", "»", "”")):
            is_box = element.tag == "div" and next(element.iterdescendants("p", "h1", "h2", "li"), None) is None
            label = " ".join(_text_above_link(element).split())
            if is_clutter(label) or linked >= (_MIN_LINKED_BOX if is_box else _MIN_LINKED) * len(text):
                element.drop_tree()


def _text_above_link(element: Any) -> str:
    parts = [element.text or ""]
    for each in element.iterdescendants():
        if each.tag == "a":
            break
        parts += (each.text or "", each.tail or "") if len(each) == 0 else (each.text or "",)
    return "".join(parts)


def _drop_label(element: Any, limit: int = _MAX_LABEL) -> None:
    if element is not None and element.tag in ("p", "div", *_HEADINGS) and 0 < len(element.text_content()) <= limit:
        element.drop_tree()


def _is_short(element: Any, limit: int) -> bool:
    length = 0
    for text in element.itertext():
        length += len(text)
        if length > limit:
            return False
    return True


def names(element: Any) -> set[str]:
    """Return the words of the class and id of an element."""
    written = f"{element.get('class') or ''} {element.get('id') or ''}"
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written).lower())
    return {*words, *written.lower().split()}


def _has_article(element: Any) -> bool:
    """Return whether an element holds an article, other than a comment."""
    return any(not names(child) & _COMMENT for child in element.iterdescendants(*_WHOLES))
