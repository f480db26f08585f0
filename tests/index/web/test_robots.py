"""Politeness: robots.txt, and the distance between requests."""

import asyncio
from collections.abc import Iterator

import pytest

from index.errors import FetchError
from index.web.fetch import Fetcher
from tests.index.web.site import Reply, Site, content, get, page


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def test_robots_txt_is_obeyed(site: Site) -> None:
    rules = "User-agent: *\nDisallow: /\n\nUser-agent: newsqa\nDisallow: /private\nDisallow: /*.pdf$\n"
    site.pages |= {"/robots.txt": Reply(rules.encode()), "/a": page("News."), "/private/b": page("Secret.")}
    assert b"News." in content(site, "/a")
    for path in ("/private/b", "/c.pdf"):
        reason = str(get(site, path))
        assert reason.startswith("the site's robots.txt forbids it to automatic readers: save the page as a file")
    site.pages["/d"] = Reply(status=302, headers={"Location": "/private/b"})
    assert "redirects to http://" in str(get(site, "/d"))
    assert site.paths == ["/a", "/d"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_without_robots_txt_all_is_allowed(site: Site, status: int) -> None:
    site.pages |= {"/robots.txt": Reply(b"User-agent: *\nDisallow: /", status=status), "/a": page("News.")}
    assert b"News." in content(site, "/a")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_while_robots_txt_cannot_be_read_nothing_is_fetched(site: Site, status: int) -> None:
    site.pages |= {"/robots.txt": Reply(status=status), "/a": page("News.")}
    assert str(get(site, "/a")).startswith(f"robots.txt: the server answers {status} ")
    assert site.paths == []


def test_robots_txt_is_read_once_followed_when_moved_and_cut_when_huge(site: Site) -> None:
    rules = b"\xef\xbb\xbfUser-agent: *\nDisallow: /private\n" + b"# much\n" * 100_000
    site.pages |= {"/moved.txt": Reply(rules), "/robots.txt": Reply(status=301, headers={"Location": "/moved.txt"})}
    site.pages["/a"] = page("News.")

    async def run() -> None:
        async with Fetcher(site.options()) as fetcher:
            await asyncio.gather(fetcher.get(f"{site.url}/a"), fetcher.get(f"{site.url}/a?2"), return_exceptions=True)
            with pytest.raises(FetchError, match="forbids"):
                await fetcher.get(f"{site.url}/private")

    asyncio.run(run())
    assert [path for path, _ in site.requests] == ["/robots.txt", "/moved.txt", "/a", "/a?2"]


@pytest.mark.parametrize(("rules", "delay"), [("", 1.0), ("Crawl-delay: 7", 7.0), ("Crawl-delay: 9999", 60.0)])
def test_requests_to_a_host_keep_their_distance(site: Site, rules: str, delay: float) -> None:
    site.pages |= {"/robots.txt": Reply(f"User-agent: *\n{rules}".encode()), "/a": page("News.")}
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds:
            slept.append(seconds)

    async def run() -> None:
        async with Fetcher(site.options(delay=1.0), sleep=sleep) as fetcher:
            for _ in range(3):
                await fetcher.get(f"{site.url}/a")

    asyncio.run(run())
    assert [round(seconds) for seconds in slept] == [delay, delay]
