"""Search results in SearXNG's format."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from index.local.archive import LocalArchive
from tests.fakes import app_of, build_archive

_TODAY = datetime.now(UTC).date()
_ARTICLES = {
    "piscine.md": "---\ntitle: La piscine\nurl: https://example.org/a?b=c\ndate: 2026-02-10\n---\nLa piscine ferme.",
    "neige.md": f"---\ntitle: La neige\ndate: {_TODAY - timedelta(days=3)}\n---\nLa neige tombe sur la piscine.",
    "col.md": "---\ntitle: Le col\n---\nLe col et la piscine sont fermés.",
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with LocalArchive(build_archive(tmp_path, _ARTICLES)) as archive, TestClient(app_of(archive)) as client:
        yield client


def test_a_front_end_finds_the_right_source(service: str) -> None:
    # As Open WebUI and LibreChat ask.
    asked = {"format": "json", "pageno": "1", "safesearch": "1", "language": "all", "time_range": "", "categories": ""}
    found = httpx.get(f"{service}/search", params=asked | {"q": "why did Kalinowski leave?", "theme": "simple"}).json()
    assert found["query"] == "why did Kalinowski leave?"
    first = found["results"][0]
    assert first["url"] == "https://example.org/fil-du-matin/caitlin-kalinowski-quitte-openai"
    assert "démissionné" in first["content"]
    assert (first["engine"], first["publishedDate"]) == ("newsqa", "2026-03-10T00:00:00")
    assert len(found["results"]) == 10


def test_results_have_the_fields_of_searxng(client: TestClient) -> None:
    found = client.get("/search?q=la+piscine+ferme&format=json").json()
    assert set(found) == {
        *("query", "number_of_results", "results", "answers", "corrections", "infoboxes", "suggestions"),
        "unresponsive_engines",
    }
    assert found["number_of_results"] == len(found["results"]) == 3
    for position, result in enumerate(found["results"], start=1):
        assert {"url", "title", "content", "engine", "engines", "score", "category", "publishedDate"} <= set(result)
        assert result["positions"] == [position]
    scores = [result["score"] for result in found["results"]]
    assert scores == sorted(scores, reverse=True)
    by_title = {result["title"]: result for result in found["results"]}
    assert by_title["La piscine"]["parsed_url"] == ["https", "example.org", "/a", "", "b=c", ""]
    assert by_title["Le col"]["publishedDate"] is None


def test_an_article_without_an_address_is_linked_to_the_page(client: TestClient) -> None:
    [result] = [each for each in client.get("/search?q=la+neige").json()["results"] if each["title"] == "La neige"]
    parameters = httpx.URL(result["url"]).params
    article = client.get(f"/articles/{parameters['article']}").json()
    start, end = map(int, parameters["at"].split("-"))
    assert result["url"].startswith("http://testserver/?article=")
    assert (article["title"], article["text"][start:end]) == ("La neige", result["content"])


def test_each_article_is_one_result_with_all_its_passages(tmp_path: Path) -> None:
    paragraphs = [f"La piscine {n} ferme. " + " ".join(f"mot{n}x{m}" for m in range(90)) for n in range(3)]
    data = build_archive(tmp_path, {"long.txt": "\n\n".join(paragraphs)})
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        [result] = client.get("/search?q=la+piscine+ferme").json()["results"]
    assert all(f"La piscine {n} ferme" in result["content"] for n in range(3))


def test_results_come_by_page(tmp_path: Path) -> None:
    texts = {f"{n}.txt": f"La piscine ferme. {' '.join(f'mot{n}x{m}' for m in range(30))}" for n in range(23)}
    with LocalArchive(build_archive(tmp_path, texts)) as archive, TestClient(app_of(archive)) as client:
        pages = [
            client.get("/search", params={"q": "la piscine ferme", "pageno": page}).json() for page in (1, 2, 3, 4)
        ]
    assert [len(page["results"]) for page in pages] == [10, 10, 3, 0]
    assert {page["number_of_results"] for page in pages} == {23}
    assert len({result["url"] for page in pages for result in page["results"]}) == 23


def test_a_time_range_restricts_the_results(client: TestClient) -> None:
    found = client.get("/search?q=la+piscine&time_range=week").json()
    assert [result["title"] for result in found["results"]] == ["La neige"]


@pytest.mark.parametrize("query", ["", "q=", "q=a&format=html", "q=a&pageno=0", "q=a&pageno=11", "q=a&time_range=age"])
def test_an_invalid_search_is_refused(client: TestClient, query: str) -> None:
    response = client.get(f"/search?{query}")
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
