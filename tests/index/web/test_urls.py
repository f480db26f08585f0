"""URLs and their parts."""

import pytest

from index.web.urls import is_url, join, normalized, same_site


@pytest.mark.parametrize(
    ("url", "usual"),
    [
        ("HTTP://News.Example:80", "http://news.example/"),
        ("https://news.example:443/a/../b?x=%C3%A9&y=é#there", "https://news.example/a/../b?x=%C3%A9&y=%C3%A9"),
        ("https://news.example.:8443/ü", "https://news.example:8443/%C3%BC"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2606:2800:0220:0001::0001]:80/", "http://[2606:2800:220:1::1]/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
    ],
)
def test_a_url_has_one_usual_form(url: str, usual: str) -> None:
    assert normalized(url) == usual
    assert normalized(usual) == usual


def test_links_are_relative_to_their_page() -> None:
    assert join("https://news.example/a/b", " ../c ") == "https://news.example/c"
    assert join("https://news.example/a", "//other.example") == "https://other.example/"
    with pytest.raises(ValueError, match="not an http or https address"):
        join("https://news.example/a", "mailto:a@news.example")


def test_a_site_has_the_names_below_its_name() -> None:
    assert same_site("https://www.news.example/", "http://news.example/a")
    assert same_site("https://feeds.news.example/", "https://www.news.example/")
    assert not same_site("https://news.example/", "https://badnews.example/")
    assert not same_site("https://a.example/", "https://b.example/")


def test_files_are_no_urls() -> None:
    assert [is_url(text) for text in ("https://a.example", "FTP://a.example", "news/a.md", "C:\\news", "a:b")] == [
        True, True, False, False, False
    ]  # fmt: skip
