"""Request ids, log lines, metrics and headers."""

import io
import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from index.local.archive import LocalArchive
from qa.service.keys import Keys
from qa.service.logs import LineFormatter
from qa.service.metrics import Metrics
from qa.service.middleware.request_log import RequestLog
from qa.settings import Settings
from tests.fakes import TESTED, app_of, build_archive

_QUESTION = "quand ferme la piscine ?"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"piscine.md": "# La piscine\n\nLa piscine municipale ferme en juin."})


@pytest.fixture
def client(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(params=["json", "text"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """The log of the test, in both formats."""
    stream, logger = io.StringIO(), logging.getLogger("newsqa")
    handler, level = logging.StreamHandler(stream), logger.level
    handler.setFormatter(LineFormatter(request.param))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    """Return the fields of each line; of text lines, only those written as `name=value`."""
    return [
        json.loads(line) if line.startswith("{") else dict(part.split("=", 1) for part in line.split() if "=" in part)
        for line in log.getvalue().splitlines()
    ]


def test_each_request_is_one_line(client: TestClient, log: io.StringIO) -> None:
    article = client.get("/articles").json()["articles"][0]["id"]
    client.get(f"/articles/{article}", headers={"x-request-id": "page-7"})
    client.get("/nowhere")
    first, second, third = _lines(log)
    assert [str(line["status"]) for line in (first, second, third)] == ["200", "200", "404"]
    assert (second["request_id"], second["method"], second["route"]) == ("page-7", "GET", "/articles/{article_id}")
    assert float(second["ms"]) > 0
    assert third.get("route") is None


def test_neither_questions_nor_keys_are_logged(data: Path, log: io.StringIO) -> None:
    key, secret = Keys(data).create("page", "read")
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        headers = {"authorization": f"Bearer {secret}"}
        client.get("/ask", params={"q": _QUESTION}, headers=headers)
        client.post("/ask", json={"question": _QUESTION}, headers=headers)
        client.post("/ask", json={"question": _QUESTION, "color": _QUESTION}, headers=headers)
        client.get(f"/{_QUESTION}/{secret}", headers=headers)
        client.get("/ask", params={"q": _QUESTION}, headers={"authorization": f"Bearer {secret[:-1]}"})
    assert [line.get("key") for line in _lines(log)] == [*[key.id] * 4, None]
    for part in ("piscine", secret.split("_", 2)[2][:-1]):
        assert part not in log.getvalue()


def test_questions_are_logged_on_demand_with_the_id_of_their_request(data: Path, log: io.StringIO) -> None:
    settings = Settings(hosts=("testserver",), log_questions=True)
    with LocalArchive(data) as archive, TestClient(app_of(archive, settings)) as client:
        client.post("/ask", json={"question": _QUESTION}, headers={"x-request-id": "page-7"})
    assert "quand ferme la piscine ?" in log.getvalue()
    assert {line["request_id"] for line in _lines(log)} == {"page-7"}


def test_client_input_is_escaped_in_the_log(client: TestClient, log: io.StringIO) -> None:
    logging.getLogger("newsqa").warning("gone: %s", "a\nb\x1b[2J\u202ec\x9b")
    client.request("GET\x1b[2J", "/ask")
    assert len(log.getvalue().splitlines()) == 2
    assert log.getvalue().replace("\n", "").isprintable()


@pytest.mark.parametrize("invalid", ["", "a b", "a\tb", "é", "a" * 65, "a\x1b", "<b>", "a=b"])
def test_an_invalid_request_id_is_replaced(client: TestClient, invalid: str) -> None:
    made = client.get("/livez", headers={b"x-request-id": invalid.encode("latin-1")}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert client.get("/livez", headers={"x-request-id": "page.7_a-B"}).headers["x-request-id"] == "page.7_a-B"


def test_every_response_has_security_headers(client: TestClient) -> None:
    answers = [
        client.get("/articles"),
        client.get("/nowhere"),
        client.post("/ask", json={}),
        client.post("/ask", content="x"),
        client.delete("/ask"),
        client.get("/articles", headers={"host": "evil.example"}),
        client.get("/docs"),
        client.get("/"),
        client.get("/page/page.js"),
        client.get("/static-offline-docs/swagger-ui.css"),
        _failing().get("/"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 422, 415, 405, 421, 200, 200, 200, 200, 500]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "x-request-id" in answer.headers
        assert "server" not in answer.headers


def test_only_pages_may_run_scripts_and_only_ours(client: TestClient) -> None:
    assert "script-src 'self';" in client.get("/").headers["content-security-policy"]
    docs = client.get("/docs").headers["content-security-policy"]
    assert "script-src 'self' 'unsafe-inline';" in docs
    assert "default-src 'none'" in docs
    assert "script-src" not in client.get("/articles").headers["content-security-policy"]


def _failing() -> TestClient:
    async def fail(_: Request) -> Response:
        raise RuntimeError("quand ferme la piscine ?")

    routes = [Route("/", fail)]
    middleware = [Middleware(RequestLog, metrics=Metrics(int))]
    return TestClient(Starlette(routes=routes, middleware=middleware))


def test_an_unexpected_error_is_logged_with_its_location_but_not_its_message(log: io.StringIO) -> None:
    answer = _failing().get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "piscine" not in answer.text + log.getvalue()
    assert "RuntimeError" in log.getvalue()
    assert "test_request_log.py" in log.getvalue()
    assert len(log.getvalue().splitlines()) == 2


def _metrics(client: TestClient) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line.rpartition(" ") for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_metrics_count_requests_and_answers(client: TestClient) -> None:
    client.post("/ask", json={"question": _QUESTION})
    client.post("/search", json={"question": _QUESTION})
    client.post("/ask", json={"question": _QUESTION, "filters": {"published_from": "2100-01-01"}})
    client.post("/ask", json={})
    client.get("/nowhere")
    client.request("BREW", "/coffee")
    metrics = _metrics(client)
    assert metrics['newsqa_answers_total{status="answered"}'] == 1
    assert metrics['newsqa_answers_total{status="searched"}'] == 1
    assert metrics['newsqa_answers_total{status="abstained"}'] == 1
    assert metrics['newsqa_requests_total{method="POST",route="/ask",status="200"}'] == 2
    assert metrics['newsqa_requests_total{method="POST",route="/ask",status="422"}'] == 1
    assert metrics['newsqa_requests_total{method="",route="",status="404"}'] == 2
    assert metrics['newsqa_request_seconds_count{route="/ask"}'] == 3
    for stage in ("wait", "embed", "search", "rank", "total"):
        assert metrics[f'newsqa_question_seconds_count{{stage="{stage}"}}'] == 3
    assert metrics['newsqa_question_seconds_count{stage="answer"}'] == 2
    assert (metrics["newsqa_articles"], metrics["newsqa_passages"]) == (1, 1)
    assert (metrics["newsqa_generation"], metrics["newsqa_queue_depth"]) == (1, 0)
    assert metrics["process_resident_memory_bytes"] > 0
    assert metrics["newsqa_disk_free_bytes"] > 0
    assert metrics["newsqa_generation_timestamp_seconds"] == pytest.approx(time.time(), abs=600)
    assert metrics["newsqa_log_bytes"] >= 0
    assert (metrics["newsqa_publication_seconds"], metrics["newsqa_unpublished_seconds"]) == (0, 0)


def test_refusals_are_counted_by_reason_and_errors_of_requests_are_not(client: TestClient) -> None:
    question = {"question": _QUESTION}
    client.post("/ask", json=question, headers={"Host": "other.example"})
    client.post("/ask", json=question, headers={"Origin": "https://other.example"})
    client.post("/ask", content="question")
    client.post("/ask", json={"question": "a" * 300_000})
    client.post("/v1/embeddings", content="question")
    client.post("/ask", json={})
    client.get("/nowhere")
    metrics = _metrics(client)
    refused = {name: count for name, count in metrics.items() if name.startswith("newsqa_refusals_total")}
    reasons = {name.partition('"')[2].partition('"')[0]: count for name, count in refused.items()}
    assert reasons == {"host": 1, "origin": 1, "content_type": 2, "body_size": 1}


def test_each_app_has_its_own_metrics(data: Path) -> None:
    with (
        LocalArchive(data) as archive,
        TestClient(app_of(archive)) as first,
        TestClient(app_of(archive, TESTED)) as second,
    ):
        first.post("/ask", json={"question": _QUESTION})
        assert 'newsqa_answers_total{status="answered"}' in _metrics(first)
        assert 'newsqa_answers_total{status="answered"}' not in _metrics(second)
