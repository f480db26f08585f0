"""`THIRD_PARTY.md` names the packages that are installed."""

from tests.third_party import FILE, content


def test_the_list_of_packages_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == content(), "run make licenses"


def test_no_package_that_is_installed_with_newsqa_is_under_the_gpl() -> None:
    rows = [row for row in content().splitlines() if row.startswith("| ")][1:]
    assert len(rows) > 30
    assert [row for row in rows if "GPL" in row.replace("LGPL", "") and "MPL" not in row] == []
