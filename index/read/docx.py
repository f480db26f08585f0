"""Read Word documents; the only module that imports mammoth."""

import io
import re
import zipfile
from pathlib import Path

from index.errors import ArticleError
from index.read import html, xml_tree
from index.read.article import Place, RawArticle, article_at

MAIN = "word/document.xml"
"""The entry of the archive that makes it a Word document."""
MAX_XML = 10_000_000  # bytes of the text with its markup; parsing takes 30 times as much memory
_PROPERTIES = "docProps/core.xml"
_STYLES = "p[style-name='Title'] => h1:fresh"
# Of documents that python-docx creates.
_TEMPLATE = frozenset(("Word Document", "python-docx", "2013-12-23T23:15:00Z"))
_FIRST_ROW = re.compile(r"<table>(?:<tbody>)?<tr>.*?</tr>", re.DOTALL)
_ONE_PARAGRAPH = re.compile(r"(<t[dh][^>]*>)<p>((?:(?!<p>).)*)</p>(</t[dh]>)", re.DOTALL)  # in a cell
_CELL = re.compile(r"<td([^>]*)>(.*?)</td>", re.DOTALL)
_BOLD = re.compile(r"(?:<strong>[^<]*</strong>)?")


def article(file: Path, name: str, archive: zipfile.ZipFile) -> RawArticle:
    """Return the article of a document, with the title, author and date of its properties.

    Raises:
        ArticleError: the document is too large or damaged, or a package is not installed.
    """
    try:
        # Here, since newsqa can be installed without it.
        import mammoth
    except ImportError as error:
        raise ArticleError(f"{file}: Word files need another package: pip install 'newsqa[web]'") from error
    parts = {entry.filename: entry for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))}
    if any(entry.file_size > MAX_XML for entry in parts.values()):
        raise ArticleError(f"{file}: more than {MAX_XML // 1_000_000} MB of text, too large for an article")
    try:
        for entry in parts:
            xml_tree.parse(archive.read(entry))  # for its limits, which mammoth does not have
    except ArticleError as error:
        raise ArticleError(f"{file}: {error}") from error
    copy = io.BytesIO()
    # Without its images, which would be converted.
    with zipfile.ZipFile(copy, "w") as small:
        for entry in parts:
            small.writestr(entry, archive.read(entry))
    no_image = mammoth.images.img_element(lambda _: {})
    markup = mammoth.convert_to_html(copy, style_map=_STYLES, convert_image=no_image).value
    fields = _properties(archive.read(_PROPERTIES)) if _PROPERTIES in parts else {}
    return article_at(
        Place(file, 1), name, fields, html.from_html(_FIRST_ROW.sub(_as_header, _ONE_PARAGRAPH.sub(r"\1\2\3", markup)))
    )


def _as_header(row: re.Match[str]) -> str:
    """Mark the cells of a first row as headers if all of them are bold."""
    cells = _CELL.findall(row[0])
    bold = any("<strong>" in cell for _, cell in cells) and all(_BOLD.fullmatch(cell) for _, cell in cells)
    return _CELL.sub(r"<th\1>\2</th>", row[0]) if bold else row[0]


def _properties(content: bytes) -> dict[str, str]:
    root = xml_tree.parse(content)
    values = {name: xml_tree.text(root.find(name)) for name in ("title", "creator", "created", "language")}
    title, author, created, language = ("" if value in _TEMPLATE else value for value in values.values())
    return {
        "title": title,
        "author": author if " " in author else "",  # one word is the name of a login
        "date": created,
        "language": language,
    }
