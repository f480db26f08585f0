"""The service fetches articles that clients name by their address, and updates its feeds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.local.archive import LocalArchive
from index.web.addresses import networks
from index.web.feeds import Feeds
from index.web.refused import RefusedLog
from qa.service.keys import Keys
from tests.fakes import TESTED, app_of, build_archive
from tests.index.web.site import Reply, Site, page

_TEXT = (
    "The harbor of Brel opened on Tuesday after six years of work. The first ferry leaves on Friday at noon. "
    "The town paid forty-one million euros for it, as mayor Ilsa Korn said."
)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(dict.fromkeys(("/harbor", "/harbor?utm_source=x"), page(_TEXT, "The harbor"))) as site:
        yield site


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"pool.md": "The pool closes in June."})


@contextmanager
def _client(data: Path, site: Site, **settings: Any) -> Iterator[TestClient]:
    allowed = {"fetch_private": networks("127.0.0.1"), "fetch_ports": (site.port,)}
    with LocalArchive(data) as archive, TestClient(app_of(archive, replace(TESTED, **(allowed | settings)))) as client:
        yield client


def test_an_address_is_fetched_and_the_next_question_finds_it(data: Path, site: Site) -> None:
    with _client(data, site) as client:
        written = client.post("/articles", json={"url": f"{site.url}/harbor"})
        assert written.status_code == 201
        article = client.get(written.headers["location"]).json()
        assert (article["title"], article["url"], article["outlet"]) == (
            "The harbor",
            f"{site.url}/harbor",
            "127.0.0.1",
        )
        answer = client.post("/ask", json={"question": "When does the first ferry leave the harbor?"}).json()
        assert any("ferry" in citation["cited_text"] for citation in answer["citations"])
        again = client.post("/articles", json=[{"url": f"{site.url}/harbor?utm_source=x"}, {"text": "Snow falls."}])
        assert [each["outcome"] for each in again.json()["articles"]] == ["unchanged", "created"]


def test_addresses_that_cannot_be_fetched_are_named_and_nothing_is_written(data: Path, site: Site) -> None:
    site.pages["/feed"] = Reply(b"<rss><channel><item><link>/harbor</link></item></channel></rss>")
    site.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private")
    urls = ["http://10.0.0.1/", f"{site.url}/gone", f"{site.url}/feed", f"{site.url}/private", "a.example"]
    with _client(data, site) as client:
        body = [{"text": "Snow falls."}, *({"url": url} for url in urls), {"url": f"{site.url}/harbor"}]
        refused = client.post("/articles", json=body)
        assert refused.status_code == 422
        errors = {error["pointer"]: error["detail"] for error in refused.json()["errors"]}
        assert [*errors] == [f"#/{number}/url" for number in range(1, 6)]
        assert "10.0.0.1 is in a private network" in errors["#/1/url"]
        assert "answers 404" in errors["#/2/url"]
        assert "use newsqa feeds add" in errors["#/3/url"]
        assert "robots.txt forbids it" in errors["#/4/url"]
        assert "not an http or https address" in errors["#/5/url"]
        assert client.get("/articles").json()["total"] == 1
        one = client.post("/articles", json={"url": "http://127.0.0.1:1/"}).json()
        assert one["errors"][0]["pointer"] == "#/url"
        many = client.post("/articles", json=[{"url": f"{site.url}/harbor"}] * 11)
        assert many.json()["detail"] == "url: more than 10 addresses: send fewer at a time"


def test_an_address_is_an_item_with_nothing_but_a_url(data: Path, site: Site) -> None:
    with _client(data, site) as client:
        for body, pointer in (({"url": site.url, "title": "A"}, "#/text"), ({"url": 1}, "#/url"), ({}, "#/text")):
            refused = client.post("/articles", json=body)
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
        assert client.put("/articles/a", json={"url": f"{site.url}/harbor"}).status_code == 422
    assert site.requests == []


def test_fetching_needs_the_scope_to_write(data: Path, site: Site) -> None:
    _, reader = Keys(data).create("reader", "read")
    _, writer = Keys(data).create("writer", "ingest")
    with _client(data, site) as client:
        for key, status in (("", 401), (reader, 403), (writer, 201)):
            headers = {"Authorization": f"Bearer {key}"}
            assert client.post("/articles", json={"url": f"{site.url}/harbor"}, headers=headers).status_code == status
    assert site.paths == ["/harbor"]


def test_a_service_updates_its_feeds(data: Path, site: Site) -> None:
    site.pages["/feed"] = Reply(
        b"<rss version='2.0'><channel><item><link>/harbor</link></item><item><link>/gone</link></item></channel></rss>"
    )
    Feeds(data).add([f"{site.url}/feed", f"{site.url}/no-feed"])
    with _client(data, site, feeds_interval=3600) as client:
        end = time.monotonic() + 20
        while not all(feed.updated or feed.error for feed in Feeds(data).all()) and time.monotonic() < end:
            time.sleep(0.05)
        assert client.get("/articles").json()["total"] == 2
    assert {refusal.url for refusal in RefusedLog(data).all()} >= {f"{site.url}/gone", f"{site.url}/no-feed"}


def test_without_free_disk_space_feeds_are_not_updated(
    data: Path, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    Feeds(data).add([f"{site.url}/feed"])
    with _client(data, site, feeds_interval=3600, disk_floor=10**9):
        end = time.monotonic() + 5
        while "feeds not updated" not in caplog.text and time.monotonic() < end:
            time.sleep(0.02)
    assert "feeds not updated: less than 1000000000 MB free on the disk" in caplog.text
    assert site.requests == []
