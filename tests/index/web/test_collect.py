"""From addresses to articles: pages, texts, feeds and sitemaps of sites on this machine."""

import asyncio
import gzip
import json
from collections.abc import Iterator, Mapping

import pytest

from index.errors import FetchError
from index.read.article import RawArticle
from index.web.article import Found, from_entry, from_response
from index.web.collect import collect
from index.web.feed import Entry
from index.web.fetch import Fetched, Fetcher
from tests.index.read.test_pdf import column, pdf
from tests.index.web.site import Reply, Site, page

_BRIDGE = (
    "The old bridge over the Brel reopens on Monday after three years of work. Engineers replaced all of its cables. "
    "The mayor, Ilsa Korn, said that the work had cost eleven million euros, two less than planned."
)
_SNOW = (
    "Snow has closed the pass above Tarn since Tuesday evening, and forty drivers spent the night in a school. "
    "The road service hopes to open one lane by Thursday noon, its director Bo Lind said in a statement."
)


def _xml(*links: str, kind: str = "urlset", item: str = "url") -> Reply:
    content = f"<{kind}>" + "".join(f"<{item}><loc>{link}</loc></{item}>" for link in links) + f"</{kind}>"
    return Reply(content.encode(), headers={"Content-Type": "application/xml"})


def _rss(*items: Mapping[str, str], title: str = "Valley News") -> Reply:
    fields = ("".join(f"<{name}>{value}</{name}>" for name, value in item.items()) for item in items)
    content = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    content += f"<channel><title>{title}</title>{''.join(f'<item>{each}</item>' for each in fields)}</channel></rss>"
    return Reply(content.encode(), headers={"Content-Type": "application/rss+xml"})


def _collected(site: Site, *addresses: str, max_urls: int = 1000) -> dict[str, RawArticle | str]:
    """Return what is found at each URL, by its path: an article, or the reason why there is none."""
    found: dict[str, RawArticle | str] = {}

    async def write(url: str, item: list[Found] | FetchError) -> None:
        path = url.removeprefix(site.url)
        assert path not in found, f"{url} was handed on twice"
        found[path] = item.reason if isinstance(item, FetchError) else item[0].raw

    async def run() -> None:
        async with Fetcher(site.options(attempts=1)) as fetcher:
            await collect(
                [site.url + each if each.startswith("/") else each for each in addresses],
                fetcher,
                write,
                10_000,
                max_urls,
            )

    asyncio.run(run())
    return found


def _articles(site: Site, *addresses: str) -> dict[str, RawArticle]:
    found = _collected(site, *addresses)
    assert not [each for each in found.values() if isinstance(each, str)], found
    return {path: each for path, each in found.items() if isinstance(each, RawArticle)}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/bridge": page(_BRIDGE, "The bridge"), "/snow": page(_SNOW, "The snow")}) as site:
        yield site


def test_a_page_becomes_an_article_of_its_host(site: Site) -> None:
    article = _articles(site, "/bridge")["/bridge"]
    assert (article.title, article.url, article.source) == ("The bridge", f"{site.url}/bridge", "127.0.0.1")
    assert _BRIDGE in article.text


@pytest.mark.parametrize("charset", ["iso-8859-2", "no-such-charset"])
def test_a_wrong_charset_does_not_end_it(site: Site, charset: str) -> None:
    content = f"<html><head><meta charset='utf-8'><title>é</title></head><body><p>{_BRIDGE}</p></body></html>"
    site.pages["/a"] = Reply(content.encode(), headers={"Content-Type": f"text/html; charset={charset}"})
    site.pages["/b"] = Reply(b"\xff caf\xe9 ferm\xe9", headers={"Content-Type": f"text/plain; charset={charset}"})
    found = _articles(site, "/a", "/b")
    assert _BRIDGE in found["/a"].text
    assert "ferm" in found["/b"].text


def test_texts_are_read_as_what_they_are(site: Site) -> None:
    passes = b"- Tarn\n- Ubaye"
    site.pages["/a.txt"] = Reply(passes, headers={"Content-Type": "text/plain"})
    site.pages["/a.md"] = Reply(passes, headers={"Content-Type": "text/markdown"})
    found = _articles(site, "/a.txt", "/a.md")
    assert [found[path].text for path in ("/a.txt", "/a.md")] == [passes.decode(), "Tarn\nUbaye"]


