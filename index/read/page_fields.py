"""The fields of the article of a web page, with their origins: JSON-LD, meta tags, <time>, links and the address."""

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from index.read import html, page_data
from index.read.address import canonical

Found = tuple[str, str]
"""A value and its origin, such as `JSON-LD` or `og:title`."""

_JSON_LD = "JSON-LD"
_META = {
    "title": ("og:title", "twitter:title", "parsely-title", "dc.title", "dcterms.title"),
    "author": ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator"),
    "date": (
        "article:published_time og:article:published_time parsely-pub-date sailthru.date datepublished publishdate "
        "pubdate publication_date publish-date dc.date.issued dcterms.issued dc.date dcterms.date dcterms.created date "
        "cxenseparse:recs:publishtime".split()
    ),
    "language": ("og:locale", "content-language", "dc.language", "dcterms.language"),
    "source": ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher", "twitter:site"),
}
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_BY = re.compile(r"(?:par|by|por|von|di|door)\s*:?\s+(?=\w)", re.IGNORECASE)
_MAX_AUTHOR = 200  # code points; more is a text
_SEPARATORS = r"\s*[|·•–—:»-]\s*"


def fields(tree: Any, articles: Sequence[page_data.Data], url: str | None) -> dict[str, Found]:
    """Return what is known of `title`, `date`, `author`, `language`, `source` and `url`.

    The date is the day as YYYY-MM-DD in the page's own time. `articles` are the page's data; `url` is its address.
    """
    meta = _meta(tree)
    found = {"url": _first(_urls(tree, articles, meta, url))}
    data = _main(articles, found["url"], _first(_titles(tree, {}, meta)))
    found["source"] = _first(_sources(data, meta, found["url"]))
    found["title"] = _first(_titles(tree, data, meta))
    if found["title"] and found["source"]:
        title, origin = found["title"]
        found["title"] = (_without_source(title, found["source"][0]), origin)
    found["date"] = _first(_dates(tree, data, meta))
    found["author"] = _first(_authors(tree, data, meta))
    found["language"] = _first(_languages(tree, data, meta))
    return {field: value for field, value in found.items() if value}


def guessed_day(tree: Any, url: str | None) -> Found | None:
    """Return the day of a page that states none in its data: the day in its address, or the one it seems to write."""
    from htmldate import find_date  # here, since it takes half a second to load

    in_address = re.search(r"/((?:19|20)\d\d)[/-]?([01]\d)[/-]?([0-3]\d)(?=[/_-])", url or "")
    if in_address and (found := day("-".join(in_address.groups()))):
        return found, "address"
    tree = deepcopy(tree)
    for element in list(tree.iter()):
        if isinstance(element.tag, str) and element.getparent() is not None and _is_elsewhere(element):
            element.drop_tree()
    written = find_date(tree, extensive_search=False, original_date=True)
    return (written, "text") if written else None


def _first(values: Iterable[Found]) -> Found | None:
    return next(((value, origin) for value, origin in values if value), None)


def _meta(tree: Any) -> dict[str, str]:
    """Return the content of the meta elements by name, property or itemprop; the first of each."""
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = html.clean(element.get("content") or "")
        for key in ("property", "name", "itemprop", "http-equiv"):
            if content and element.get(key):
                meta.setdefault(element.get(key).strip().lower(), content)
    return meta


def _named(field: str, meta: dict[str, str]) -> Iterator[Found]:
    return ((meta[name], name) for name in _META[field] if name in meta)


def _urls(tree: Any, articles: Sequence[page_data.Data], meta: dict[str, str], url: str | None) -> Iterator[Found]:
    base = url or ""
    stated = [(link.get("href") or "", "rel=canonical") for link in tree.iter("link") if _is(link, "rel", "canonical")]
    stated.append((meta.get("og:url", ""), "og:url"))
    if len(articles) == 1:
        stated += [(page_data.address(articles[0].get(key)), _JSON_LD) for key in ("mainEntityOfPage", "url")]
    for value, origin in stated:
        try:
            address = canonical(urljoin(base, value.strip())) if value else None
        except ValueError:
            continue
        # A wrong template names the front page on every page.
        if address and urlsplit(address).path:
            yield address, origin
    yield (canonical(base) or "", "address")


