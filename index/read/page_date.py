"""The day on which a web page was published: stated in its data, in its address, or written for its readers."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from index.read import dates, head, html, page_around, page_data, page_lines, page_visible
from index.read.page_lines import ELSEWHERE

_META = (
    "article:published_time og:article:published_time parsely-pub-date sailthru.date datepublished publishdate pubdate "
    "publication_date publish-date dc.date.issued dcterms.issued dc.date dcterms.date dcterms.created date "
    "cxenseparse:recs:publishtime".split()
)
_ADDRESS = re.compile(r"/((?:19|20)\d\d)[/-]?([01]\d)[/-]?([0-3]\d)(?=[/_-])")
_MAX_LENGTH = 200  # code points of an element that says when a page was published
# Words in the class or id of such an element, and of those of other dates.
_NAMES = frozenset("date dates dateline pubdate published publication posted timestamp datetime datum fecha".split())
_OTHER_NAMES = frozenset("event events agenda start end modified updated update birth".split())
_UPDATE = re.compile("modif|updat|lastmod|revis", re.IGNORECASE)


def days(
    tree: Any,
    data: page_data.Data,
    meta: Mapping[str, str],
    *,
    url: str | None,
    title: str | None,
    language: str | None,
) -> Iterator[tuple[str, str]]:
    """Yield the days as YYYY-MM-DD with their origins, the most certain first; a day may be ''.

    `data` describes the article, `meta` has the meta elements of the page, `language` decides 03/04/2026.
    """
    yield _day(page_data.text(data.get("datePublished"))), "JSON-LD"
    yield from ((_day(meta[name], language), name) for name in _META if name in meta)
    for element in tree.iter("time", "span", "abbr", "div", "p", "li"):
        stated = "datepublished" in (element.get("itemprop") or "").lower().split()
        if stated or element.get("pubdate") is not None:
            written = element.get("datetime") or element.get("content")
            yield _day(written or (element.text_content() if _is_short(element) else ""), language), "<time>"
    for element in tree.iter("time"):
        if not any(is_elsewhere(ancestor) for ancestor in element.iterancestors()):
            yield _day(element.get("datetime") or ""), "<time>"
    if in_address := _ADDRESS.search(url or ""):
        yield _day("-".join(in_address.groups())), "address"
    tree = deepcopy(tree)
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and element.getparent() is not None and _is_of_another_date(element):
            element.drop_tree()
    yield from ((day, "text") for day in _written(tree, language))
    yield from ((day, "text") for day in page_visible.days(page_lines.lines(tree), title, language))
    from htmldate import find_date  # here, since it takes half a second to load

    yield find_date(tree, extensive_search=False, original_date=True) or "", "text"


def _written(tree: Any, language: str | None) -> Iterator[str]:
    """Yield the days in elements for a date, then those after words such as "Publié le"."""
    short = [element for element in tree.iter() if isinstance(element.tag, str) and _is_short(element)]
    for element in short:
        if element.tag == "time" or page_around.names(element) & _NAMES:
            yield from (_day(part, language) for line in _lines(element) for part in head.parts(line))
    for element in short:
        yield from (_day(head.published(line) or "", language) for line in _lines(element))


def _is_short(element: Any) -> bool:
    length = 0
    for text in element.itertext():
        length += len(text.strip())
        if length > _MAX_LENGTH:
            return False
    return length > 0


def _lines(element: Any) -> list[str]:
    return html.from_html(etree.tostring(element, encoding="unicode", method="html", with_tail=False)).text.split("\n")


def is_elsewhere(element: Any) -> bool:
    """Return whether an element holds other articles, comments or posts."""
    return element.tag in ELSEWHERE or "comment" in f"{element.get('class')} {element.get('id')}".lower()


def _is_of_another_date(element: Any) -> bool:
    """Return whether an element holds other articles, or the date of an update or of an event."""
    if element.tag == "meta":
        return _UPDATE.search(f"{element.get('name')} {element.get('property')} {element.get('itemprop')}") is not None
    return is_elsewhere(element) or (_is_short(element) and bool(page_around.names(element) & _OTHER_NAMES))


def _day(written: str, language: str | None = None) -> str:
    day = dates.day(written, language)
    return day.isoformat() if day else ""
