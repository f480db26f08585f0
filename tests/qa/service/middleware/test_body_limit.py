"""Limits on request bodies."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from index.local.archive import LocalArchive
from qa.service.middleware.body_limit import MAX_QUESTION_BYTES, BodyLimit
from tests.fakes import TESTED, app_of, build_archive

_JSON = {"content-type": "application/json"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    data = build_archive(tmp_path, {"piscine.md": "La piscine municipale ferme en juin.\n"})
    with LocalArchive(data) as archive, TestClient(app_of(archive, replace(TESTED, max_body=1))) as client:
        yield client


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(client: TestClient, kind: str) -> None:
    response = client.post("/ask", content=b'{"question": "x"}', headers={"content-type": kind})
    assert response.status_code == 415
    assert "application/json" in response.json()["detail"]


def test_a_body_that_is_too_large_is_refused_with_and_without_a_content_length(client: TestClient) -> None:
    body = b'{"question": "' + b"a" * MAX_QUESTION_BYTES + b'"}'
    assert client.post("/ask", content=body, headers=_JSON).status_code == 413
    assert client.post("/ask", content=iter([body[:1000], body[1000:]]), headers=_JSON).status_code == 413


def test_a_body_of_articles_may_be_longer_than_one_of_a_question(client: TestClient) -> None:
    longest = b'{"text": ""}'.ljust(1_000_000)
    assert client.post("/articles", content=longest, headers=_JSON).status_code == 422  # an article without text
    for content in (longest + b" ", iter([longest, b" "])):
        assert client.put("/articles/a", content=content, headers=_JSON).status_code == 413


def test_a_body_that_is_not_received_in_time_is_refused() -> None:
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.sleep(10)
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("it has no body")

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/ask", "headers": headers}
    asyncio.run(BodyLimit(app, 1000, timeout=0.05)(scope, never, send))
    assert sent[0]["status"] == 408
