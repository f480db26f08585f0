"""Fetching from a site on this machine: statuses, sizes, encodings, time, politeness."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import partial
from typing import Any

import brotli
import pytest
from backports import zstd

from index.errors import FetchError
from index.web.fetch import Fetched, Fetcher
from tests.index.web.site import Reply, Site, content, get, page


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def test_a_page_is_fetched_with_its_type_charset_and_tags(site: Site) -> None:
    headers = {"Content-Type": "Text/HTML; charset=latin-1", "ETag": '"1"', "Last-Modified": "yesterday"}
    site.pages["/a"] = Reply(b"caf\xe9", headers=headers)
    site.pages["/b"] = Reply(status=301, headers={"Location": "a#place"})
    expected = Fetched(f"{site.url}/a", b"caf\xe9", "text/html", "latin-1", '"1"', "yesterday")
    assert get(site, "/b?x=1") == "the server answers 404 Not Found: check the address"
    assert get(site, "/b") == expected


def test_requests_name_their_sender_and_hold_no_cookies(site: Site) -> None:
    site.pages["/a"] = Reply(status=302, headers={"Location": "/b", "Set-Cookie": "a=1; Path=/"})
    site.pages["/b"] = page("News.", **{"Set-Cookie": "b=2; Path=/"})
    content(site, "/a", agent="newsqa/1 (+https://news.example/about)")
    assert [headers["user-agent"] for _, headers in site.requests] == ["newsqa/1 (+https://news.example/about)"] * 3
    assert not any("cookie" in headers for _, headers in site.requests)


def test_proxies_of_the_environment_are_ignored_unless_one_is_set(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages["/a"] = page("News.")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert b"News." in content(site, "/a")
    with Site() as proxy:
        proxy.pages["http://news.example/a"] = page("By the proxy.")

        async def run(url: str) -> bytes:
            async with Fetcher(site.options(proxy=proxy.url)) as fetcher:
                fetched = await fetcher.get(url)
                assert fetched is not None
                return fetched.content

        assert b"By the proxy." in asyncio.run(run("http://news.example/a"))
        with pytest.raises(FetchError, match="private network"):
            asyncio.run(run("http://10.0.0.1/"))
        assert len(proxy.requests) == 2


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "the server answers 404 Not Found: check the address"),
        (410, "the server answers 410 Gone: check the address"),
        (403, "the server answers 403 Forbidden: it is not open to everybody; save the page as a file, and index that"),
        (500, "the server answers 500 Internal Server Error: try again later"),
        (204, "the server answers 204 No Content: try again later"),
    ],
)
def test_other_statuses_are_refused_at_once(site: Site, status: int, reason: str) -> None:
    site.pages["/a"] = Reply(status=status)
    assert get(site, "/a") == reason
    assert site.paths == ["/a"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_a_wait(site: Site, status: int) -> None:
    site.pages["/a"] = Reply(status=status)
    slept: list[float] = []
    assert str(get(site, "/a", slept=slept, backoff=2.0)).startswith(f"the server answers {status} ")
    assert (site.paths, slept) == (["/a"] * 3, [2.0, 4.0])

    def later(_: object) -> Reply:
        return page("News.") if len(site.paths) > 4 else Reply(status=status)

    site.pages["/a"] = later
    assert b"News." in content(site, "/a")


@pytest.mark.parametrize(("value", "waits"), [("7", [7.0, 14.0]), ("61", []), ("soon", [2.0, 4.0])])
def test_a_retry_after_is_honored_up_to_a_minute(site: Site, value: str, waits: list[float]) -> None:
    site.pages["/a"] = Reply(status=503, headers={"Retry-After": value})
    slept: list[float] = []
    get(site, "/a", slept=slept, backoff=2.0)
    assert slept == waits


def test_a_retry_after_may_be_a_date(site: Site) -> None:
    site.pages["/a"] = Reply(status=429, headers={"Retry-After": formatdate(time.time() + 30, usegmt=True)})
    slept: list[float] = []
    get(site, "/a", slept=slept)
    assert 25 < slept[0] <= 30


_TEXT = b"The bridge opens on Monday. " * 1000


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(_TEXT)),
        ("deflate", zlib.compress(_TEXT)),
        ("br", brotli.compress(_TEXT)),
        ("zstd", zstd.compress(_TEXT)),
        ("identity", _TEXT),
    ],
)
def test_compressed_content_is_decoded_and_counted_decoded(site: Site, coding: str, body: bytes) -> None:
    site.pages["/a"] = Reply(body, headers={"Content-Encoding": coding})
    assert content(site, "/a", max_bytes=len(_TEXT)) == _TEXT
    assert "larger than 0.02" in str(get(site, "/a", max_bytes=len(_TEXT) - 1))
    assert {"gzip", "br", "zstd"} <= {*site.requests[-1][1]["accept-encoding"].split(", ")}


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "gzip, gzip"])
def test_a_bomb_is_refused_before_it_is_unpacked(site: Site, coding: str) -> None:
    zeros = bytes(50_000_000)
    packs: dict[str, Callable[[bytes], bytes]] = {"br": partial(brotli.compress, quality=5), "zstd": zstd.compress}
    pack = packs.get(coding, gzip.compress)
    site.pages["/a"] = Reply(
        gzip.compress(pack(zeros)) if "," in coding else pack(zeros), headers={"Content-Encoding": coding}
    )
    assert len(site.pages["/a"].body) < 60_000  # type: ignore[union-attr, arg-type]
    tracemalloc.start()
    try:
        assert "larger than 0.1 MB" in str(get(site, "/a"))
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("coding", "reason"), [("gzip", "does not decompress"), ("br", "does not"), ("lzma", "lzma")])
def test_damaged_and_unknown_encodings_are_refused(site: Site, coding: str, reason: str) -> None:
    site.pages["/a"] = Reply(b"no such thing", headers={"Content-Encoding": coding})
    assert reason in str(get(site, "/a"))


def test_huge_content_is_refused_by_its_length_before_it_is_sent(site: Site) -> None:
    sent = []

    def parts() -> Iterator[bytes]:
        for _ in range(1000):
            sent.append(1)
            yield bytes(10_000)

    site.pages["/a"] = Reply(parts, headers={"Content-Length": "10000000"})
    assert "larger than 0.1 MB: set NEWSQA_FETCH_MAX_BODY" in str(get(site, "/a"))
    site.pages["/b"] = Reply(parts)  # endless for its reader
    assert "larger than 0.1 MB" in str(get(site, "/b"))


def test_a_slow_server_times_out_in_all(site: Site) -> None:
    """A few bytes now and then are within the limit for each part, and not for the whole."""

    def parts() -> Iterator[bytes]:
        for _ in range(50):
            time.sleep(0.05)
            yield b"."

    site.pages["/slow"] = Reply(parts)
    site.pages["/silent"] = lambda _: time.sleep(0.4) or page("Late.")  # type: ignore[func-returns-value]
    start = time.monotonic()
    assert get(site, "/slow", whole=0.3, attempts=1) == "timed out: try again later"
    assert get(site, "/silent", read=0.1, attempts=1) == "timed out: try again later"
    assert time.monotonic() - start < 2
    assert get(site, "/silent", read=0.1, attempts=2) == "timed out: try again later"
    assert site.paths == ["/slow", *["/silent"] * 3]


def test_empty_content_iscontent(site: Site) -> None:
    site.pages["/a"] = Reply()
    assert content(site, "/a") == b""


def test_a_server_that_is_not_there_is_reported(site: Site) -> None:
    with Site() as gone:
        pass
    slept: list[float] = []
    reason = str(get(gone, "/a", slept=slept, backoff=2.0))
    assert reason.startswith("cannot be reached (ConnectError: ")
    assert slept == [2.0, 4.0]


def test_unchanged_content_is_not_sent_again(site: Site) -> None:
    def answer(headers: Any) -> Reply:
        same = headers.get("if-none-match") == '"1"' or headers.get("if-modified-since") == "yesterday"
        return Reply(status=304) if same else page("News.")

    site.pages["/a"] = answer
    assert get(site, "/a", known={"etag": '"1"'}) is None
    assert get(site, "/a", known={"modified": "yesterday"}) is None
    assert isinstance(get(site, "/a", known={"etag": '"2"'}), Fetched)
    site.pages["/a"] = Reply(status=304)
    assert get(site, "/a") == "the server answers 304 Not Modified: try again later"
