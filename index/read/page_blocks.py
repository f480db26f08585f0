"""Make the markup of web pages uniform: paragraphs are `<p>`, and one `<article>` holds them."""

from collections import Counter
from typing import Any

from lxml import etree

from index.read import html
from index.read.page_lines import length

_MIN_PARAGRAPH = 40  # code points of a block without other blocks that is taken for a paragraph
_MIN_COUNTED = 80  # code points of paragraphs that show where the article is
_MIN_SHARE = 0.8  # of the text of these that the article holds
_MAX_LINKED = 0.5  # of a paragraph in links
_QUESTION_MARKS = ("?", "？", "؟")
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_TABLE_PARTS = ("table", "thead", "tbody", "tfoot", "tr", "td")
_CONTAINERS = ("div", "section", "main", "article", "td", "body", "li")
_BLOCKS = tuple(html.BLOCKS - {"html", "body"} | {"li", "tr", "td", "th"})


def layout_tables_as_blocks(tree: Any) -> None:
    """Make the rows and cells of tables without headers that hold tables, paragraphs or line breaks ordinary blocks."""
    for table in list(tree.iter("table")):
        if table.find(".//th") is not None or next(table.iterdescendants("table", "p", "h1", "br"), None) is None:
            continue
        for part in [each for each in table.iterdescendants(*_TABLE_PARTS) if _table_of(each) is table]:
            part.tag = "div"
        table.tag = "div"
    for element in list(tree.iter("font", "center", "tt")):
        element.drop_tag()


def open_controls(tree: Any) -> None:
    """Make text of times, and headings of the buttons that open what is below them; trafilatura would drop them."""
    for time in list(tree.iter("time")):
        time.tag = "span"
    for button in list(tree.iter("button")):
        if next(button.iterancestors(*_HEADINGS, "dt", "summary"), None) is not None:
            button.tag = "span"
        elif button.text_content().strip().endswith(_QUESTION_MARKS):
            button.tag = "h3"


def plain_headings(tree: Any) -> None:
    """Make plain text of headings without blocks: trafilatura would drop words of them that are links or spans."""
    for heading in list(tree.iter(*_HEADINGS)):
        if next(heading.iterdescendants(*_BLOCKS, "br"), None) is None:
            text = heading.text_content()
            for child in list(heading):
                heading.remove(child)
            heading.text = text


def _table_of(element: Any) -> Any:
    return next(element.iterancestors("table"), None)


def paragraphs_as_such(tree: Any) -> None:
    """Make `<p>` of text that two line breaks divide, and of a `<div>` with nothing but text."""
    for element in list(tree.iter(*_CONTAINERS)):
        if any(_is_double(each) for each in element.iterchildren("br")):
            _split_at_double_breaks(element)
    for element in list(tree.iter("div")):
        text = element.text_content().strip()
        if length(text) >= _MIN_PARAGRAPH and next(element.iterdescendants(*_BLOCKS), None) is None:
            linked = sum(len(link.text_content()) for link in element.iter("a"))
            element.tag = "p" if linked <= _MAX_LINKED * len(text) else "div"


def _is_double(line_break: Any) -> bool:
    following = line_break.getnext()
    return following is not None and following.tag == "br" and not (line_break.tail or "").strip()


def _split_at_double_breaks(element: Any) -> None:
    """Put what is between double line breaks and blocks into paragraphs."""
    children, text = list(element), element.text
    tails = [child.tail for child in children]
    for child in children:
        element.remove(child)
    element.text = None
    paragraph = etree.SubElement(element, "p")
    paragraph.text = text
    for number, (child, tail) in enumerate(zip(children, tails, strict=True)):
        is_break = child.tag == "br" and number > 0 and children[number - 1].tag == "br"
        if is_break and not (tails[number - 1] or "").strip():
            paragraph = etree.SubElement(element, "p")
            paragraph.text = tail
        elif child.tag in _BLOCKS:
            child.tail = None
            element.append(child)
            paragraph = etree.SubElement(element, "p")
            paragraph.text = tail
        else:
            child.tail = tail
            paragraph.append(child)


def mark_article(tree: Any) -> None:
    """Make the innermost part that holds most of the paragraphs the `<article>` of a page that has none."""
    if tree.find(".//article") is not None or tree.find("body") is None:
        return
    lengths: Counter[Any] = Counter()
    total = 0
    for paragraph in tree.iter("p"):
        counted = length(paragraph.text_content().strip())
        if counted >= _MIN_COUNTED:
            total += counted
            for each in paragraph.iterancestors():
                lengths[each] += counted
    # In the order of the page an inner part is after the outer one.
    holders = [each for each in tree.iter() if lengths.get(each, 0) >= _MIN_SHARE * total]
    if not total or not holders:
        return
    holder = holders[-1]
    if holder.tag == "body":
        article = etree.Element("article")
        article.text, holder.text = holder.text, None
        article.extend(list(holder))
        holder.append(article)
    elif holder.tag in _CONTAINERS:
        holder.tag = "article"
