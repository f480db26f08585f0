"""Remove what is around the article of a web page: captions, comments, by-lines, calls and links to other articles."""

import re
from typing import Any

from index.clutter import is_clutter
from index.read import page_links
from index.read.page_links import HEADINGS, MAX_BOX, drop_label, is_short

_MAX_SHARE = 0.3  # of the text of a page that a part with a name of _AROUND has
_MAX_BUTTON = 160  # of a box with buttons
_MAX_BARE = 25  # of a form that does not say what it is for, but the line above it
_MAX_LABEL = 60  # code points of the heading of a discussion
_MIN_FACTS = 60  # code points of a box with facts
_MAX_LINKED_FACTS = 0.3  # of the text of such a box
_MIN_PARAGRAPH = 80  # code points of a paragraph beside such a box
# Words in the class or id of what is not the text of an article.
_CAPTIONS = frozenset("caption captions figcaption legend legende wp-caption-text".split())
_AROUND = frozenset(
    "abo ad ads advert advertisement auteur auteurs author authors autor bio breadcrumb breadcrumbs byline comment "
    "consent cookie cookies copyright credit credits dateline dfp gdpr interstitial meta metadata newsletter "
    "newsletters outbrain paywall podcast podcasts promo pullquote readalso readmore recirc recommendations related "
    "share sharing signature signup sociallinks subscribe subscription taboola teads toolbar".split()
)
_COMMENTS = frozenset("comments commentaires commentlist comentarios kommentare disqus disqus_thread respond".split())
_COMMENT = _COMMENTS | {"comment"}
_AROUND_TAGS = frozenset(("nav", "aside", "form", "button", "dialog", "footer", "noscript"))
_KEPT_TAGS = frozenset(("html", "body", "main", "article", "blockquote", "h1"))
_WHOLES = ("h1", "article", "main", "blockquote")
_PICTURES = ("img", "picture", "amp-img", "svg")
_BUTTONS = frozenset("btn button cta".split())
_COUNT = re.compile(r"\d{1,3}\s?(?:/|of|sur|von|de|di)\s?\d{1,3}")  # of the pictures of a gallery
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
    _remove_counts(tree)
    _remove_calls(tree)
    _remove_discussion(tree, whole)
    for element in list(tree.iter()):
        if not isinstance(element.tag, str) or element.getparent() is None:
            continue
        words = names(element)
        if _is_caption(element, words):
            if keep_captions:
                _as_paragraph(element)
                continue
            limit = _MAX_SHARE
        elif element.tag in _KEPT_TAGS and not (element.tag == "article" and words & _COMMENT):
            continue
        elif words & _COMMENTS:
            limit = 1.0
        elif element.tag == "aside" and not words & _AROUND and _has_facts(element):
            element.tag = "div"
            continue
        elif element.tag in _AROUND_TAGS or words & _AROUND or element.get("role") in ("dialog", "navigation"):
            limit = _MAX_SHARE
        else:
            continue
        if len(element.text_content()) <= limit * whole and not _has_article(element):
            element.drop_tree()
    page_links.remove(tree)


def _remove_counts(tree: Any) -> None:
    """Remove the numbers of the pictures of a gallery, such as 1/12."""
    for figure in tree.iter("figure"):
        for element in list(figure.iter("span", "div", "p")):
            if element.getparent() is not None and _COUNT.fullmatch(element.text_content().strip()):
                element.drop_tree()


def _as_paragraph(caption: Any) -> None:
    """Make a paragraph of a caption; trafilatura would drop the slides of a gallery by their class."""
    for each in caption.iterancestors("figure", "li", "ul", "div", "section"):
        each.tag = "div"
        each.attrib.clear()
    caption.tag = "p"
    caption.attrib.clear()


def _has_facts(aside: Any) -> bool:
    """Return whether an `<aside>` between the paragraphs of an article is a box with a text of its own."""
    length = len(aside.text_content().strip())
    linked = sum(len(link.text_content()) for link in aside.iter("a"))
    if length < _MIN_FACTS or linked > _MAX_LINKED_FACTS * length or aside.find(".//blockquote") is not None:
        return False
    return any(
        each.tag == "p" and len(each.text_content()) >= _MIN_PARAGRAPH for each in aside.itersiblings(preceding=True)
    )


def captions(tree: Any) -> list[str]:
    """Return the captions of a page."""
    found = [each for each in tree.iter() if isinstance(each.tag, str) and _is_caption(each, names(each))]
    return [each.text_content().strip() for each in found]


