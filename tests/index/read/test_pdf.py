"""Reading of PDF files."""

import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import read

Line = tuple[int, int, int, str]
"""The place from the left and the top of the page in points, the size of the letters, and the text."""


def pdf(pages: Sequence[Sequence[Line]], info: str = "", trailer: str = "") -> bytes:
    """Return a document with text in Helvetica."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/MediaBox[0 0 600 800]/Count {len(pages)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, lines in enumerate(pages):
        page = f"<</Type/Page/Parent 2 0 R/Contents {5 + 2 * number} 0 R/Resources<</Font<</F 3 0 R>>>>>>"
        content = b"".join(
            f"BT /F {size} Tf {left} {800 - top} Td (".encode() + text.encode("cp1252") + b") Tj ET\n"
            for left, top, size, text in lines
        )
        objects += [page.encode(), b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)]
    objects.append(f"<<{info}>>".encode("cp1252"))
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R/Info {size - 1} 0 R{trailer}>>"
    return body + f"{end}\nstartxref\n{len(body)}\n%%EOF".encode()


def column(left: int, lines: Sequence[str], top: int = 120) -> list[Line]:
    """Return lines below each other."""
    return [(left, top + 14 * number, 11, text) for number, text in enumerate(lines)]


def items(folder: Path, content: bytes, name: str = "a.pdf") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content)
    return list(read(file, f"presse/{name}"))


def article(folder: Path, pages: Sequence[Sequence[Line]], info: str = "") -> RawArticle:
    """Read a document of one article."""
    (item,) = items(folder, pdf(pages, info))
    assert isinstance(item, RawArticle), item
    return item


LEFT = [
    "Le phare de Kerlouan reste allumé, a",
    "confirmé la commune dimanche soir après",
    "la tempête. Deux techniciens dorment sur",
    "place et changent la lanterne, ce qui de-",
    "mande une semaine.",
]
RIGHT = [
    "Les grandes marées arrivent mardi, et le",
    "gardien a renforcé la porte du bas avec des",
    "planches de chêne. La région paie la moi-",
    "tié des travaux, la commune le reste, selon",
    "le conseil réuni à Saint-",
    "Malo lundi.",
]


def test_lines_are_joined_to_paragraphs(tmp_path: Path) -> None:
    read_as = article(tmp_path, [[*column(50, LEFT), *column(50, RIGHT, top=220)]])
    assert read_as.text == (
        "Le phare de Kerlouan reste allumé, a confirmé la commune dimanche soir après la tempête. Deux techniciens "
        "dorment sur place et changent la lanterne, ce qui demande une semaine.\n\n"
        "Les grandes marées arrivent mardi, et le gardien a renforcé la porte du bas avec des planches de chêne. La "
        "région paie la moitié des travaux, la commune le reste, selon le conseil réuni à Saint-Malo lundi."
    )


@pytest.mark.parametrize("by_row", [False, True])
def test_the_left_column_is_read_before_the_right_one(tmp_path: Path, by_row: bool) -> None:
    lines = [*column(50, LEFT), *column(320, RIGHT)]
    if by_row:
        lines.sort(key=lambda line: line[1])
    read_as = article(tmp_path, [[(50, 80, 24, "Le phare tient bon malgré la tempête"), *lines]])
    assert read_as.text.split("\n\n") == [
        "Le phare tient bon malgré la tempête",
        "Le phare de Kerlouan reste allumé, a confirmé la commune dimanche soir après la tempête. Deux techniciens "
        "dorment sur place et changent la lanterne, ce qui demande une semaine.",
        "Les grandes marées arrivent mardi, et le gardien a renforcé la porte du bas avec des planches de chêne. La "
        "région paie la moitié des travaux, la commune le reste, selon le conseil réuni à Saint-Malo lundi.",
    ]


def test_the_largest_line_of_the_first_page_is_the_title(tmp_path: Path) -> None:
    read_as = article(tmp_path, [[(50, 80, 24, "Le phare tient bon"), *column(50, LEFT)]])
    assert read_as.title == "Le phare tient bon"


def test_headers_footers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [
        [(50, 30, 9, "Le Goéland, février 2026"), *column(50, body), (290, 780, 9, f"Page {number} sur 3")]
        for number, body in enumerate((LEFT, RIGHT, ["Une page de Kerlouan."]), start=1)
    ]
    text = article(tmp_path, pages).text
    assert "Goéland" not in text
    assert "Page" not in text
    assert text.count("Kerlouan") == 2


def test_a_sentence_goes_on_on_the_next_page(tmp_path: Path) -> None:
    pages = [
        [*column(50, ["Le phare de Kerlouan reste allumé, a con-"]), (290, 780, 9, "1")],
        column(50, ["firmé la mairie."]),
    ]
    assert article(tmp_path, pages).text == "Le phare de Kerlouan reste allumé, a confirmé la mairie."


@pytest.mark.parametrize(
    ("info", "title", "author", "published"),
    [
        (
            "/Title(Le phare tient)/Author(Zoé Riou)/CreationDate(D:20260203081200+01'00')",
            "Le phare tient",
            "Zoé Riou",
            date(2026, 2, 3),
        ),
        ("/Title(Microsoft Word - phare.docx)/Author(zriou)", None, None, None),
        ("/Title(untitled)/CreationDate(D:00000101)", None, None, None),
        ("/Title(phare-v2.indd)", None, None, None),
    ],
)
def test_plausible_data_of_the_document_is_taken(
    tmp_path: Path, info: str, title: str | None, author: str | None, published: date | None
) -> None:
    read_as = article(tmp_path, [column(50, LEFT)], info)
    assert (read_as.title, read_as.author, read_as.published) == (title, author, published)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pdf([[], []]), "no text, only images: recognize the text first (OCR)"),
        (
            b"%PDF-1.4\n1 0 obj<<>>endobj\n",
            "damaged, or not a PDF: Failed to load document (PDFium: Data format error).",
        ),
        (b"Le phare tient.", "damaged, or not a PDF: Failed to load document (PDFium: File access error)."),
        (
            pdf(
                [column(50, LEFT)],
                trailer="/Encrypt<</Filter/Standard/V 1/R 2/P -4/O(" + "x" * 32 + ")/U(" + "y" * 32 + ")>>/ID[(a)(a)]",
            ),
            "encrypted: save it without a password",
        ),
        (pdf([[]] * 10_000), "10000 pages, more than 1000: split it"),
    ],
)
def test_a_document_that_cannot_be_read_is_a_problem_within_seconds(
    tmp_path: Path, content: bytes, message: str
) -> None:
    start = time.process_time()
    (item,) = items(tmp_path, content)
    assert isinstance(item, Problem)
    assert item.message.startswith(f"{tmp_path}/a.pdf: {message[:50]}")
    assert time.process_time() - start < 5


def test_a_document_is_read_whatever_its_name_says(tmp_path: Path) -> None:
    (item,) = items(tmp_path, pdf([column(50, LEFT)]), "a.txt")
    assert isinstance(item, RawArticle)
    assert item.text.startswith("Le phare de Kerlouan")
