"""Sitemaps, plain and compressed."""

import gzip

import pytest

from index.errors import FetchError
from index.web.sitemap import Sitemap, decompress, read

_URL = "https://news.example/sitemap.xml"
_NAMESPACE = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def test_a_sitemap_lists_pages_once() -> None:
    content = f"""<?xml version="1.0" encoding="UTF-8"?><urlset {_NAMESPACE}>
    <url><loc> https://news.example/a?x=1&amp;y=2 </loc>
    <image:image><image:loc>/photo.jpg</image:loc></image:image></url>
    <url><loc>/caf\u00e9</loc><lastmod>2026-01-02</lastmod></url><url><loc>/caf\u00e9</loc></url>
    <url><loc>ftp://news.example/</loc></url><url><loc></loc></url></urlset>"""
    pages = ("https://news.example/a?x=1&y=2", "https://news.example/caf%C3%A9")
    assert read(_URL, content.encode()) == Sitemap(pages, ())


def test_an_index_lists_sitemaps() -> None:
    content = f"<sitemapindex {_NAMESPACE}><sitemap><loc>/news.xml.gz</loc></sitemap></sitemapindex>"
    assert read(_URL, content.encode("utf-16")) == Sitemap((), ("https://news.example/news.xml.gz",))


def test_entities_and_damage_are_refused() -> None:
    hostile = '<!DOCTYPE urlset [<!ENTITY a "aaaa">]><urlset><url><loc>&a;</loc></url></urlset>'
    with pytest.raises(FetchError, match="document type"):
        read(_URL, hostile.encode())
    with pytest.raises(FetchError, match=r"damaged \(no element found"):
        read(_URL, b"<urlset><url>")


def test_a_compressed_sitemap_may_have_so_many_bytes() -> None:
    packed = gzip.compress(b"a" * 1_000_000)
    assert decompress(_URL, packed, 1_000_000) == b"a" * 1_000_000
    with pytest.raises(FetchError, match=r"larger than 0\.9 MB"):
        decompress(_URL, packed, 900_000)
    with pytest.raises(FetchError, match="damaged gzip"):
        decompress(_URL, b"\x1f\x8b\x08nothing", 900_000)
