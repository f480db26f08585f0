"""Reading of tables in CSV and TSV."""

from datetime import date
from pathlib import Path

import pytest

from index.read.article import Problem, RawArticle
from index.read.files import file_of, origin, read


def items(folder: Path, content: str, name: str = "a.csv") -> list[RawArticle | Problem]:
    """Read one file of `content`."""
    file = folder / name
    file.write_bytes(content.encode())
    return list(read(file, f"presse/{name}"))


def test_a_row_is_an_article(tmp_path: Path) -> None:
    content = 'title,text,date,source\nPhare,"Le phare, rallumé, tient.",2026-02-03,Le Goéland\n'
    (item,) = items(tmp_path, content)
    assert item == RawArticle(
        file=tmp_path / "a.csv",
        name="presse/a.csv:2",
        text="Le phare, rallumé, tient.",
        title="Phare",
        published=date(2026, 2, 3),
        source="Le Goéland",
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "titre;texte\nPhare;Le phare, rallumé, tient.\n"),
        ("a.tsv", "Title\tBody\nPhare\tLe phare, rallumé, tient.\n"),
        ("a.csv", "\ufeffHeadline|Full text\r\nPhare|Le phare, rallumé, tient.\r\n"),
        ("a.csv", '"text","title"\n"Le phare, rallumé, tient.","Phare"'),
        ("a.CSV", 'id,title,content,body\n1,Phare,,"Le phare, rallumé, tient."\n'),
        ("a.csv", "\n\ntitle;text\n\nPhare;Le phare, rallumé, tient.\n;\n"),
        ("a.csv", "sep=;\r\ntitle;text\r\nPhare;Le phare, rallumé, tient.\r\n"),
        ("a.csv", '\ufeffsep=^\ntitle^text\nPhare^"Le phare, rallumé, tient."'),
    ],
)
def test_delimiters_and_names_of_columns_vary(tmp_path: Path, name: str, content: str) -> None:
    (item,) = items(tmp_path, content, name)
    assert isinstance(item, RawArticle)
    assert (item.title, item.text) == ("Phare", "Le phare, rallumé, tient.")


def test_an_article_is_named_by_the_line_at_which_its_row_begins(tmp_path: Path) -> None:
    content = 'text\n"Un.\n\nDeux."\n\n"Trois."\n'
    found = [item for item in items(tmp_path, content) if isinstance(item, RawArticle)]
    assert [(item.name, item.text) for item in found] == [
        ("presse/a.csv:2", "Un.\n\nDeux."),
        ("presse/a.csv:6", "Trois."),
    ]
    assert {file_of(origin(item)) for item in found} == {tmp_path / "a.csv"}


def test_a_bad_row_does_not_stop_the_others(tmp_path: Path) -> None:
    content = "title,text\nA,Un.\nB,Deux, trois.\nC,\nD,Quatre."
    found = items(tmp_path, content)
    assert [type(item) for item in found] == [RawArticle, Problem, Problem, RawArticle]
    assert [item.message for item in found if isinstance(item, Problem)] == [
        f"{tmp_path}/a.csv:3: more cells than the 2 columns: write texts in quotes",
        f"{tmp_path}/a.csv:4: no text: name the field 'text', 'content' or 'body'",
    ]


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_row_whose_quotes_are_not_closed_does_not_take_the_rows_below_it(tmp_path: Path, end: str) -> None:
    content = 'title,text\nA,Un.\nB,"Deux.\nC,Trois.\nD,Quatre.' + end
    item, problem = items(tmp_path, content)
    assert isinstance(item, RawArticle)
    assert item.text == "Un."
    assert problem == Problem(
        tmp_path / "a.csv",
        f"{tmp_path}/a.csv:3: the quotes of a cell are not closed, and no row below is read: close or remove them",
    )


def test_lines_are_counted_below_a_line_that_names_the_delimiter(tmp_path: Path) -> None:
    (item,) = items(tmp_path, "sep=;\ntext;title\nUn.;A\n")
    assert (item.name if isinstance(item, RawArticle) else None) == "presse/a.csv:3"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "name,age\nZoé,3\n",
            "a.csv:1: no column has the texts: name it 'text' in the first row; the columns are: name, age",
        ),
        ("", "a.csv:1: no column has the texts: name it 'text' in the first row; the columns are: none"),
        ("title,text\n", "a.csv: no articles: write one row for each below the names of the columns"),
        ("title,text\nA,x\0y\n", "a.csv: a binary file, not text"),
        ("text\n" + "x" * 5_000_001, "a.csv:2: not a table in CSV: field larger than field limit (5000000)"),
    ],
)
def test_a_table_that_cannot_be_read_is_a_problem(tmp_path: Path, content: str, message: str) -> None:
    (item,) = items(tmp_path, content)
    assert isinstance(item, Problem)
    assert item.message == f"{tmp_path}/{message}"
