"""Feeds: RSS, Atom and JSON Feed, whole, damaged and hostile."""

import json
from datetime import date
from pathlib import Path

import pytest

from index.errors import FetchError
from index.web.discovery import feed_of
from index.web.feed import Entry, Feed, is_json_feed, read_json, read_xml

_URL = "https://news.example/feeds/all.xml"
_RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Courrier du Val</title><language>fr-FR</language>
<item><title>Le pont &amp; la rive</title><link>../pont?a=1#x</link><guid>42</guid><dc:creator>Ana Roux</dc:creator>
<pubDate>Tue, 10 Nov 2026 23:30:00 -0200</pubDate><description>Un résumé.</description>
<content:encoded><![CDATA[<p>Le pont rouvre.</p>]]></content:encoded></item>
<item><title>Sans lien</title><description>Rien.</description></item>
<item><link>https://news.example/neige</link></item>
<item><link>javascript:alert(1)</link><title>x</title></item>
</channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Valley News</title>
<entry><id>tag:1</id><title>Snow</title><link rel="alternate" href="/snow"/><updated>2026-11-12T08:00:00Z</updated>
<published>2026-11-11T08:00:00Z</published><author><name>Bo Lind</name></author>
<content type="html">&lt;p&gt;Snow falls.&lt;/p&gt;</content></entry>
<entry><id>tag:1</id><title>Snow again</title><link href="/again"/></entry></feed>"""


def test_an_rss_feed_gives_its_entries() -> None:
    feed = read_xml(_URL, _RSS.encode(), None)
    assert (feed.title, feed.language) == ("Courrier du Val", "fr-FR")
    assert feed.entries == (
        Entry(
            key="https://news.example/feeds/42",
            link="https://news.example/pont?a=1",
            title="Le pont & la rive",
            day=date(2026, 11, 11),
            author="Ana Roux",
            updated="Tue, 10 Nov 2026 23:30:00 -0200",
            content="<p>Le pont rouvre.</p>",
        ),
        Entry(key="https://news.example/neige", link="https://news.example/neige"),
    )


def test_an_atom_feed_gives_each_entry_once() -> None:
    feed = read_xml(_URL, _ATOM.encode(), None)
    entry = Entry(
        "tag:1", "https://news.example/snow", "Snow", date(2026, 11, 11), "Bo Lind", "2026-11-12T08:00:00Z",
        "<p>Snow falls.</p>",
    )  # fmt: skip
    assert feed == Feed("Valley News", None, (entry,))


def test_a_json_feed_gives_its_entries() -> None:
    items = [
        {"id": 7, "url": "/a", "content_text": "One < two.\n\nThree.", "date_published": "2026-11-10T23:30:00-02:00"},
        {
            "id": "8",
            "external_url": "https://other.example/b",
            "title": "B",
            "authors": [{"name": "Ana"}, {"name": "Bo"}],
        },
        {"id": "9", "title": "neither link nor content"},
        "no item",
    ]
    content = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Valley", "items": items}).encode()
    assert is_json_feed(content)
    assert not is_json_feed(b'{"version": "1"}')
    first, second = read_json(_URL, content).entries
    assert (first.key, first.link, first.day) == ("7", "https://news.example/a", date(2026, 11, 11))
    assert first.content == "<p>One &lt; two.</p><p>Three.</p>"
    assert (second.link, second.author, second.content) == ("https://other.example/b", "Ana, Bo", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_a_feed_is_decoded_as_it_says(encoding: str) -> None:
    content = _RSS.replace('version="1.0"?', f'version="1.0" encoding="{encoding}"?').encode(encoding)
    assert read_xml(_URL, content, None).title == "Courrier du Val"
    assert read_xml(_URL, _RSS.replace("du", "é").encode("latin-1"), "latin-1").title == "Courrier é Val"


def test_a_damaged_feed_gives_what_can_be_read() -> None:
    assert read_xml(_URL, _RSS.encode()[:-60], None).entries[0].title == "Le pont & la rive"
    assert read_xml(_URL, _RSS.replace("&amp;", "&").encode(), None).entries[0].title == "Le pont & la rive"


def test_a_feed_that_is_cut_before_its_first_entry_is_damaged() -> None:
    with pytest.raises(FetchError, match=r"the feed is damaged \(.*no element found.*\): report it"):
        read_xml(_URL, b'<rss version="2.0"><channel><title>Courrier</title><item>', None)
    assert read_xml(_URL, b'<rss version="2.0"><channel><title>Courrier</title></channel></rss>', None).entries == ()


def test_a_feed_opens_no_file_and_expands_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(_RSS)
    with pytest.raises(FetchError, match="not an RSS or Atom feed"):
        read_xml(_URL, str(secret).encode(), None)
    entity = f'<!DOCTYPE rss [<!ENTITY a SYSTEM "{secret.as_uri()}"><!ENTITY b "{"b" * 1000}">'
    entity += "".join(f'<!ENTITY b{number} "{f"&b{number - 1};" * 50}">' for number in range(1, 9)) + "]>"
    hostile = _RSS.replace('<rss version="2.0"', f'{entity}<rss version="2.0"').replace("Val<", "&a;&b8;<")
    assert len(repr(read_xml(_URL, hostile.encode(), None))) < 10_000
    assert "Le pont rouvre" not in (read_xml(_URL, hostile.encode(), None).title or "")


@pytest.mark.parametrize("content", [b"", b"{", b'{"items": 1}', b"[]", b'{"items": [' + b"[" * 100_000])
def test_what_is_no_json_feed_is_refused(content: bytes) -> None:
    with pytest.raises(FetchError, match="the JSON feed is damaged"):
        read_json(_URL, content)


def test_an_empty_feed_is_refused() -> None:
    with pytest.raises(FetchError, match="not an RSS or Atom feed"):
        read_xml(_URL, b"", None)


@pytest.mark.parametrize("damage", ["<![C", "<![<CDATA[x", "<!x<"])
def test_damaged_markup_after_it_does_not_hide_the_feed_of_a_page(damage: str) -> None:
    page = f"<html><head><link rel=alternate type=application/rss+xml href=/feed>{damage}</head>"
    assert feed_of(_URL, page.encode(), None) == "https://news.example/feed"
    assert feed_of(_URL, damage.encode(), None) is None