def _main(articles: Sequence[page_data.Data], url: Found | None, title: Found | None) -> page_data.Data:
    """Return the article that the page is about, if several are described."""

    def matches(data: page_data.Data) -> tuple[bool, bool]:
        addresses = {canonical(page_data.address(data.get(key))) for key in ("mainEntityOfPage", "url", "@id")}
        headline = page_data.text(data.get("headline"))
        return url is not None and url[0] in addresses, title is not None and headline == title[0]

    return max(articles, key=matches, default={})


def _titles(tree: Any, data: page_data.Data, meta: dict[str, str]) -> Iterator[Found]:
    yield page_data.text(data.get("headline")), _JSON_LD
    yield from _named("title", meta)
    headings = [html.clean(heading.text_content()) for heading in tree.iter("h1")]
    yield (headings[0] if len(headings) == 1 else "", "<h1>")
    yield from ((html.clean(title.text_content()), "<title>") for title in tree.iterfind(".//head/title"))


def _without_source(title: str, source: str) -> str:
    name = re.escape(source)
    return re.sub(rf"(?<=\S){_SEPARATORS}{name}$|^{name}{_SEPARATORS}(?=\S)", "", title, flags=re.IGNORECASE)


def _sources(data: page_data.Data, meta: dict[str, str], url: Found | None) -> Iterator[Found]:
    yield page_data.text(data.get("publisher")), _JSON_LD
    yield from ((value.removeprefix("@"), name) for value, name in _named("source", meta))
    yield (urlsplit(url[0]).hostname or "" if url else "", "address")


def _authors(tree: Any, data: page_data.Data, meta: dict[str, str]) -> Iterator[Found]:
    marked = [element for element in tree.iter() if _is(element, "itemprop", "author") or _is(element, "rel", "author")]
    names = ", ".join(dict.fromkeys(html.clean(element.text_content()) for element in marked if element.tag != "meta"))
    for value, origin in ((page_data.text(data.get("author")), _JSON_LD), *_named("author", meta), (names, "by-line")):
        name = _BY.sub("", value, count=1) if _BY.match(value) else value
        if len(name) <= _MAX_AUTHOR and not name.startswith(("http:", "https:", "@")):
            yield name, origin


def _languages(tree: Any, data: page_data.Data, meta: dict[str, str]) -> Iterator[Found]:
    stated = [(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "", "<html lang>")]
    stated += [(page_data.text(data.get("inLanguage")), _JSON_LD), *_named("language", meta)]
    for value, origin in stated:
        if match := _LANGUAGE.fullmatch(value.strip()):
            yield match[1].lower(), origin


def _dates(tree: Any, data: page_data.Data, meta: dict[str, str]) -> Iterator[Found]:
    yield day(page_data.text(data.get("datePublished"))), _JSON_LD
    yield from ((day(value), name) for value, name in _named("date", meta))
    for element in tree.iter("time", "span", "abbr", "div", "p"):
        if _is(element, "itemprop", "datepublished") or element.get("pubdate") is not None:
            yield day(element.get("datetime") or element.get("content") or ""), "<time>"
    for element in tree.iter("time"):
        if not any(_is_elsewhere(ancestor) for ancestor in element.iterancestors()):
            yield day(element.get("datetime") or ""), "<time>"


_ELSEWHERE = frozenset(("aside", "nav", "footer", "li", "table", "blockquote"))


def _is_elsewhere(element: Any) -> bool:
    """Return whether an element holds other articles, comments or posts."""
    return element.tag in _ELSEWHERE or "comment" in f"{element.get('class')} {element.get('id')}".lower()


def _is(element: Any, attribute: str, name: str) -> bool:
    return isinstance(element.tag, str) and name in (element.get(attribute) or "").lower().split()


def day(written: str) -> str:
    """Return the day of a written time as YYYY-MM-DD: ISO 8601, or as in emails; '' for others, such as 'yesterday'."""
    written = written.strip()
    iso = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d+$)", written)
    try:
        found = date(*map(int, iso.groups())) if iso else parsedate_to_datetime(written).date()
    except (ValueError, TypeError, IndexError):
        return ""
    return found.isoformat()