def test_what_was_guessed_of_a_text_is_a_warning_with_its_address(site: Site) -> None:
    site.pages["/a.txt"] = Reply("Le café rouvre à Tarn.".encode("cp1252"), headers={"Content-Type": "text/plain"})
    article = _articles(site, "/a.txt")["/a.txt"]
    assert article.text == "Le café rouvre à Tarn."
    assert article.warnings == (f"{site.url}/a.txt: not UTF-8: read as cp1252 by guess",)


def test_pdfs_are_read_also_at_the_same_time_and_whatever_their_type_says(site: Site) -> None:
    lines = column(60, [_SNOW[start : start + 60] for start in range(0, len(_SNOW), 60)])
    content = pdf([lines], "/Title(The snow)")
    types = ("application/pdf", "text/html", "application/octet-stream")
    site.pages |= {f"/{number}.pdf": Reply(content, headers={"Content-Type": types[number]}) for number in range(3)}
    site.pages["/3.pdf"] = Reply(b"%PDF-1.7 damaged", headers={"Content-Type": "application/pdf"})
    found = _collected(site, *(f"/{number}.pdf" for number in range(4)))
    assert str(found.pop("/3.pdf")).startswith("damaged, or not a PDF")
    for path, raw in found.items():
        assert isinstance(raw, RawArticle)
        assert (raw.title, raw.url, raw.source) == ("The snow", site.url + path, "127.0.0.1")
        assert "closed the pass above Tarn" in raw.text


def test_what_is_no_article_is_named_with_its_reason(site: Site) -> None:
    site.pages["/zip"] = Reply(b"PK\x03\x04", headers={"Content-Type": "application/zip"})
    site.pages["/image"] = Reply(b"\x89PNG\0\0", headers={"Content-Type": "text/html"})
    site.pages["/empty"] = page("")
    site.pages["/gz"] = Reply(gzip.compress(b"text"))
    site.pages["/bomb.xml.gz"] = Reply(gzip.compress(b"<urlset>" + b" " * 100_000))
    site.pages["/damaged"] = Reply(b"<urlset><url>")
    found = _collected(
        site, "/zip", "/image", "/empty", "/gz", "/bomb.xml.gz", "/damaged", "/gone", "mailto://a", "/snow"
    )
    reasons = {path: reason for path, reason in found.items() if isinstance(reason, str)}
    assert reasons["/zip"] == "application/zip is not a page, feed, sitemap, text or PDF"
    assert reasons["/image"] == "text/html is not a page, feed, sitemap, text or PDF"
    assert reasons["/empty"].startswith("no text of an article in this page: ")
    assert reasons["/gz"].startswith("a gzip file that is no sitemap: ")
    assert reasons["/bomb.xml.gz"].startswith("larger than 0.01 MB: ")
    assert reasons["/damaged"].startswith("the sitemap is damaged ")
    assert reasons["/gone"].startswith("the server answers 404")
    assert reasons["mailto://a"].startswith("not an http or https address: write it as https://")
    assert [*found.keys() - reasons.keys()] == ["/snow"]


def test_an_address_is_fetched_once_in_all_its_forms(site: Site) -> None:
    site.pages["/map"] = _xml("/bridge#place", "/bridge?utm_source=feed", "bridge", "/bridge/")
    assert [*_articles(site, "/bridge", "/map", "/map", f"{site.url.upper()}/bridge")] == ["/bridge"]
    assert sorted(site.paths) == ["/bridge", "/map"]


def test_more_addresses_than_are_fetched_at_once_are_reported(site: Site) -> None:
    site.pages["/map"] = _xml("/bridge", "/snow", "/gone")
    found = _collected(site, "/map", max_urls=2)
    assert [*found] == ["/snow", "/bridge"]
    assert "more than 2 are too many at once" in str(found["/snow"])


