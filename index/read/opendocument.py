"""Read text documents in OpenDocument."""

import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from index.errors import ArticleError
from index.read import html, xml_tree
from index.read.article import Place, RawArticle, article_at
from index.read.docx import MAX_XML
from index.read.xml_tree import Element

MAIN = "content.xml"
"""The entry of the archive with the text."""
TYPE = b"application/vnd.oasis.opendocument.text"
"""The content of the entry `mimetype`, which may go on, as for templates."""
_TAGS = {"p": "p", "list": "ul", "list-item": "li", "table": "table", "table-row": "tr", "table-cell": "td"}
_SKIPPED = frozenset("annotation tracked-changes note sequence-decls forms frame".split())
_SPACES = {"s": " ", "tab": " ", "line-break": "<br>"}
_MAX_SPAN = 1000  # rows or columns of a cell


def article(file: Path, name: str, archive: zipfile.ZipFile) -> RawArticle:
    """Return the article of a document, with the title, author and date of its properties.

    Raises:
        ArticleError: the document is too large, damaged or encrypted.
    """
    try:
        body = _parse(archive, MAIN).find("body/text")
        if body is None:
            raise ArticleError("no text in this document")
        meta = _parse(archive, "meta.xml").find("meta") if "meta.xml" in archive.namelist() else None
    except ArticleError as error:
        raise ArticleError(f"{file}: {error}") from error
    found = {name: xml_tree.text(meta.find(name)) if meta is not None else "" for name in _PROPERTIES}
    author = found["initial-creator"] or found["creator"]
    fields = {
        "title": found["title"],
        "author": author if " " in author else "",  # one word is the name of a login
        "date": found["creation-date"],
        "language": found["language"],
    }
    return article_at(Place(file, 1), name, fields, html.from_html("".join(_markup(body))))


_PROPERTIES = ("title", "initial-creator", "creator", "creation-date", "language")


def _parse(archive: zipfile.ZipFile, entry: str) -> Element:
    if archive.getinfo(entry).file_size > MAX_XML:
        raise ArticleError(f"more than {MAX_XML // 1_000_000} MB of text, too large for an article")
    return xml_tree.parse(archive.read(entry))


def _markup(element: Element) -> Iterator[str]:
    """Yield the content of an element as HTML; a row of `table-header-rows` has the names of the columns."""
    yield escape(element.text or "")
    for child in element:
        if child.tag not in _SKIPPED:
            yield from _tagged(child)
        yield escape(child.tail or "")


def _tagged(element: Element) -> Iterator[str]:
    if element.tag in _SPACES:
        yield _SPACES[element.tag]
        return
    tag = _TAGS.get(element.tag, "")
    if element.tag == "h":
        level = element.get("outline-level", "2")
        tag = f"h{level if level in '123456' else 2}"
    spans = [
        f' {name}="{value}"'
        for name, stated in (("rowspan", "number-rows-spanned"), ("colspan", "number-columns-spanned"))
        if (value := element.get(stated, "")).isdigit() and int(value) <= _MAX_SPAN
    ]
    content = "".join(_markup(element))
    if element.tag == "table-header-rows":
        content = content.replace("<td", "<th").replace("</td>", "</th>")
    if tag == "td":
        content = content.replace("<p>", "", 1).replace("</p>", "", 1) if content.count("<p>") == 1 else content
    yield f"<{tag}{''.join(spans)}>{content}</{tag}>" if tag else content
