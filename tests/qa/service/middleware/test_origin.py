"""Web pages of other sites cannot make a browser use a service."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.local.archive import LocalArchive
from tests.fakes import TESTED, app_of, build_archive

_SNOW = {"text": "Snow has closed the pass since Tuesday."}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"pool.md": "The pool closes in June."})


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    settings = replace(TESTED, cors_origins=("https://friend.example",), public_url="https://news.example/archive")
    with LocalArchive(data) as archive, TestClient(app_of(archive, settings)) as client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[evil"},
        {"Origin": "http://testserver:8000"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_can_neither_read_nor_write_nor_make_it_fetch(
    client: TestClient, headers: dict[str, str]
) -> None:
    id_ = client.get("/articles").json()["articles"][0]["id"]
    refused = [
        client.post("/articles", json=_SNOW, headers=headers),
        client.post("/articles", json={"url": "https://news.example/"}, headers=headers),
        client.put("/articles/snow", json=_SNOW, headers=headers),
        client.delete(f"/articles/{id_}", headers=headers),
        client.post("/ask", json={"question": "When?"}, headers=headers),
        *(client.get(path, headers=headers) for path in ("/ask?q=When", "/search?q=When", "/articles", "/facets")),
        *(client.get(path, headers=headers) for path in ("/metrics", "/readyz", f"/articles/{id_}")),
    ]
    assert [response.status_code for response in refused] == [403] * 12
    origin = headers.get("Origin", "another site")
    assert refused[0].json()["detail"].startswith(f"a web page of {origin} may not use this: ")
    assert client.get("/articles").json()["total"] == 1
    assert [client.get(path, headers=headers).status_code for path in ("/", "/docs", "/livez")] == [200] * 3


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://testserver"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://news.example"},
    ],
)
def test_the_page_itself_allowed_origins_and_programs_can_write(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/articles", json=_SNOW, headers=headers).status_code == 201


def test_a_form_of_another_site_cannot_write_since_bodies_are_json(client: TestClient) -> None:
    """Browsers send these types without asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        content = '{"url": "https://news.example/"}'
        assert client.post("/articles", content=content, headers={"Content-Type": kind}).status_code == 415
