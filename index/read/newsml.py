"""Read the XML formats of news agencies, NewsML-G2 and NITF, and saved feeds."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import BinaryIO

from index.errors import ArticleError
from index.read import feed_file, html, xml_tree
from index.read.article import Place, Problem, RawArticle, article_at
from index.read.plain import from_plain
from index.read.xml_tree import Element, text

MAX_BYTES = 50_000_000
_ROOTS = ("newsMessage", "newsItem", "nitf")
_KEPT = frozenset(
    "p br ul ol li dl dt dd table thead tbody tfoot tr th td h1 h2 h3 h4 h5 h6 blockquote pre div".split()
)
_RENAMED = {"hl2": "h2", "bq": "blockquote", "block": "div", "hedline": "div"}
_SKIPPED = frozenset("media media-caption media-producer note figure script style head".split())


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of each news item; several in a file are numbered from 1.

    Raises:
        ArticleError: the file is in another format, damaged or too large.
    """
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ArticleError(f"{file}: more than {MAX_BYTES // 1_000_000} MB, too large for news items")
    try:
        root = xml_tree.parse(content)
    except ArticleError as error:
        raise ArticleError(f"{file}: {error}") from error
    if root.tag in feed_file.ROOTS:
        yield from feed_file.articles(file, name, root)
        return
    if root.tag in ("urlset", "sitemapindex"):
        raise ArticleError(f"{file}: a sitemap: index its web address, and its pages are fetched")
    if root.tag not in _ROOTS:
        raise ArticleError(f"{file}: XML with the root <{root.tag}>: only NewsML-G2, NITF, RSS and Atom are read")
    items = [item for item in root.iter("newsItem") if _has_text(item)] if root.tag != "nitf" else [root]
    if not items:
        raise ArticleError(f"{file}: no news item with a text")
    for number, item in enumerate(items, start=1):
        part = f":{number}" if len(items) > 1 else ""
        try:
            status = _first(item, "itemMeta/pubStatus", attribute="qcode").rpartition(":")[2]
            if status in ("canceled", "withheld"):
                raise ArticleError(f"{file}{part}: {status} by its provider")
            fields, body = _nitf(item) if item.tag == "nitf" else _news_item(item)
            raw = article_at(Place(Path(f"{file}{part}"), 1), f"{name}{part}", fields, body)
            yield replace(raw, file=file)
        except ArticleError as error:
            yield Problem(file, str(error))


def _has_text(item: Element) -> bool:
    return item.find("contentSet/inlineXML") is not None or item.find("contentSet/inlineData") is not None


def _news_item(item: Element) -> tuple[dict[str, str], html.Readable]:
    inline = item.find("contentSet/inlineXML")
    nitf = inline.find("nitf") if inline is not None else None
    fields, body = _nitf(nitf) if nitf is not None else ({}, html.Readable("", None))
    if nitf is None:
        body = _body(inline) if inline is not None else _inline_data(item)
    stated = {
        "title": _first(item, "contentMeta/headline", "itemMeta/title"),
        "author": _first(item, "contentMeta/by", "contentMeta/creator/name"),
        "date": _first(item, "contentMeta/contentCreated", "itemMeta/firstCreated", "itemMeta/versionCreated"),
        "language": _first(item, "contentMeta/language", attribute="tag") or item.get("lang", ""),
        "source": _first(item, "itemMeta/provider/name")
        or _first(item, "itemMeta/provider", attribute="literal")
        or _first(item, "contentMeta/creditline")
        or _first(item, "itemMeta/provider", attribute="qcode").rpartition(":")[2],
    }
    return fields | {field: value for field, value in stated.items() if value}, body


def _inline_data(item: Element) -> html.Readable:
    data = item.find("contentSet/inlineData")
    content = "".join(data.itertext()) if data is not None else ""
    markup = data is not None and "html" in data.get("contenttype", "")
    return html.from_html(content) if markup else from_plain(content)


def _nitf(nitf: Element) -> tuple[dict[str, str], html.Readable]:
    byline = nitf.find("body/body.head/byline")
    person = byline.find("person") if byline is not None else None
    fields = {
        "title": _first(nitf, "body/body.head/hedline/hl1", "head/title"),
        "author": text(person if person is not None else byline),
        "date": _first(
            nitf,
            *("head/docdata/date.issue", "head/docdata/date.release", "body/body.head/dateline/story.date"),
            attribute="norm",
        ),
        "source": _first(nitf, "body/body.head/distributor")
        or _first(nitf, "head/docdata/doc.copyright", attribute="holder"),
        "language": nitf.get("lang", ""),
    }
    content = nitf.find("body/body.content")
    return fields, _body(content) if content is not None else html.Readable("", None)


def _first(item: Element, *paths: str, attribute: str = "") -> str:
    """Return the first text, or attribute, that is not empty."""
    found = (element for path in paths for element in item.findall(path))
    values = (element.get(attribute, "").strip() if attribute else text(element) for element in found)
    return next(filter(None, values), "")


def _body(element: Element) -> html.Readable:
    return html.from_html("".join(_markup(element)))


def _markup(element: Element) -> Iterator[str]:
    """Yield the content of an element as HTML."""
    yield escape(element.text or "")
    for child in element:
        tag = _RENAMED.get(child.tag, child.tag)
        if tag not in _SKIPPED:
            if tag in _KEPT:
                stated = [(name, child.get(name, "")) for name in ("rowspan", "colspan")]
                spans = "".join(f' {name}="{value}"' for name, value in stated if value.isdigit())
                yield f"<{tag}{spans}>"
            yield from _markup(child)
            if tag in _KEPT:
                yield f"</{tag}>"
        yield escape(child.tail or "")
