"""Tables as lines of text."""

import time

import pytest

from index.read.table import Cell, lines


def header(*texts: str) -> list[Cell]:
    """Return a row of headers."""
    return [Cell(text, header=True) for text in texts]


def row(*texts: str) -> list[Cell]:
    """Return a row of cells."""
    return [Cell(text, header=False) for text in texts]


def test_each_cell_follows_the_name_of_its_column() -> None:
    assert lines([header("Ville", "Maire"), row("Brest", "A. B."), row("Metz", "C. D.")]) == [
        "Ville: Brest; Maire: A. B.",
        "Ville: Metz; Maire: C. D.",
    ]


def test_empty_cells_are_left_out() -> None:
    table = [header("Ville", "2025", "2026"), row("Brest", "", "4"), row("", "", ""), row("Metz", "", "")]
    assert lines(table) == ["Ville: Brest; 2026: 4", "Metz"]


def test_a_column_without_a_name_has_none() -> None:
    assert lines([header("", "2025", "2026"), row("Brest", "3", "4")]) == ["Brest; 2025: 3; 2026: 4"]


@pytest.mark.parametrize(
    "table", [[], [row("Brest", "3")], [header("Ville", "Maire")], [header("Ville")], [header("", "")]]
)
def test_a_table_without_headers_or_without_rows_has_no_lines(table: list[list[Cell]]) -> None:
    assert lines(table) is None


def test_a_header_at_the_left_names_the_cells_beside_it() -> None:
    table = [[*header("Maire"), *row("A. B.")], [*header("Adjoints"), *row("C. D.", "E. F.")]]
    assert lines(table) == ["Maire: A. B.", "Adjoints: C. D.; E. F."]


def test_headers_above_each_other_are_one_name() -> None:
    table = [
        [Cell("Ville", header=True, rows=2), Cell("Tarif", header=True, columns=2)],
        header("2025", "2026"),
        row("Brest", "3", "4"),
    ]
    assert lines(table) == ["Ville: Brest; Tarif 2025: 3; Tarif 2026: 4"]


def test_a_cell_of_several_rows_stands_in_each() -> None:
    table = [header("Jour", "Bus"), [Cell("Lundi", header=False, rows=2), *row("8 h")], row("9 h"), row("Mardi", "7 h")]
    assert lines(table) == ["Jour: Lundi; Bus: 8 h", "Jour: Lundi; Bus: 9 h", "Jour: Mardi; Bus: 7 h"]


def test_a_cell_of_several_columns_names_them_all() -> None:
    table = [header("Jour", "Matin", "Soir"), [*row("Lundi"), Cell("fermé", header=False, columns=2)]]
    assert lines(table) == ["Jour: Lundi; Matin, Soir: fermé"]


def test_a_cell_that_takes_a_whole_row_is_a_line() -> None:
    title, group = Cell("Horaires", header=True, columns=2), Cell("Été", header=False, columns=2)
    assert lines([[title], header("Jour", "Bus"), [group], row("Lundi", "8 h")]) == [
        "Horaires",
        "Été",
        "Jour: Lundi; Bus: 8 h",
    ]


def test_a_full_stop_before_the_next_cell_goes_unless_it_may_be_of_an_abbreviation() -> None:
    assert lines([header("a", "b", "c"), row("Fermé.", "etc.", "Ouvert.")]) == ["a: Fermé; b: etc.; c: Ouvert"]


def test_a_row_of_many_columns_is_several_lines_with_the_first_cell() -> None:
    names, cells = [f"c{number}" for number in range(12)], [f"v{number}" for number in range(12)]
    found = lines([header(*names), row(*cells)])
    assert found == [
        "; ".join(f"c{number}: v{number}" for number in range(9)),
        "c0: v0; c9: v9; c10: v10; c11: v11",
    ]


def test_cells_beyond_the_headers_are_kept() -> None:
    assert lines([header("Ville", "Maire"), row("Brest", "A. B.", "depuis 2020")]) == [
        "Ville: Brest; Maire: A. B.; depuis 2020"
    ]


@pytest.mark.parametrize(
    "table",
    [
        [header("a" * 10_000, "b"), *[row("1", "2")] * 1000],
        [header("a", "b"), [Cell("x" * 50_000, header=False, rows=9999), *row("1")], *[row("2")] * 50],
        [header("a", "b"), *[[Cell("x", header=False, columns=9999, rows=9999)] * 500] * 100],
    ],
)
def test_a_table_that_would_grow_too_much_has_no_lines(table: list[list[Cell]]) -> None:
    began = time.process_time()
    assert lines(table) is None
    assert time.process_time() - began < 2