def test_a_page_speaks_only_for_its_own_site(site: Site) -> None:
    link = '<link rel="canonical" href="{}">'
    head = f"<html><head><title>A</title>{link}</head><body><p>{_BRIDGE}</p></body></html>"
    html = {"Content-Type": "text/html"}
    site.pages["/own"] = Reply(head.format(f"{site.url}/story").encode(), headers=html)
    site.pages["/other"] = Reply(head.format("https://news.example/story").encode(), headers=html)
    site.pages["/moved"] = Reply(status=302, headers={"Location": "/snow?utm_medium=x&id=1"})
    site.pages["/snow?utm_medium=x&id=1"] = site.pages["/snow"]
    found = _articles(site, "/own", "/other", "/moved")
    assert {path: (raw.url or "").removeprefix(site.url) for path, raw in found.items()} == {
        "/own": "/story",
        "/other": "/other",
        "/moved": "/snow?id=1",
    }
    assert found["/other"].source == found["/own"].source == "127.0.0.1"


def test_an_article_is_known_by_its_canonical_address() -> None:
    def known(url: str) -> str:
        return from_response(Fetched(url, _BRIDGE.encode(), "text/plain", None, None, None))[0].id

    assert (
        known("https://www.news.example/a?utm_source=x")
        == known("http://news.example/a")
        != known("http://news.example/b")
    )


def test_sitemaps_lead_to_pages_also_through_others(site: Site) -> None:
    site.pages["/index.xml"] = _xml("/a.xml.gz", "/b.xml", kind="sitemapindex", item="sitemap")
    site.pages["/a.xml.gz"] = Reply(gzip.compress(bytes(_xml("/bridge").body)))  # type: ignore[arg-type]
    site.pages["/b.xml"] = _xml("/snow", "/gone")
    found = _collected(site, "/index.xml")
    assert sorted(found) == ["/bridge", "/gone", "/snow"]
    site.pages["/c0"] = _xml(*[f"/c{number}" for number in range(1, 9)], kind="sitemapindex", item="sitemap")
    for number in range(1, 9):
        site.pages[f"/c{number}"] = _xml(f"/c{number}x", kind="sitemapindex", item="sitemap")
        site.pages[f"/c{number}x"] = _xml(f"/c{number}xx", kind="sitemapindex", item="sitemap")
        site.pages[f"/c{number}xx"] = _xml(f"/c{number}xxx", kind="sitemapindex", item="sitemap")
    assert {*_collected(site, "/c0").values()} == {"sitemaps list sitemaps more than 3 times: index one of the last"}


def test_the_links_of_a_feed_are_fetched_and_what_a_page_lacks_is_of_the_entry(site: Site) -> None:
    date = "Tue, 10 Nov 2026 08:00:00 GMT"
    entry = {"title": "From the feed", "link": f"{site.url}/bridge", "pubDate": date, "author": "Ana Roux"}
    site.pages["/feed"] = _rss(entry, {"title": "Snow", "link": "/snow"})
    found = _articles(site, "/feed")
    bridge = found["/bridge"]
    assert (bridge.title, str(bridge.published), bridge.author) == ("The bridge", "2026-11-10", "Ana Roux")
    assert [*found] == ["/bridge", "/snow"]


@pytest.mark.parametrize(
    "prolog",
    [
        "\ufeff",
        "\n<?xml version='1.0'?>\n<!-- a --><?xml-stylesheet href='a'?>\n",
        "<?xml version='1.0' encoding='utf-16'?>",
        "<!DOCTYPE rss SYSTEM 'a.dtd'>",
    ],
)
def test_a_feed_is_known_by_its_root_whatever_its_type_says(site: Site, prolog: str) -> None:
    encoding = "utf-16" if "utf-16" in prolog else "utf-8"
    content = f"{prolog}<rss version='2.0'><channel><item><link>/snow</link></item></channel></rss>".encode(encoding)
    site.pages["/feed"] = Reply(content, headers={"Content-Type": "text/html"})
    assert [*_articles(site, "/feed")] == ["/snow"]


def test_a_page_that_shows_a_feed_is_a_page(site: Site) -> None:
    content = f"<!doctype html><title>Feeds</title><feed>&lt;rss&gt;</feed><p>{_BRIDGE}</p><p>{_SNOW}</p>"
    site.pages["/feeds"] = Reply(content.encode(), headers={"Content-Type": "text/html"})
    assert _BRIDGE in _articles(site, "/feeds")["/feeds"].text


