"""Limits on request bodies."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from index.local.archive import LocalArchive
from qa.service.admission import QueueFull
from qa.service.fair import client as current
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


class _Request:
    """A request to `/articles` in parts; it waits until `gate` is set before the last one."""

    def __init__(self, *parts: bytes, route: str | None = "/articles", gate: asyncio.Event | None = None) -> None:
        self.parts = list(parts)
        self.route = route
        self.gate = gate
        self.status = 0
        self.received = 0

    async def send_to(self, limit: BodyLimit, client_name: str = "a") -> None:
        current.set(client_name)
        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/articles", "headers": headers, "route_path": self.route}
        await limit(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if len(self.parts) == 1 and self.gate:
            await self.gate.wait()
        if not self.parts:
            return {"type": "http.disconnect"}
        part = self.parts.pop(0)
        self.received += len(part)
        return {"type": "http.request", "body": part, "more_body": part[-1:] != b"}"}

    async def _send(self, message: Message) -> None:
        self.status = message.get("status", self.status)


async def _accept(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_a_body_that_is_cut_off_is_not_used_even_if_it_is_json() -> None:
    request = _Request(b'{"text": "La gare ouvre."} ')
    asyncio.run(request.send_to(BodyLimit(_accept, 1000)))
    assert request.status == 0


def test_the_body_of_a_request_that_is_refused_anyway_is_not_read() -> None:
    def full(_: Scope) -> None:
        raise QueueFull("the queue is full")

    for request, limit in (
        (_Request(b"{", b"}"), BodyLimit(_accept, 1000, full)),
        (_Request(b"{", b"}", route=None), BodyLimit(_not_found, 1000)),
    ):
        asyncio.run(request.send_to(limit))
        assert (request.status, request.received) in ((429, 0), (404, 0))


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})


def test_large_bodies_of_one_client_leave_memory_for_those_of_others() -> None:
    part = b" " * 1_000_000

    async def send() -> tuple[list[int], int, int]:
        limit, gate = BodyLimit(_accept, 2_000_000), asyncio.Event()
        held = [_Request(part, b"}", gate=gate) for _ in range(20)]
        tasks = [asyncio.ensure_future(request.send_to(limit)) for request in held]
        await asyncio.sleep(0.05)
        other = _Request(part, b"}")
        await asyncio.ensure_future(other.send_to(limit, "b"))
        gate.set()
        await asyncio.gather(*tasks)
        later = _Request(part, b"}")
        await later.send_to(limit)
        return [request.status for request in held], other.status, later.status

    held, other, later = asyncio.run(send())
    assert held == [200] * 8 + [503] * 12
    assert (other, later) == (200, 200)


def test_a_length_of_thousands_of_digits_is_too_large(client: TestClient) -> None:
    long = client.post("/ask", content=b"{}", headers=_JSON | {"content-length": "9" * 4301})
    padded = client.post("/ask", content=b"{}", headers=_JSON | {"content-length": "0" * 4301 + "2"})
    assert (long.status_code, padded.status_code) == (413, 422)


@pytest.mark.parametrize("part", ["[],", "{},"])
def test_hundreds_of_thousands_of_lists_are_refused_before_they_are_parsed(client: TestClient, part: str) -> None:
    body = "[" + part * 310_000 + "0]"
    refused = client.post("/articles", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 413
    assert "more than 300000 lists, objects and fields" in refused.json()["detail"]


def test_a_long_text_may_have_as_many_links_as_it_has_room_for(client: TestClient) -> None:
    text = "[le pont](https://example.org/ville/pont): " * 22_000
    sent = client.post("/articles", json=[{"text": text}, {"title": "Sans texte"}])
    assert (sent.status_code, "1/text" in sent.text) == (422, True)
