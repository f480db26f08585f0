"""Answers as server-sent events."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from index.local.archive import LocalArchive
from index.local.catalog import FILE
from qa.texts import no_answer
from tests.fakes import PhraseReader, app_of, build_archive

_WHY = {"question": "why did Kalinowski leave?", "stream": True}
_RIGHT = "https://example.org/fil-du-matin/caitlin-kalinowski-quitte-openai"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"piscine.md": "# La piscine\n\nLa piscine municipale ferme en juin."})


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        yield client


def _events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        event, data = block.split("\n")
        found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def _without_id(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("id", "took_ms")}


def test_a_stream_has_passages_then_the_answer_with_its_citations_then_the_whole_response(service: str) -> None:
    with httpx.stream("POST", f"{service}/ask", json=_WHY) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        events = _events(response.read().decode())
    whole = httpx.post(f"{service}/ask", json=_WHY | {"stream": False}).json()
    kinds = [kind for kind, _ in events]
    assert kinds == ["passages", *["delta", "citation"] * len(whole["citations"]), "final"]
    assert events[0][1] == {"passages": whole["passages"]}
    assert "".join(data["text"] for kind, data in events if kind == "delta") == whole["answer"]
    assert [data for kind, data in events if kind == "citation"] == whole["citations"]
    assert whole["citations"][0]["url"] == _RIGHT
    assert _without_id(events[-1][1]) == _without_id(whole)


def test_a_citation_in_a_stream_marks_the_answering_words(data: Path) -> None:
    with LocalArchive(data) as archive, TestClient(app_of(archive, reader=PhraseReader("en juin"))) as client:
        events = dict(_events(client.post("/ask", json={"question": "quand ferme la piscine ?", "stream": True}).text))
        text = client.get(f"/articles/{events['citation']['article_id']}").json()["text"]
    assert text[slice(*events["citation"]["answer_span"])] == "en juin"
    assert events["final"]["citations"] == [events["citation"]]


def test_curl_shows_the_events(service: str) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    arguments = ["-sN", f"{service}/ask", "-H", "content-type: application/json", "-d", json.dumps(_WHY)]
    shown = subprocess.run([curl, *arguments], capture_output=True, check=True, timeout=30).stdout.decode()
    assert [kind for kind, _ in _events(shown)][:3] == ["passages", "delta", "citation"]
    assert _RIGHT in shown


def test_an_abstention_is_streamed_too(client: TestClient) -> None:
    asked = {"question": "la piscine ?", "stream": True, "filters": {"published_from": "2100-01-01"}}
    events = _events(client.post("/ask", json=asked).text)
    assert [kind for kind, _ in events] == ["passages", "delta", "final"]
    assert events[1][1]["text"] == events[2][1]["answer"] == no_answer("fr")
    assert events[2][1]["status"] == "abstained"


def test_an_error_while_answering_is_an_event_with_a_problem(client: TestClient, data: Path) -> None:
    content = bytearray((data / FILE).read_bytes())
    content[content.index(b"piscine municipale")] ^= 1
    (data / FILE).write_bytes(content)
    [(kind, problem)] = _events(client.post("/ask", json={"question": "la piscine ?", "stream": True}).text)
    assert (kind, problem["status"], problem["type"]) == ("error", 503, "about:blank")
    assert "damaged" in problem["detail"]


def test_an_invalid_question_is_refused_before_the_stream_starts(client: TestClient) -> None:
    refused = client.post("/ask", json={"question": " ", "stream": True})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