def _is_caption(element: Any, words: set[str]) -> bool:
    if element.tag == "figcaption" or (words & _CAPTIONS and element.tag not in _KEPT_TAGS - {"blockquote"}):
        return not _is_within_paragraph(element)
    # A picture with a line of text, and nothing else.
    picture, parent = element.getprevious(), element.getparent()
    return (
        element.tag in ("div", "span", "p", "small")
        and picture is not None
        and _is_picture(picture)
        and parent.tag in ("div", "figure")
        and len(parent) == 2
        and is_short(element, MAX_BOX)
    )


def _is_picture(element: Any) -> bool:
    """Return whether an element is a picture, or holds nothing else."""
    if element.tag in _PICTURES:
        return True
    is_bare = element.tag in ("div", "a", "span") and is_short(element, 0)
    return is_bare and next(element.iterdescendants(*_PICTURES), None) is not None


def _is_within_paragraph(element: Any) -> bool:
    """Return whether an element is part of a longer paragraph, such as the place at its beginning."""
    parent = element.getparent()
    return (
        element.tag == "span"
        and parent.tag == "p"
        and len(parent.text_content()) - len(element.text_content()) > _MIN_PARAGRAPH
    )


def _remove_calls(tree: Any) -> None:
    """Remove the boxes in which readers give an address or press a button, and those whose heading is a call."""
    for field in list(tree.iter("input")):
        if (field.get("type") or "").lower() == "email":
            _drop_outermost(field, MAX_BOX)
    for button in list(tree.iter("button", "a")):
        if button.tag == "button":
            is_icon = not button.text_content().strip()
            # It opens what is below the heading beside it.
            if not (is_icon and next(button.itersiblings(*HEADINGS, preceding=True), None) is not None):
                _drop_box(button.getparent(), _MAX_BUTTON, 0)
        elif names(button) & _BUTTONS:
            _drop_box(button.getparent(), MAX_BOX, 1)
    for heading in list(tree.iter(*HEADINGS)):
        if is_clutter(" ".join(heading.text_content().split())):
            _drop_outermost(heading, MAX_BOX)


def _drop_box(box: Any, limit: int, paragraphs: int) -> None:
    """Drop a box that has no more text than `limit`, no more `paragraphs` and no article."""
    if box is None or box.getparent() is None or box.tag not in ("div", "section", "aside"):
        return
    if is_short(box, limit) and sum(1 for _ in box.iter("p")) <= paragraphs and not _has_article(box):
        box.drop_tree()


def _drop_outermost(element: Any, limit: int) -> None:
    """Drop the outermost box around an element that has no more text than `limit`, if there is one."""
    found = None
    for each in element.iterancestors():
        if each.tag in _KEPT_TAGS or not is_short(each, limit) or _has_article(each):
            break
        found = each
    if found is not None:
        above = found.getprevious()
        if above is not None and _is_emphasized(above) and is_short(found, _MAX_BARE):
            drop_label(above, _MAX_BUTTON)
        found.drop_tree()


def _is_emphasized(element: Any) -> bool:
    """Return whether all the text of an element is in one emphasis, as that of a note of the editors is."""
    only = element[0] if len(element) == 1 else None
    return only is not None and only.tag in ("em", "i", "strong", "b") and not (element.text or only.tail or "").strip()


def _remove_discussion(tree: Any, whole: int) -> None:
    """Remove the headings of comments, with what follows them in the same part of the page."""
    left = int(_MAX_SHARE * whole)  # code points that may be removed
    # From the end, so that nothing is counted twice.
    for heading in reversed(list(tree.iter(*HEADINGS))):
        if heading.getparent() is None or not is_short(heading, _MAX_LABEL):
            continue
        if not _DISCUSSION.fullmatch(" ".join(heading.text_content().split())):
            continue
        below = [each for each in heading.itersiblings() if isinstance(each.tag, str)]
        left -= sum(len(each.text_content()) for each in below)
        if left < 0:
            return
        for each in (heading, *below):
            each.drop_tree()


_NAMED = ("class", "id", "data-component", "data-area", "data-testid")


def names(element: Any) -> set[str]:
    """Return the words of the class and id of an element, and of the data by which large sites name its parts."""
    written = " ".join(element.get(name) or "" for name in _NAMED)
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", written).lower())
    return {*words, *written.lower().split()}


def _has_article(element: Any) -> bool:
    """Return whether an element holds an article, other than a comment."""
    return any(not names(child) & _COMMENT for child in element.iterdescendants(*_WHOLES))
