"""The measurement of web pages, with a part of its pages."""

import pytest

from eval.pages.__main__ import Page, Score, pages, read, score, serve
from eval.pages.marked import SETS
from eval.pages.site import FAILURES, Site
from eval.pages.story import words
from index.errors import FetchError

# One story of half the layouts, with all encodings and compressions among them.
_PART = (
    "wordpress/olivar drupal/four soup/souk tables/tram graph/souk bare/harbour gallery/gel questions/maut stub/eau "
    "interrupted/bac third/arc third/drupal_interview third/magazin third/next_data third/slideshow third/tables_2005"
).split()
_FAILURES = sorted(set(FAILURES) - {"/slow", "/busy"})  # these take seconds


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    with Site() as site:
        served = pages(site.url)
        asked = serve(site, served)
        part = [(page, url) for page, url in zip(served, asked, strict=True) if page.path[1:].split(".")[0] in _PART]
        found = read(site, [url for _, url in part])
        return [score(page, found[url]) for page, url in part]


def test_the_words_of_the_pages_are_read_and_no_others(scores: list[Score]) -> None:
    assert len(scores) == len(_PART)
    assert {each.page.path: (each.recall, each.precision) for each in scores if each.recall < 0.95} == {}
    assert {each.page.path: (each.recall, each.precision) for each in scores if each.precision < 0.95} == {}


def test_the_fields_of_the_pages_are_right(scores: list[Score]) -> None:
    assert {each.page.path: each.right for each in scores if not all(each.right.values())} == {}


@pytest.mark.parametrize("path", _FAILURES)
def test_a_page_that_cannot_be_read_is_named_with_its_reason(path: str) -> None:
    with Site() as site:
        item = read(site, [site.url + path])[site.url + path]
    assert isinstance(item, FetchError)
    assert FAILURES[path][1] in str(item)


def test_there_are_three_pages_of_each_layout_with_different_addresses() -> None:
    found = [page for page in pages("http://127.0.0.1:1") if page.layout not in SETS]
    assert len({page.path for page in found}) == len(found) == 60
    counts: dict[str, list[Page]] = {}
    for page in found:
        counts.setdefault(page.layout, []).append(page)
    assert {len(each) for each in counts.values()} == {3}


def test_a_page_that_is_not_read_counts_as_nothing() -> None:
    page = pages("http://127.0.0.1:1")[0]
    scored = score(page, FetchError("http://127.0.0.1:1", "no"))
    assert (scored.recall, scored.precision, any(scored.right.values())) == (0.0, 0.0, False)


def test_words_of_scripts_without_spaces_are_characters() -> None:
    assert words("Le Pont, le 3. 青羽市") == {"le": 2, "pont": 1, "3": 1, "青": 1, "羽": 1, "市": 1}
