"""The fields of the article of a web page, with their origins: JSON-LD, meta tags, <time>, links and the address."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from index.read import html, page_data, page_date, page_visible
from index.read.address import canonical
from index.read.page_lines import Line

Found = tuple[str, str]
"""A value and its origin, such as `JSON-LD` or `og:title`."""

_JSON_LD = "JSON-LD"
_META = {
    "title": ("og:title", "twitter:title", "parsely-title", "dc.title", "dcterms.title"),
    "author": ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator"),
    "language": ("og:locale", "content-language", "dc.language", "dcterms.language"),
    "source": ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher", "twitter:site"),
}
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_].*)?")
_BY = re.compile(r"(?:par|by|por|von|di|door)\s*:?\s+(?=\w)", re.IGNORECASE)
_MAX_AUTHOR = 200  # code points; more is a text
_SEPARATORS = r"\s*[|·•–—:»-]\s*"


def fields(tree: Any, articles: Sequence[page_data.Data], lines: Sequence[Line], url: str | None) -> dict[str, Found]:
    """Return what is known of `title`, `date`, `author`, `language`, `source` and `url`.

    The date is the day as YYYY-MM-DD in the page's own time. `articles` are the page's data, `lines` what it shows;
    `url` is its address.
    """
    meta = _meta(tree)
    found = {"url": _first(_urls(tree, articles, meta, url))}
    data = _main(articles, found["url"], _first(_titles(tree, {}, meta)))
    written = next((html.clean(each.text_content()) for each in tree.iterfind(".//head/title")), "")
    known = _first(_titles(tree, data, meta))
    logos = [image.get("alt") or "" for image in tree.iter("img")]
    name, outlet = page_visible.title_and_outlet(written, lines, known[0] if known else None, url, logos)
    found["source"] = _first(_sources(tree, data, meta, outlet, found["url"]))
    found["title"] = known or _first([(name, "<title>"), (written, "<title>")])
    if found["title"] and found["source"]:
        whole, origin = found["title"]
        found["title"] = (_without_source(whole, found["source"][0]), origin)
    found["author"] = _first(_authors(tree, data, meta, lines))
    found["language"] = _first(_languages(tree, data, meta))
    texts = {name: value[0] if (value := found[name]) else None for name in ("url", "title", "language")}
    found["date"] = _first(page_date.days(tree, data, meta, **texts))
    return {field: value for field, value in found.items() if value}


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


def _without_source(title: str, source: str) -> str:
    name = re.escape(source)
    return re.sub(rf"(?<=\S){_SEPARATORS}{name}$|^{name}{_SEPARATORS}(?=\S)", "", title, flags=re.IGNORECASE)


def _sources(
    tree: Any, data: page_data.Data, meta: dict[str, str], in_title: str, url: Found | None
) -> Iterator[Found]:
    yield page_data.text(data.get("publisher")), _JSON_LD
    yield from ((value.removeprefix("@"), name) for value, name in _named("source", meta))
    yield ", ".join(_items(tree, "publisher")), "itemprop"
    yield in_title, "<title>"
    yield (urlsplit(url[0]).hostname or "" if url else "", "address")


def _authors(tree: Any, data: page_data.Data, meta: dict[str, str], lines: Sequence[Line]) -> Iterator[Found]:
    links = [html.clean(element.text_content()) for element in tree.iter("a", "link") if _is(element, "rel", "author")]
    marked = ", ".join(dict.fromkeys((*_items(tree, "author"), *filter(None, links))))
    author, outlet = page_data.text(data.get("author")), page_data.text(data.get("publisher"))
    # The outlet as the author says nothing, if the page names a person.
    other = page_data.text(data.get("creator")) if author == outlet else ""
    first = (author if author != outlet else other, _JSON_LD)
    for value, origin in (first, *_named("author", meta), (marked, "by-line")):
        name = _BY.sub("", value, count=1) if _BY.match(value) else value
        if len(name) <= _MAX_AUTHOR and not name.startswith(("http:", "https:", "@")):
            yield name, origin
    yield page_visible.authors(lines), "by-line"
    for element in tree.iter("span", "a", "div", "p", "strong"):
        words = set(re.split("[^a-z]+", f"{element.get('class') or ''} {element.get('id') or ''}".lower()))
        if words & _AUTHORS and not any(page_date.is_elsewhere(each) for each in (element, *element.iterancestors())):
            name = _BY.sub("", html.clean(element.text_content()), count=1)
            yield (name if page_visible.is_name(name) else ""), "by-line"
    yield author, _JSON_LD


_AUTHORS = frozenset("author auteur autor autore byline signature writer".split())


def _items(tree: Any, name: str) -> Iterator[str]:
    """Yield the names of the items of a property in microdata, such as `author`."""
    for item in tree.iter():
        if not _is(item, "itemprop", name) or item.tag == "meta":
            continue
        names = [each for each in item.iterdescendants() if _is(each, "itemprop", "name")]
        for each in names or [item]:
            yield html.clean(each.get("content") or each.text_content())


def _languages(tree: Any, data: page_data.Data, meta: dict[str, str]) -> Iterator[Found]:
    stated = [(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "", "<html lang>")]
    stated += [(page_data.text(data.get("inLanguage")), _JSON_LD), *_named("language", meta)]
    for value, origin in stated:
        if match := _LANGUAGE.fullmatch(value.strip()):
            yield match[1].lower(), origin


def _is(element: Any, attribute: str, name: str) -> bool:
    return isinstance(element.tag, str) and name in (element.get(attribute) or "").lower().split()
