"""Anything that a server sends becomes articles, addresses or one of the documented errors."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import strategies as st
from protego import Protego

from index.errors import FetchError
from index.read import address
from index.web import article, collect, discovery, feed, sitemap, urls
from index.web.addresses import ascii_host, literal, refusal
from index.web.fetch import Fetched
from index.web.robots import AGENT
from tests.fuzz.fuzzing import JSON, LONG, TEXT, altered, fuzz

_URL = "https://goeland.test/feed"
_RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Goéland</title><item><title>Le phare</title><link>/phare</link><guid>1</guid><pubDate>Tue, 3 Feb 2026 09:00:00
+0100</pubDate><content:encoded><![CDATA[<p>Le phare tient.</p>]]></content:encoded></item></channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Goéland</title><entry><id>tag:1</id><title type="html">Le
phare</title><link rel="alternate" href="/phare"/><updated>2026-02-03T09:00:00Z</updated><author><name>Zoé</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Le phare.</p></div></content></entry></feed>"""
_SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>
https://goeland.test/a</loc></url></urlset>"""
_ROBOTS = "User-agent: newsqa\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 5\nSitemap: /s.xml\n"
_ITEMS = {"version": "https://jsonfeed.org/version/1.1", "title": "Goéland", "items": []}
_PIECES = st.sampled_from(
    [
        *(b"<", b">", b"&#x0;", b"&lol;", b"<!DOCTYPE a [<!ENTITY lol 'x'>]>", b"<link/>", b"encoding='utf-7'", b"\xff\xfe"),
        *(b"]]>", b"<item>", b"</item>", b"<content type='application/xml'>", b"xml:base='//[::1'", b"http://[::1", b"*" * 50),
        *(b"javascript:x", b"Crawl-delay: 1e999\n", b"Disallow: /%zz\n", b"Request-rate: 0/0\n", b"Visit-time: 1-2\n"),
    ]
) | st.binary(max_size=10)  # fmt: skip
_TEXTS = LONG.map(lambda text: text.encode("utf-8", "surrogatepass"))
_HOSTS = st.sampled_from(
    [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25a]",
        "①②⑦.0.0.1",
        "ex%61mple.org",
        "a..b",
        "[v1.a]",
    ]
)


def _known(work: Callable[[], object], *errors: type[Exception]) -> None:
    """Do some work that may raise the documented errors, each of one line."""
    message = ""
    try:
        work()
    except errors as error:
        message = str(error)
    assert "\n" not in message


def _xml(content: bytes) -> None:
    _known(lambda: feed.read_xml(_URL, content, "utf-8"), FetchError)
    _known(lambda: discovery.feed_of(_URL, content, None), FetchError)


def _json(content: bytes) -> None:
    feed.is_json_feed(content)
    _known(lambda: feed.read_json(_URL, content), FetchError)


def _sitemap(content: bytes) -> None:
    _known(lambda: sitemap.read(_URL, content), FetchError)
    _known(lambda: sitemap.decompress(_URL, content, 10_000), FetchError)


def _robots(content: bytes) -> None:
    rules = Protego.parse(content.decode("utf-8-sig", "replace"))  # as in `index.web.robots`
    for path in ("/", "/a?b#c", "/%61%zz", f"/{'a' * 2000}"):
        rules.can_fetch(f"https://goeland.test{path}", AGENT)
    assert min(rules.crawl_delay(AGENT) or 0.0, 60.0) <= 60.0


def _response(content: bytes) -> None:
    for kind in ("text/html", "text/plain", "application/pdf", "text/markdown", ""):
        fetched = Fetched(_URL, content, kind, "utf-8", None, None)
        _known(lambda fetched=fetched: article.from_response(fetched), FetchError)  # type: ignore[misc]
        _known(lambda fetched=fetched: collect.read_feed(fetched), FetchError)  # type: ignore[misc]


_PARSERS: dict[str, tuple[Callable[[bytes], None], list[str]]] = {
    "feeds": (_xml, [_RSS, _ATOM]),
    "JSON feeds": (_json, [json.dumps(_ITEMS | {"items": [{"id": 1, "url": "/a", "content_html": "<p>a", "authors": []}]})]),
    "sitemaps": (_sitemap, [_SITEMAP]),
    "robots.txt": (_robots, [_ROBOTS]),
    "responses": (_response, [_RSS, f"<!doctype html><title>x</title><p>{_ROBOTS}", _ROBOTS]),
}  # fmt: skip


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("parser", _PARSERS)
def test_any_content_is_read_or_refused(parser: str) -> None:
    work, valid = _PARSERS[parser]
    fuzz(st.one_of(*(altered(each.encode(), _PIECES | _TEXTS) for each in valid), _TEXTS), work, small=5)


@pytest.mark.timeout(3600)
def test_any_items_of_a_json_feed_are_entries_or_left_out() -> None:
    names = [
        "id",
        "url",
        "external_url",
        "title",
        "content_text",
        "content_html",
        "date_published",
        "authors",
        "author",
    ]
    items = st.lists(st.dictionaries(st.sampled_from(names), JSON) | JSON, max_size=3)

    def work(values: Sequence[object]) -> None:
        for entry in feed.read_json(_URL, json.dumps(_ITEMS | {"items": values}).encode()).entries:
            assert entry.key
            _known(lambda entry=entry: article.from_entry(_URL, entry, "x"), FetchError)  # type: ignore[misc]

    fuzz(items, work, small=8)


@pytest.mark.timeout(3600)
def test_any_address_is_normalized_once_or_refused() -> None:
    forms = st.sampled_from(
        ["{0}", "https://{0}", "http://{0}:{1}/{1}", "//{0}@{1}", "https://{1}@{0}/?{1}#{1}", "{0}:{1}"]
    )
    hosts = _HOSTS | TEXT
    texts = st.builds(
        lambda form, host, rest: form.format(host, rest), forms, hosts, TEXT | st.integers(0, 99999).map(str)
    )

    def work(text: str) -> None:
        with suppress(ValueError):
            ascii_host(text)
        canonical = address.canonical(text)
        assert canonical is None or address.canonical(canonical) is not None
        try:
            url = urls.normalized(text)
        except ValueError:
            return
        assert urls.normalized(url) == url
        assert url.isascii()
        found = literal(urls.host_of(url))
        assert found is None or refusal(found) is None or isinstance(refusal(found), str)
        _known(lambda: urls.join(url, text), ValueError)

    fuzz(texts, work, small=40)
