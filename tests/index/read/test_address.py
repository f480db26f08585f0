"""Canonical addresses."""

import pytest

from index.read.address import canonical


@pytest.mark.parametrize(
    "written",
    [
        "https://goeland.test/a/b?id=3",
        "http://www.Goeland.test:80/a/b/?utm_source=x&id=3&fbclid=1#haut",
        " https://www.goeland.test/a/b/amp/?id=3&xtor=RSS-1&at_medium=mail ",
        "https://goeland.test:443/a/b?amp=1&id=3&gclid=5&mc_eid=2",
        "https://www.google.com/amp/s/www.goeland.test/a/b%3Fid=3",
        "https://www-goeland-test.cdn.ampproject.org/c/s/www.goeland.test/a/b?id=3",
    ],
)
def test_an_article_with_several_addresses_has_one(written: str) -> None:
    assert canonical(written) == "https://goeland.test/a/b?id=3"


@pytest.mark.parametrize(
    "url",
    [
        "https://goeland.test",
        "https://goeland.test/amp",
        "https://goeland.test/utm_source?page=2&ref=a",
        "https://goeland.test/Pont-%C3%A9t%C3%A9",
        "https://www.gov.uk/a",
        "http://127.0.0.1:8000/a",
        "https://[::1]/a",
    ],
)
def test_what_chooses_the_content_stays(url: str) -> None:
    assert canonical(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "goeland.test/a",
        "mailto:a@b.test",
        "javascript:x()",
        "https://",
        "https://a b/",
        "http://a.test:99999/",
        "http://[::",
        "https://a.test/" + "x" * 2000,
    ],
)
def test_other_strings_are_no_addresses(url: str) -> None:
    assert canonical(url) is None
