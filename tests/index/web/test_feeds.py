"""Subscribed feeds: their updates, what an interruption leaves, and the log of refusals."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from index.errors import ArchiveError, FetchError, NewsqaError
from index.ingest import Ingest, Outcome
from index.local.catalog import Catalog
from index.read.article import RawArticle
from index.types import Summary
from index.web import feeds
from index.web.collect import collect
from index.web.feeds import Feeds, FeedsError, Subscription
from index.web.fetch import Fetcher
from index.web.refused import FILE, RefusedLog
from index.web.store import Store
from tests.fakes import HashEmbedder, build_archive, identifier, no_progress, writer_of
from tests.index.web.site import Answer, Reply, Site, page

_TEXT = "The council met on Tuesday and spoke for four hours about item {}. It decided nothing, and meets again in May."


def _feed(*numbers: int, updated: str = "", etag: str = '"1"') -> Answer:
    """Return an Atom feed of entries with the given numbers, which has not changed for those who know its tag."""
    entries = (
        f"<entry><id>{number}</id><link href='/{number}'/><updated>{updated}</updated>"
        "<published>2026-11-01</published></entry>"
        for number in numbers
    )
    content = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Council</title>{"".join(entries)}</feed>'

    def answer(headers: Mapping[str, str]) -> Reply:
        if headers.get("if-none-match") == etag:
            return Reply(status=304)
        return Reply(content.encode(), headers={"ETag": etag, "Last-Modified": "yesterday"})

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    pages: dict[str, Answer] = {f"/{number}": page(_TEXT.format(number), f"Item {number}") for number in range(1, 5)}
    with Site(pages | {"/feed": _feed(2, 1)}) as site:
        yield site


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"pool.md": "The pool closes in June."})


def _update(
    data: Path, site: Site, *, interval: float = 0.0, fail_after: int = 1000, embedder: HashEmbedder | None = None
) -> Summary:
    """Update the feeds of an archive; writing fails after a number of articles."""
    log = RefusedLog(data)
    with Ingest(writer_of(data), embedder or HashEmbedder(), identifier()) as ingest:
        left = iter(range(fail_after))

        async def write(articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str]) -> list[Outcome]:
            if next(left, None) is None:
                raise ArchiveError("the disk is full")
            return ingest.put(articles, replacing)

        store = Store(log, write, Summary(), no_progress)

        async def run() -> None:
            async with Fetcher(site.options(attempts=1)) as fetcher:
                await feeds.update(Feeds(data), fetcher, store.write, interval=interval)

        try:
            asyncio.run(run())
        finally:
            log.save()
    return store.summary


_HTML = {"Content-Type": "text/html; charset=utf-8"}


def _indexed(data: Path, url: str, site: Site) -> Summary:
    """Fetch one address into an archive."""
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:

        async def write(articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str]) -> list[Outcome]:
            return ingest.put(articles, replacing)

        store = Store(RefusedLog(data), write, Summary(), no_progress)

        async def run() -> None:
            async with Fetcher(site.options(attempts=1)) as fetcher:
                await collect([url], fetcher, store.write, 100_000)

        asyncio.run(run())
    return store.summary


def _counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.added, summary.updated, summary.unchanged, len(summary.problems)


def test_feeds_are_added_listed_and_removed(tmp_path: Path) -> None:
    subscribed = Feeds(tmp_path / "data")
    assert subscribed.all() == []
    added = subscribed.add(["https://B.example/feed#x", "https://a.example/feed"])
    assert [feed.url for feed in added] == ["https://b.example/feed", "https://a.example/feed"]
    assert subscribed.add(["https://a.example/feed"]) == []
    assert [feed.url for feed in subscribed.all()] == ["https://a.example/feed", "https://b.example/feed"]
    subscribed.remove("https://a.example/feed")
    with pytest.raises(FeedsError, match="not subscribed: see newsqa feeds list"):
        subscribed.remove("https://a.example/feed")
    with pytest.raises(FeedsError, match="not an http or https address"):
        subscribed.add(["https://c.example/feed", "c.example"])
    subscribed.save(Subscription("https://a.example/feed"))  # by an update that began before it was removed
    assert [feed.url for feed in subscribed.all()] == ["https://b.example/feed"]


def test_a_damaged_file_of_a_feed_is_named(tmp_path: Path) -> None:
    subscribed = Feeds(tmp_path)
    subscribed.add(["https://a.example/feed"])
    (file,) = (tmp_path / "feeds").glob("*.json")
    for content in ("{", "[]", '{"format": 2}', '{"format": 1, "other": 1}'):
        file.write_text(content)
        with pytest.raises(FeedsError, match="cannot be read: delete it, and add the feed again"):
            subscribed.all()


def test_an_update_reads_only_what_is_new(data: Path, site: Site) -> None:
    Feeds(data).add([f"{site.url}/feed"])
    assert _counts(_update(data, site)) == (2, 0, 0, 0)
    assert site.paths == ["/feed", "/1", "/2"]  # the oldest first
    assert _counts(_update(data, site)) == (0, 0, 0, 0)
    assert site.paths[3:] == ["/feed"]
    assert site.requests[-1][1]["if-none-match"] == '"1"'
    assert site.requests[-1][1]["if-modified-since"] == "yesterday"
    site.pages["/feed"] = _feed(3, 2, 1, etag='"2"')
    assert _counts(_update(data, site)) == (1, 0, 0, 0)
    assert site.paths[4:] == ["/feed", "/3"]
    (feed,) = Feeds(data).all()
    assert (feed.title, feed.etag, feed.failures, feed.error, len(feed.seen)) == ("Council", '"2"', 0, None, 3)
    assert feed.updated is not None
    site.pages["/feed"] = _feed(3, etag='"3"')
    _update(data, site)
    assert len(Feeds(data).all()[0].seen) == 1  # the feed has forgotten the others, too


def test_the_feed_that_a_page_names_is_subscribed_to_instead(data: Path, site: Site) -> None:
    head = '<link rel="stylesheet" href="/x"><LINK REL="alternate" type="application/atom+xml" href="feed">'
    site.pages["/home"] = Reply(f"<html><head>{head}</head><p>News</p></html>".encode())
    Feeds(data).add([f"{site.url}/home"])
    assert _counts(_update(data, site)) == (2, 0, 0, 0)
    assert [feed.url for feed in Feeds(data).all()] == [f"{site.url}/feed"]
    assert _counts(_update(data, site)) == (0, 0, 0, 0)


def test_a_page_that_names_no_feed_is_a_problem(data: Path, site: Site) -> None:
    site.pages["/home"] = page("News", "Home")
    site.pages["/loop"] = Reply(b'<link rel="alternate" type="application/rss+xml" href="/loop">')
    Feeds(data).add([f"{site.url}/home", f"{site.url}/loop"])
    assert all("neither a feed nor a page that names one" in problem for problem in _update(data, site).problems)
    assert len(Feeds(data).all()) == 2


def test_a_live_blog_is_an_article_for_each_entry_and_keeps_what_it_no_longer_shows(data: Path, site: Site) -> None:
    def live(*texts: str) -> Reply:
        entries = "".join(
            f'<article id="e{text[0]}"><time datetime="2026-02-03T1{text[0]}:05">1</time><p>{text}</p></article>'
            for text in texts
        )
        return Reply(f"<html><title>Live</title><main>{entries}</main></html>".encode(), headers=_HTML)

    texts = [f"{number} The council speaks about the harbor and its cranes, as announced." for number in range(4)]
    site.pages["/live"] = live(*texts[:3])
    assert _counts(_indexed(data, f"{site.url}/live", site)) == (3, 0, 0, 0)
    site.pages["/live"] = live(texts[3], f"{texts[2]} It votes.", texts[1])
    assert _counts(_indexed(data, f"{site.url}/live", site)) == (1, 1, 1, 0)
    with Catalog.open(data) as catalog:
        entries = {article.url: article for article in catalog.page(10, 0) if article.url}
        assert sorted(entries) == [f"{site.url}/live#e{number}" for number in range(4)]
        changed = entries[f"{site.url}/live#e2"]
        assert changed.text.endswith("It votes.")
        assert [version.article.text for version in catalog.versions(changed.id)] == [texts[2]]


def test_a_changed_entry_is_read_again(data: Path, site: Site) -> None:
    Feeds(data).add([f"{site.url}/feed"])
    _update(data, site)
    site.pages["/feed"] = _feed(2, 1, updated="2026-11-02", etag='"2"')
    site.pages["/1"] = page(_TEXT.format(1) + " Item 1 was withdrawn later.", "Item 1")
    assert _counts(_update(data, site)) == (0, 1, 1, 0)


def test_an_interrupted_update_is_continued(data: Path, site: Site) -> None:
    site.pages["/feed"] = _feed(4, 3, 2, 1)
    Feeds(data).add([f"{site.url}/feed"])
    with pytest.raises(ArchiveError, match="the disk is full"):
        _update(data, site, fail_after=2)
    (feed,) = Feeds(data).all()
    assert (len(feed.seen), feed.etag) == (2, None)
    assert _counts(_update(data, site)) == (2, 0, 0, 0)
    assert site.paths == ["/feed", "/1", "/2", "/3", "/feed", "/3", "/4"]


def test_what_may_succeed_later_is_tried_by_the_next_update(data: Path, site: Site) -> None:
    site.pages |= {"/feed": _feed(3, 2, 1), "/1": Reply(status=404), "/2": Reply(status=503)}
    Feeds(data).add([f"{site.url}/feed"])
    summary = _update(data, site)
    assert _counts(summary) == (1, 0, 0, 2)
    assert summary.problems[0] == f"{site.url}/1: the server answers 404 Not Found: check the address"
    site.pages["/2"] = site.pages["/4"]
    assert _counts(_update(data, site)) == (1, 0, 0, 0)
    assert site.paths[4:] == ["/feed", "/2"]
    assert [refusal.url for refusal in RefusedLog(data).all()] == [f"{site.url}/1"]


@pytest.mark.parametrize(
    "failing",
    [Reply(status=500), Reply(b"<html>"), Reply(b"<rss"), Reply(b'{"version": "https://jsonfeed.org/version/1"}')],
)
def test_a_failing_feed_does_not_end_the_others_and_waits_longer_each_time(
    data: Path, site: Site, failing: Reply
) -> None:
    site.pages["/bad"] = failing
    Feeds(data).add([f"{site.url}/bad", f"{site.url}/feed"])
    waits = []
    for _ in range(3):
        _update(data, site, interval=600.0)
        bad, good = Feeds(data).all()
        assert bad.error
        assert 590 < good.due - time() <= 600
        waits.append(round((bad.due - time()) / 600))
        Feeds(data).save(replace(bad, due=0.0))
    assert (waits, bad.failures) == ([2, 4, 8], 3)
    assert _counts(_update(data, site, interval=600.0))[:3] == (0, 0, 0)
    assert site.paths.count("/feed") == 1  # it was not due again
    Feeds(data).save(replace(bad, failures=10_000, due=0.0))
    _update(data, site, interval=600.0)
    assert Feeds(data).all()[0].due - time() <= 86400
    site.pages["/bad"] = _feed(3)
    _update(data, site)
    assert Feeds(data).all()[0].error is None


def test_the_log_of_refusals_keeps_the_newest_of_each_address(tmp_path: Path) -> None:
    log = RefusedLog(tmp_path)
    log.save()
    assert not (tmp_path / FILE).exists()
    log.note("https://a.example/", FetchError("https://a.example/", "gone"))
    log.note("https://b.example/", FetchError("https://b.example/", "gone"))
    log.save()
    other = RefusedLog(tmp_path)
    other.note("https://a.example/", FetchError("https://a.example/", "still gone"))
    other.note("https://b.example/", None)
    other.save()
    assert [(each.url, each.reason) for each in log.all()] == [("https://a.example/", "still gone")]
    for content in ("", "[]", json.dumps({"format": 2})):
        (tmp_path / FILE).write_text(content)
        with pytest.raises(NewsqaError, match="cannot be read: delete it"):
            log.all()
