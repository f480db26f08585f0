"""Read feeds in RSS and Atom that were saved as files."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path

from index.errors import ArticleError
from index.read import html
from index.read.article import Place, Problem, RawArticle, article_at
from index.read.plain import from_plain
from index.read.xml_tree import Element, text

ROOTS = ("rss", "RDF", "feed")


def articles(file: Path, name: str, root: Element) -> Iterator[RawArticle | Problem]:
    """Yield the article of each item, or its problem, numbered from 1; an item without its text has its summary.

    Raises:
        ArticleError: there are no items.
    """
    is_atom = root.tag == "feed"
    items = list(root.iter("entry" if is_atom else "item"))
    if not items:
        raise ArticleError(f"{file}: no items in this feed")
    head = root if is_atom else root.find("channel")
    outlet = text(head.find("title")) if head is not None else ""
    language = root.get("lang", "") or (text(head.find("language")) if head is not None else "")
    for number, item in enumerate(items, start=1):
        part = f":{number}"
        try:
            fields, content, summary = _atom(item) if is_atom else _rss(item)
            remarks = () if content else ("items without their text have only their summary",)
            raw = article_at(
                Place(Path(f"{file}{part}"), 1),
                f"{name}{part}",
                {"source": outlet, "language": language} | {key: value for key, value in fields.items() if value},
                _readable(content or summary),
            )
            yield replace(raw, file=file, warnings=(*raw.warnings, *(f"{file}: {remark}" for remark in remarks)))
        except ArticleError as error:
            yield Problem(file, str(error))


def _rss(item: Element) -> tuple[dict[str, str], str, str]:
    link = text(item.find("link")) or (text(guid) if _is_link(guid := item.find("guid")) else "")
    fields = {
        "title": text(item.find("title")),
        "url": link,
        "date": text(item.find("pubDate")) or text(item.find("date")),
        "author": text(item.find("creator")) or text(item.find("author")),
    }
    return fields, _content(item.find("encoded")), _content(item.find("description"))


def _atom(entry: Element) -> tuple[dict[str, str], str, str]:
    links = {link.get("rel", "alternate"): link.get("href", "") for link in reversed(entry.findall("link"))}
    fields = {
        "title": _readable(_content(entry.find("title"))).text.replace("\n", " "),
        "url": links.get("alternate", ""),
        "date": text(entry.find("published")) or text(entry.find("updated")),
        "author": ", ".join(text(name) for name in entry.findall("author/name")),
        "language": entry.get("lang", ""),
    }
    return fields, _content(entry.find("content")), _content(entry.find("summary"))


def _is_link(guid: Element | None) -> bool:
    return guid is not None and guid.get("isPermaLink", "true") == "true" and text(guid).startswith(("http:", "https:"))


def _content(element: Element | None) -> str:
    """Return the content of an element: HTML, also if it is written as elements, or plain text."""
    if element is None:
        return ""
    return "".join(_markup(element)).strip() if len(element) else (element.text or "").strip()


def _markup(element: Element) -> Iterator[str]:
    yield escape(element.text or "")
    for child in element:
        yield f"<{child.tag}>"
        yield from _markup(child)
        yield f"</{child.tag}>"
        yield escape(child.tail or "")


def _readable(content: str) -> html.Readable:
    return html.from_html(content) if "</" in content or "/>" in content or "<br" in content else from_plain(content)
