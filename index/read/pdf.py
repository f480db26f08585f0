"""Read PDF files; the only module that imports pypdfium2."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import ArticleError
from index.read import html
from index.read.article import Place, Problem, RawArticle, article_at
from index.read.pdf_layout import Box, text_of_pages

MAX_BYTES = 100_000_000
MAX_PAGES = 1000
MAX_TEXT = 10_000_000  # code points
_MAX_CHARACTERS = 100_000  # of a page
_DATE = re.compile(r"D:((?:19|20)\d\d)([01]\d)([0-3]\d)")
# What programs write as the title of a document that has none.
_NO_TITLE = re.compile(
    r"untitled|sans (nom|titre)|microsoft \w+ - |.*\.(docx?|pdf|indd|odt|qxp|rtf|html?|xlsx?|pptx?)$|\W*\w*\W*$",
    re.IGNORECASE,
)


def read(file: Path, name: str, stream: BinaryIO) -> Iterator[RawArticle | Problem]:
    """Yield the article of a document: its text in reading order, without headers, footers and page numbers.

    Raises:
        ArticleError: the document is encrypted, too large, damaged or has no text, or a package is not installed.
    """
    try:
        # Here, since newsqa can be installed without it.
        from pypdfium2 import PdfDocument, PdfiumError
    except ImportError as error:
        raise ArticleError(f"{file}: PDF needs another package: pip install 'newsqa[web]'") from error
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ArticleError(f"{file}: more than {MAX_BYTES // 1_000_000} MB, too large for an article")
    try:
        document = PdfDocument(content)
        try:
            yield _article(file, name, document)
        finally:
            document.close()
    except PdfiumError as error:
        if "password" in str(error).lower():
            raise ArticleError(f"{file}: encrypted: save it without a password") from error
        raise ArticleError(f"{file}: damaged, or not a PDF: {error}") from error


def _article(file: Path, name: str, document: Any) -> RawArticle:
    if len(document) > MAX_PAGES:
        raise ArticleError(f"{file}: {len(document)} pages, more than {MAX_PAGES}: split it")
    pages, size = [], 0
    for number in range(len(document)):
        page = document[number]
        pages.append(_boxes(page))
        page.close()
        size += sum(len(box.text) for box in pages[-1])
        if size > MAX_TEXT:
            raise ArticleError(f"{file}: more than {MAX_TEXT // 1_000_000} million characters: split it")
    if not any(pages):
        raise ArticleError(f"{file}: no text, only images: recognize the text first (OCR)")
    text, heading = text_of_pages(pages)
    stated = document.get_metadata_dict()
    title = html.clean(stated.get("Title") or "")
    author = html.clean(stated.get("Author") or "")
    created = _DATE.match(stated.get("CreationDate") or "")
    fields = {
        "title": title if not _NO_TITLE.match(title) else heading,
        "author": author if " " in author else None,  # one word is the name of a login
        "date": "-".join(created.groups()) if created else None,
    }
    return article_at(Place(file, 1), name, fields, html.from_lines(text))


def _boxes(page: Any) -> list[Box]:
    """Return the runs of text on a page; `top` counts from its upper edge."""
    from pypdfium2 import raw

    height = page.get_height()
    text = page.get_textpage()
    boxes: list[Box] = []
    run: list[str] = []
    edges = raw.FS_RECTF()
    left = top = right = bottom = 0.0
    try:
        for index in range(min(text.count_chars(), _MAX_CHARACTERS)):
            # pdfium reports hyphens at line ends as U+0002 or U+FFFE.
            character = _HYPHENS.sub("-", chr(raw.FPDFText_GetUnicode(text, index)))
            if raw.FPDFText_IsGenerated(text, index) == 1 or character.isspace():
                run.append(" ")
                continue
            # Loose boxes have the height of the font, not of the letter.
            raw.FPDFText_GetLooseCharBox(text, index, edges)
            size = edges.top - edges.bottom
            beside = abs(height - edges.bottom - bottom) < 0.5 * size and -size < edges.left - right < 0.9 * size
            if not beside:
                _add(boxes, run, (left, top, right, bottom))
                run, left, top, bottom = [], edges.left, height - edges.top, height - edges.bottom
            run.append(character)
            right = edges.right
        _add(boxes, run, (left, top, right, bottom))
    finally:
        text.close()
    return boxes


_HYPHENS = re.compile("[\x02\ufffe\u00ad]")


def _add(boxes: list[Box], run: list[str], edges: tuple[float, float, float, float]) -> None:
    words = " ".join("".join(run).split())
    if words:
        boxes.append(Box(*edges, words))
