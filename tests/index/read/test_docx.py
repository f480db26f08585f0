"""Reading of Word documents."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import read
from tests.index.read.test_zipped import zipped

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str, core: str = "", **parts: str) -> bytes:
    """Return a document; `core` are its properties."""
    properties = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">{core}</cp:coreProperties>'
    )
    return zipped(
        {
            "[Content_Types].xml": _TYPES,
            "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
            "docProps/core.xml": properties,
            **parts,
        }
    )


def paragraph(text: str, style: str = "", run: str = "") -> str:
    """Return a paragraph."""
    named = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{named}<w:r>{run}<w:t>{text}</w:t></w:r></w:p>"


def table(rows: list[list[str]], first: str = "", run: str = "") -> str:
    """Return a table; `first` and `run` are properties of the first row and of its text."""
    parts = []
    for number, row in enumerate(rows):
        cells = "".join(f"<w:tc>{paragraph(cell, run=run if number == 0 else '')}</w:tc>" for cell in row)
        parts.append(f"<w:tr>{first if number == 0 else ''}{cells}</w:tr>")
    return f"<w:tbl>{''.join(parts)}</w:tbl>"


def items(folder: Path, content: bytes, name: str = "a.docx") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


ROWS = [["Phare", "Portée"], ["Kerlouan", "24 milles"], ["Pontusval", "11 milles"]]


def test_the_properties_of_a_document_are_fields(tmp_path: Path) -> None:
    core = (
        "<dc:title>Le phare tient</dc:title><dc:creator>Zoé Riou</dc:creator><dc:language>fr-FR</dc:language>"
        "<dcterms:created>2026-02-03T08:12:00Z</dcterms:created>"
    )
    assert items(tmp_path, docx(paragraph("Le phare reste allumé."), core)) == [
        RawArticle(
            file=tmp_path / "a.docx",
            name="presse/a.docx",
            text="Le phare reste allumé.",
            title="Le phare tient",
            author="Zoé Riou",
            language="fr",
            published=date(2026, 2, 3),
        )
    ]


def test_what_a_program_writes_as_properties_is_no_field(tmp_path: Path) -> None:
    core = (
        "<dc:title>Word Document</dc:title><dc:creator>python-docx</dc:creator>"
        "<dcterms:created>2013-12-23T23:15:00Z</dcterms:created>"
    )
    (item,) = items(tmp_path, docx(paragraph("Le phare reste allumé."), core))
    assert isinstance(item, RawArticle)
    assert (item.title, item.author, item.published) == (None, None, None)


def test_a_heading_is_the_title_of_a_document_without_one(tmp_path: Path) -> None:
    style = '<w:style w:type="paragraph" w:styleId="Titre1"><w:name w:val="heading 1"/></w:style>'
    styles = f"<w:styles {_W}>{style}</w:styles>"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="styles.xml"/></Relationships>'
    )
    content = docx(
        paragraph("Le phare tient", "Titre1") + paragraph("Il reste allumé."),
        **{"word/styles.xml": styles, "word/_rels/document.xml.rels": relations},
    )
    (item,) = items(tmp_path, content)
    assert isinstance(item, RawArticle)
    assert (item.title, item.text) == ("Le phare tient", "Le phare tient\n\nIl reste allumé.")


@pytest.mark.parametrize(
    "written",
    [
        table(ROWS, first="<w:trPr><w:tblHeader/></w:trPr>"),
        table(ROWS, run="<w:rPr><w:b/></w:rPr>"),
    ],
)
def test_a_row_of_a_table_names_its_columns(tmp_path: Path, written: str) -> None:
    (item,) = items(tmp_path, docx(written))
    assert isinstance(item, RawArticle)
    assert item.text == "Phare: Kerlouan; Portée: 24 milles\nPhare: Pontusval; Portée: 11 milles"


def test_a_table_without_headers_keeps_its_rows(tmp_path: Path) -> None:
    (item,) = items(tmp_path, docx(table(ROWS[1:])))
    assert isinstance(item, RawArticle)
    assert item.text == "Kerlouan · 24 milles\nPontusval · 11 milles"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "not a complete zip file: File is not a zip file"),
        (b"Le phare tient.", "not a complete zip file: File is not a zip file"),
        (zipped({"a.md": "x"}), "damaged, or not a document of Word, Excel or OpenDocument"),
        (docx(""), "no text"),
        (docx(paragraph("x" * 10_000_001)), "more than 10 MB of text, too large for an article"),
        (
            zipped({"word/document.xml": '<!DOCTYPE x [<!ENTITY a "aaa">]><x>&a;</x>'}),
            "declares entities, which articles do not need: remove its DOCTYPE",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes, message: str) -> None:
    (item,) = items(tmp_path, content)
    assert isinstance(item, Problem)
    assert item.message == f"{tmp_path}/a.docx: {message}"


def test_a_document_that_nests_too_deeply_is_a_problem(tmp_path: Path) -> None:
    deep = "<w:sdt><w:sdtContent>" * 2000 + "</w:sdtContent></w:sdt>" * 2000
    (item,) = items(tmp_path, docx(deep))
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/a.docx: ")


def test_a_document_in_an_archive_is_read(tmp_path: Path) -> None:
    content = zipped({"b.docx": docx(paragraph("Le phare reste allumé.")), "c.docx": zipped({"c.docx": "x"})})
    document, other = items(tmp_path, content, "a.zip")
    assert isinstance(document, RawArticle)
    assert (document.name, document.text) == ("presse/a.zip/b.docx", "Le phare reste allumé.")
    assert isinstance(other, Problem)
    assert zipfile.is_zipfile(tmp_path / "a.zip")
