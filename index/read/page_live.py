"""The entries of a live blog, each with its own time."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from index.read import dates, html, page_body, page_data
from index.read.plain import from_plain

if TYPE_CHECKING:
    from index.read.page import Page

_LIVE = re.compile("LiveBlogPosting")
_MAX_ENTRIES = 5000
_MIN_ENTRIES = 3  # on a page without data that says it is live
_MIN_LENGTH = 40  # code points of such an entry, on average
_MAX_LINKED = 0.4  # share of text in links; lists of articles have more
_TIME = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ](\d{2}):?(\d{2})")


def entries(tree: Any, articles: Sequence[page_data.Data], page: "Page") -> "list[Page]":
    """Return the entries of a live blog, or nothing if the page is not one; `page` has the fields of the whole."""
    stated = [entry for data in articles if page_data.is_a(data, _LIVE) for entry in _stated(data)]
    found = list(_from_data(tree, stated, page)) or list(_from_elements(tree, page))
    return list(_with_own_urls(found[:_MAX_ENTRIES]))


def _with_own_urls(entries: "Sequence[Page]") -> "Iterator[Page]":
    """Yield entries with different URLs; those of the same minute are numbered."""
    seen: Counter[str | None] = Counter()
    for entry in entries:
        seen[entry.url] += 1
        yield replace(entry, url=f"{entry.url}-{seen[entry.url]}") if entry.url and seen[entry.url] > 1 else entry


def _stated(data: page_data.Data) -> list[page_data.Data]:
    updates = data.get("liveBlogUpdate")
    return [item for item in (updates if isinstance(updates, list) else [updates]) if isinstance(item, dict)]


def _from_data(tree: Any, stated: Sequence[page_data.Data], page: "Page") -> "Iterator[Page]":
    for data in stated:
        fragment = urldefrag(page_data.address(data.get("url")) or page_data.address(data))[1]
        element = tree.get_element_by_id(fragment, None) if fragment else None
        body = page_body.part(element) if element is not None else html.Readable("", None)
        text = data.get("articleBody")
        if len(body.text) < len(page_data.text(text)) / 2 and isinstance(text, str):
            markup = re.search(r"</?[a-zA-Z]", text)
            body = html.from_html(text) if markup else from_plain(unescape(text))
        time = page_data.text(data.get("datePublished")) or page_data.text(data.get("dateModified"))
        entry = _entry(
            page, body, title=page_data.text(data.get("headline")), time=time, fragment=fragment, origin="JSON-LD"
        )
        if not entry.empty:
            author = page_data.text(data.get("author"))
            yield replace(entry, author=author or page.author)


def _from_elements(tree: Any, page: "Page") -> "Iterator[Page]":
    """Yield the elements next to each other that each have one time and a text of their own."""
    updates = [element for element in tree.iter() if _is_update(element)]
    for parent in dict.fromkeys(element.getparent() for element in tree.iter("article")):
        siblings = updates or [child for child in parent if child.tag == "article" and _time(child) is not None]
        texts = [child.text_content() for child in siblings]
        linked = sum(len(link.text_content()) for child in siblings for link in child.iter("a"))
        length = sum(map(len, texts))
        if len(siblings) < _MIN_ENTRIES or length < _MIN_LENGTH * len(siblings) or linked > _MAX_LINKED * length:
            continue
        if not updates and any(_leads_elsewhere(child) for child in siblings):
            continue
        for child in siblings:
            time = _time(child)
            body = page_body.part(child)
            entry = _entry(
                page, body, title=body.heading or "", time=time or "", fragment=child.get("id") or "", origin="<time>"
            )
            if not entry.empty:
                yield entry
        return


def _is_update(element: Any) -> bool:
    return isinstance(element.tag, str) and "liveBlogUpdate" in (element.get("itemprop") or "").split()


def _time(element: Any) -> str | None:
    return next((time.get("datetime") for time in element.iter("time") if time.get("datetime")), None)


def _leads_elsewhere(element: Any) -> bool:
    """Return whether the heading of an element is a link to another page, as in lists of articles."""
    headings = (heading for heading in element.iter("h2", "h3", "h4"))
    links = (link for heading in headings for link in (*heading.iter("a"), *heading.iterancestors("a")))
    return any(not (link.get("href") or "#").startswith("#") for link in links)


def _entry(page: "Page", body: html.Readable, *, title: str, time: str, fragment: str, origin: str) -> "Page":
    """Return an entry; its day and its address are those of the page if it has none."""
    day = dates.day(time)
    clock = _TIME.match(time)
    named = f"{page.title} ({clock[1]}:{clock[2]})" if page.title and clock else page.title
    anchor = fragment or re.sub(r"\W", "", time)
    return replace(
        page,
        text=body.text,
        title=title or named,
        published=day or page.published,
        url=f"{page.url}#{anchor}" if page.url and anchor else None,
        provenance={**page.provenance, **({"date": origin} if day else {})},
    )