def test_an_entry_with_all_of_its_article_is_taken_if_its_page_cannot_be_fetched(site: Site) -> None:
    whole = {"content:encoded": f"<![CDATA[<p>{_BRIDGE}</p><script>x</script>]]>"}
    site.pages["/feed"] = _rss(
        {"title": "A", "link": "/gone"} | whole,
        {"title": "B", "link": "/gone2", "description": _SNOW},
        {"title": "C", "guid": "tag:c"} | whole,
    )
    found = _collected(site, "/feed")
    article = found["/gone"]
    assert isinstance(article, RawArticle)
    assert (article.text, article.title, article.url, article.source) == (
        _BRIDGE,
        "A",
        f"{site.url}/gone",
        "Valley News",
    )
    assert found["/gone2"] == "the server answers 404 Not Found: check the address"
    assert isinstance(found["/feed"], RawArticle)


def test_an_entry_with_half_a_surrogate_pair_is_refused_and_the_others_are_read(site: Site) -> None:
    items = [{"id": f"{n}", "title": title, "content_text": _SNOW} for n, title in enumerate(["Snow", "Snow \ud83d"])]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "News \ud83d", "items": items}
    site.pages["/feed"] = Reply(json.dumps(feed).encode(), headers={"Content-Type": "application/feed+json"})
    found: list[list[Found] | FetchError] = []

    async def run() -> None:
        async def write(_: str, item: list[Found] | FetchError) -> None:
            found.append(item)

        async with Fetcher(site.options(attempts=1)) as fetcher:
            await collect([f"{site.url}/feed"], fetcher, write, 10_000)

    asyncio.run(run())
    assert isinstance(found[0], list)
    assert isinstance(found[1], FetchError)
    assert "'title' has half a surrogate pair" in found[1].reason


def test_a_page_with_a_long_title_is_read_with_a_warning() -> None:
    fetched = Fetched("https://a.example/x", _SNOW.encode(), "text/plain", None, None, None)
    raw = from_response(fetched, Entry("", title="x" * 5000))[0].raw
    assert (len(raw.title or ""), raw.warnings) == (
        500,
        (f"{raw.url}: 'title' has 5000 characters, more than 500: cut",),
    )


def test_a_feed_does_not_replace_the_page_of_another_site() -> None:
    entry = Entry("1", "https://news.example/a", "A", content="<p>Not what the page says.</p>")
    own, other = (from_entry(f"https://{host}/feed", entry, None) for host in ("feeds.news.example", "bad.example"))
    page_id = from_response(Fetched("https://news.example/a", b"The page.", "text/plain", None, None, None))[0].id
    assert own is not None
    assert other is not None
    assert own.id == page_id != other.id
    assert from_entry("https://news.example/feed", Entry("1", content="<p>\u2026</p>"), None) is None


def test_what_cannot_be_stored_ends_it(site: Site) -> None:
    async def write(_url: str, _item: list[Found] | FetchError) -> None:
        raise RuntimeError("the disk is full")

    async def run() -> None:
        async with Fetcher(site.options()) as fetcher:
            await collect([f"{site.url}/bridge", f"{site.url}/snow"], fetcher, write, 10_000)

    with pytest.raises(RuntimeError, match="the disk is full"):
        asyncio.run(run())


def test_what_a_page_does_not_state_is_of_the_feed_that_lists_it() -> None:
    entry = {"link": "/a", "title": "The bridge", "pubDate": "Thu, 12 Feb 2026 10:00:00 GMT"}
    named = "<meta property='og:site_name' content='Brel Post'>"
    pages = {"/a": page(_BRIDGE), "/b": page(f"{named}{_SNOW}", "Snow"), "/feed": _rss(entry, {"link": "/b"})}
    with Site(pages) as site:
        found = _collected(site, "/feed")
        alone = _collected(site, "/a")["/a"]
    first, second = found["/a"], found["/b"]
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert isinstance(alone, RawArticle)
    assert (first.source, first.title, str(first.published)) == ("Valley News", "The bridge", "2026-02-12")
    assert {name: first.provenance.get(name) for name in ("source", "title", "date")} == dict.fromkeys(
        ("source", "title", "date"), "feed"
    )
    assert (second.source, second.provenance["source"], second.provenance["title"]) == (
        "Brel Post",
        "og:site_name",
        "<title>",
    )
    assert (alone.source, alone.provenance["source"]) == ("127.0.0.1", "address")
