"""Reading of OpenDocument, RTF, workbooks and saved feeds."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.isolated import IsolatedReader
from tests.index.read.test_newsml import items as read_items
from tests.index.read.test_zipped import zipped

_ODT = (
    '<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b"><office:body><office:text>'
    '<text:h text:outline-level="1">Le bac de Trémel</text:h>'
    "<text:p>Le bac<text:s/>reprend lundi,<text:line-break/>après l’hiver.<text:note>x</text:note></text:p>"
    "<text:list><text:list-item><text:p>Tarif : 3 €</text:p></text:list-item></text:list>"
    "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Quai</text:p></table:table-cell>"
    "<table:table-cell><text:p>Heure</text:p></table:table-cell></table:table-row></table:table-header-rows>"
    "<table:table-row><table:table-cell><text:p>Nord</text:p></table:table-cell><table:table-cell><text:p>7 h</text:p>"
    "</table:table-cell></table:table-row></table:table></office:text></office:body></office:document-content>"
)
_META = (
    '<office:document-meta xmlns:office="o" xmlns:meta="m" xmlns:dc="d"><office:meta>'
    "<dc:title>Reprise du bac</dc:title>"
    "<meta:initial-creator>Zoé Riou</meta:initial-creator><meta:creation-date>2026-02-03T08:00:00</meta:creation-date>"
    "</office:meta></office:document-meta>"
)
_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\info{\title Le bac}{\author Zo\'e9 Riou}{\creatim\yr2026\mo2\dy3\hr8}}"
    rb"{\pict\pngblip 89504e470d0a}\pard Le bac de Tr\'e9mel reprend lundi.\par \u8220?Enfin\u8221?, dit le maire.\par}"
)
_RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="c" xmlns:dc="d"><channel><title>L’Écho du bac</title>
<language>fr</language><item><title>Le bac</title><link>https://bac.example/1</link>
<pubDate>Tue, 03 Feb 2026 08:00:00 +0100</pubDate>
<dc:creator>Zoé Riou</dc:creator><description>Court.</description>
<content:encoded><![CDATA[<p>Le bac reprend.</p><p>Lundi.</p>]]>
</content:encoded></item><item><title>Deux</title><description>Le quai ferme.</description></item>
<item><title>Vide</title></item>
</channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Fährblatt</title><entry>
<title type="html">Die F&amp;auml;hre</title>
<link rel="alternate" href="https://f.example/1"/><published>2026-02-03T08:00:00Z</published>
<author><name>Uta Kern</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Sie fährt wieder.</p></div></content></entry></feed>"""


def items(folder: Path, content: bytes | str, name: str) -> list[RawArticle | Problem]:
    """Read one file of `content` in the other process."""
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with IsolatedReader() as reader:
        return list(reader.read(file, name))


def only(found: list[RawArticle | Problem]) -> RawArticle:
    (item,) = found
    assert isinstance(item, RawArticle), item
    return item


def odt(content: str = _ODT) -> bytes:
    """Return a text of OpenDocument."""
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, "meta.xml": _META})


def test_a_text_of_opendocument_is_an_article_with_its_properties(tmp_path: Path) -> None:
    item = only(items(tmp_path, odt(), "a.odt"))
    assert (item.title, item.author, item.published) == ("Reprise du bac", "Zoé Riou", date(2026, 2, 3))
    assert "Le bac reprend lundi,\naprès l’hiver." in item.text
    assert "Quai: Nord; Heure: 7 h" in item.text
    assert "x" not in item.text


def test_a_text_of_opendocument_may_be_in_an_archive(tmp_path: Path) -> None:
    assert only(items(tmp_path, zipped({"b/a.odt": odt()}), "a.zip")).name == "a.zip/b/a.odt"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (odt("<a"), "not XML"),
        (odt("<a/>"), "no text in this document"),
        (zipped({"a": "b"}), "damaged, or not a document"),
    ],
)
def test_a_damaged_text_of_opendocument_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (item,) = items(tmp_path, content, "a.odt")
    assert isinstance(item, Problem)
    assert reason in item.message


def test_an_rtf_file_is_an_article_with_its_properties(tmp_path: Path) -> None:
    item = only(items(tmp_path, _RTF, "a.rtf"))
    assert (item.title, item.author, item.published) == ("Le bac", "Zoé Riou", date(2026, 2, 3))
    assert item.text.split() == "Le bac de Trémel reprend lundi. “Enfin”, dit le maire.".split()


def test_the_cells_of_a_table_in_rtf_are_on_one_line(tmp_path: Path) -> None:
    content = rb"{\rtf1\ansi Les heures.\par\trowd\cellx1000\cellx2000 Quai\cell 7 h\cell\row}"
    assert only(items(tmp_path, content, "a.rtf")).text.split("\n")[-1] == "Quai · 7 h"


def workbook(rows: list[list[str]]) -> bytes:
    """Return an Excel workbook of cells; one that begins with `=` is a day as a number since 1900."""
    cells = [
        "".join(
            f'<c s="1"><v>{cell[1:]}</v></c>'
            if cell.startswith("=")
            else f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            for cell in row
        )
        for row in rows
    ]
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return zipped(
        {
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
            f'Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/>'
            '<xf numFmtId="14"/></cellXfs></styleSheet>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>'
            + "".join(f"<row>{row}</row>" for row in cells)
            + "</sheetData></worksheet>",
        }
    )


def test_each_row_of_a_workbook_is_an_article(tmp_path: Path) -> None:
    content = workbook([["Titre", "Texte", "Date"], ["Le bac", "Le bac reprend.", "=46056"], ["Vide", "", ""]])
    article, problem = items(tmp_path, content, "a.xlsx")
    assert isinstance(article, RawArticle)
    assert (article.title, article.text, article.published) == ("Le bac", "Le bac reprend.", date(2026, 2, 3))
    assert article.name == "a.xlsx:2"
    assert isinstance(problem, Problem)
    assert "a.xlsx:3: no text" in problem.message


def test_a_workbook_without_texts_is_named(tmp_path: Path) -> None:
    (item,) = items(tmp_path, workbook([["Ville", "Voix"], ["Brest", "12"]]), "a.xlsx")
    assert isinstance(item, Problem)
    assert "no column has the texts" in item.message


def test_a_workbook_that_grows_beyond_measure_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", " " * 60_000_000)
    (item,) = items(tmp_path, file.read_bytes(), "a.xlsx")
    assert isinstance(item, Problem)
    assert "too large when unpacked" in item.message


def test_the_items_of_a_saved_feed_are_articles(tmp_path: Path) -> None:
    whole, summary, empty = read_items(tmp_path, _RSS)
    assert isinstance(whole, RawArticle)
    assert (whole.title, whole.text, whole.url) == ("Le bac", "Le bac reprend.\n\nLundi.", "https://bac.example/1")
    assert (whole.author, whole.published) == ("Zoé Riou", date(2026, 2, 3))
    assert (whole.source, whole.language, whole.warnings) == ("L’Écho du bac", "fr", ())
    assert isinstance(summary, RawArticle)
    assert summary.text == "Le quai ferme."
    assert "have only their summary" in summary.warnings[0]
    assert isinstance(empty, Problem)


def test_the_entries_of_a_saved_atom_feed_are_articles(tmp_path: Path) -> None:
    item = only(read_items(tmp_path, _ATOM))
    assert (item.title, item.text, item.author) == ("Die Fähre", "Sie fährt wieder.", "Uta Kern")
    assert (item.url, item.published, item.language) == ("https://f.example/1", date(2026, 2, 3), "de")
