"""Passages can be given by date; which of them are found does not depend on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.sort import Sort, in_order
from tests.fakes import HashEmbedder, app_of, build_archive, identifier

_DAYS = ("2026-03-02", "2026-01-05", "", "2026-02-10")
_ARTICLES = {
    f"{number}.md": f"---\ntitle: Piscine {number}\n{f'date: {day}' if day else ''}\n---\n"
    f"La piscine {'municipale ' * number}ferme pour la raison numéro {number}.\n"
    for number, day in enumerate(_DAYS)
}
_QUESTION = "quand ferme la piscine ?"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[LocalArchive]:
    with LocalArchive(build_archive(tmp_path, _ARTICLES)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("sort", "days"),
    [
        ("newest", ["2026-03-02", "2026-02-10", "2026-01-05", "None"]),
        ("oldest", ["2026-01-05", "2026-02-10", "2026-03-02", "None"]),
    ],
)
def test_hits_are_ordered_by_date_with_undated_ones_last(archive: LocalArchive, sort: Sort, days: list[str]) -> None:
    hits = Asker(archive, HashEmbedder(), identifier()).search(_QUESTION).hits
    ordered = in_order(hits, sort)
    assert [str(hit.article.published) for _, hit in ordered] == days
    assert all(hits[rank - 1] is hit for rank, hit in ordered)
    assert [hit for _, hit in in_order(hits, "relevance")] == [*hits]


def test_over_http_the_best_passages_are_sorted_and_keep_their_rank(archive: LocalArchive) -> None:
    with TestClient(app_of(archive)) as client:
        asked = {"question": _QUESTION, "top_k": 3}
        best = client.post("/ask", json=asked).json()
        by_date = client.post("/ask", json=asked | {"sort": "newest"}).json()
        found = client.post("/search", json=asked | {"sort": "newest"}).json()
        by_address = client.get("/ask", params={"q": _QUESTION, "top_k": 3, "sort": "newest"}).json()
        stream = client.post("/ask", json=asked | {"sort": "newest", "stream": True}).text
        wrong = client.post("/ask", json=asked | {"sort": "best"})
    assert [each["rank"] for each in best["passages"]] == [1, 2, 3]
    assert sorted(by_date["passages"], key=lambda each: each["rank"]) == best["passages"]
    dated = [each["published"] for each in by_date["passages"] if each["published"]]
    assert dated == sorted(dated, reverse=True)
    assert by_date["passages"] == found["passages"] == by_address["passages"]
    assert by_date["answer"] == best["answer"]
    assert [each["id"] for each in by_date["passages"]] == sorted(
        (each["id"] for each in by_date["passages"]), key=stream.index
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "#/sort")
