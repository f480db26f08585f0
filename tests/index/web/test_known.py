"""Pages that have not changed are not sent again."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from index.ingest import Ingest, Outcome
from index.local.archive import reader
from index.read.article import RawArticle
from index.types import Summary
from index.web.collect import collect
from index.web.fetch import Fetcher
from index.web.known import FILE, KnownPages
from index.web.refused import RefusedLog
from index.web.store import Store
from tests.fakes import HashEmbedder, build_archive, identifier, no_progress, writer_of
from tests.index.web.site import Answer, Reply, Site, page

_TEXT = "The council of Tarn met on Tuesday and spoke for four hours about item {}. It meets again on the first of May."
_TAGS = {"a": {"ETag": '"1"'}, "b": {"Last-Modified": "yesterday"}, "c": {}}


def _page(name: str, text: str = _TEXT, **headers: str) -> Answer:
    """Return a page that is sent only to those who do not know it."""
    headers = headers or _TAGS[name]

    def answer(request: Mapping[str, str]) -> Reply:
        conditions = {request.get("if-none-match"), request.get("if-modified-since")} - {None}
        return Reply(status=304) if conditions & {*headers.values()} else page(text.format(name), name, **headers)

    return answer


@pytest.fixture
def site() -> Iterator[Site]:
    listed = "".join(f"<url><loc>/{name}</loc></url>" for name in "ab")
    feed = "<rss><channel><title>Tarn</title><item><link>/c</link></item><item><link>/a</link></item></channel></rss>"
    pages = {"/sitemap": Reply(f"<urlset>{listed}</urlset>".encode()), "/feed": Reply(feed.encode())}
    with Site({f"/{name}": _page(name) for name in _TAGS} | pages) as site:
        yield site


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"pool.md": "The pool closes in June."})


def _index(data: Path, site: Site, *paths: str) -> tuple[Summary, list[str]]:
    """Fetch addresses into an archive; return the summary and the paths that were sent."""

    def versions(ids: Collection[str]) -> dict[str, str]:
        with reader(data) as catalog:
            return {article_id: article.version for article_id, article in catalog.articles(ids).items()}

    known = KnownPages(data, versions)
    site.requests.clear()
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:

        async def write(articles: Sequence[tuple[str, RawArticle]], replacing: Collection[str]) -> list[Outcome]:
            return ingest.put(articles, replacing)

        store = Store(RefusedLog(data), write, Summary(), no_progress)

        async def run() -> None:
            async with Fetcher(site.options(attempts=1)) as fetcher:
                await collect([site.url + path for path in paths], fetcher, store.write, 100_000, known=known)

        asyncio.run(run())
    known.save()
    conditional = {"if-none-match", "if-modified-since"}
    return store.summary, [
        path for path, headers in site.requests if path in ("/a", "/b", "/c") and headers.keys() & conditional
    ]


def _counts(summary: Summary) -> tuple[int, int, int]:
    return summary.added, summary.updated, summary.unchanged


def test_pages_of_a_sitemap_and_a_feed_are_asked_for_only_if_they_have_changed(data: Path, site: Site) -> None:
    first, conditional = _index(data, site, "/sitemap", "/feed")
    assert (_counts(first), conditional) == ((3, 0, 0), [])
    again, conditional = _index(data, site, "/sitemap", "/feed")
    assert (_counts(again), sorted(conditional)) == ((0, 0, 3), ["/a", "/b"])
    site.pages["/a"] = _page("a", "The council of Tarn has resigned, its speaker said on Wednesday {}.", ETag='"2"')
    changed, _ = _index(data, site, "/sitemap")
    assert _counts(changed) == (0, 1, 1)
    assert _counts(_index(data, site, "/feed")[0]) == (0, 0, 2)
    assert site.requests[-1][1]["if-none-match"] == '"2"'


def test_a_page_whose_article_was_deleted_or_replaced_is_sent_again(data: Path, site: Site) -> None:
    _index(data, site, "/a", "/b")
    with reader(data) as catalog:
        ids = {article.title: article.id for article in catalog.page(10, 0)}
    with Ingest(writer_of(data), HashEmbedder(), identifier()) as ingest:
        ingest.delete(ids["a"])
        ingest.delete(ids["b"])
    summary, conditional = _index(data, site, "/a", "/b")
    assert (_counts(summary), conditional) == ((2, 0, 0), [])


@pytest.mark.parametrize(
    "content", ["[", "[]", '{"release": "0", "pages": {}}', '{"release": null, "pages": {"a": 1}}']
)
def test_what_another_release_noted_or_a_damaged_file_is_ignored(data: Path, site: Site, content: str) -> None:
    _index(data, site, "/a")
    assert [*json.loads((data / FILE).read_text(encoding="utf-8"))["pages"]] == [f"{site.url}/a"]
    (data / FILE).write_text(content, encoding="utf-8")
    summary, conditional = _index(data, site, "/a")
    assert (_counts(summary), conditional) == ((0, 0, 1), [])
