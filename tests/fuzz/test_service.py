"""Any body, key file or setting is read or refused with a documented error."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import strategies as st

from index.errors import NewsqaError
from index.local.archive import LocalArchive
from qa.service.keys import Keys, KeysError
from qa.settings import Settings
from tests.fakes import app_of, build_archive
from tests.fuzz.fuzzing import JSON, TEXT, altered, fuzz

_FILTERS: dict[str, Any] = {"published_from": "2026-01-01", "languages": ["fr"], "sources": ["Goéland"]}
_MESSAGES = [{"role": "user", "content": "Qui ?"}, {"role": "user", "content": [{"type": "text", "text": "Et où ?"}]}]
_CALL = {"name": "ask", "arguments": {"question": "Qui ?", "filters": _FILTERS}}
_BODIES: dict[str, dict[str, Any]] = {
    "/ask": {"question": "Qui a rallumé le phare ?", "top_k": 3, "filters": _FILTERS, "stream": False, "sort": "newest"},
    "/search": {"question": "Qui a rallumé le phare ?", "filters": {"as_of": "2026-03-01"}},
    "/v1/chat/completions": {"model": "newsqa", "messages": _MESSAGES, "stream": True, "max_tokens": 5, "filters": _FILTERS},
    "/v1/responses": {"model": "newsqa", "input": _MESSAGES, "text": {"format": {"type": "text"}}, "stream": False},
    "/v1/embeddings": {"model": "newsqa", "input": ["a", "b"], "encoding_format": "base64", "dimensions": 32},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": _CALL},
    "/articles": {"text": "Le pont rouvre.", "title": "Le pont", "date": "2026-02-03", "id": "pont", "language": "fr"},
}  # fmt: skip
_VALUES = st.one_of(
    JSON,
    st.sampled_from(
        ["2026-02-30", "0001-01-01", "9999-12-31", -1, 0, 2**63, 10**400, float("nan"), "\ud800", "\0", "x" * 9000]
    ),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    files = {"a.md": "---\ndate: 2026-02-03\nsource: Goéland\n---\nLe phare de Kerlouan est rallumé par Zoé Riou."}
    data = build_archive(tmp_path_factory.mktemp("fuzz"), files)
    with LocalArchive(data) as archive, TestClient(app_of(archive), raise_server_exceptions=False) as client:
        yield client


def _replaced(value: Any, place: int, new: Any) -> Any:
    """Return a value of JSON with the part at a place, counted in depth, replaced; a text adds an unknown field."""
    count = -1

    def visit(part: Any) -> Any:
        nonlocal count
        count += 1
        if count == place:
            return new
        if isinstance(part, dict):
            return {name: visit(each) for name, each in part.items()} | (
                {new: 1} if isinstance(new, str) and place > 20 else {}
            )
        return [visit(each) for each in part] if isinstance(part, list) else part

    return visit(value)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("route", _BODIES)
def test_any_body_is_answered_or_refused(client: TestClient, route: str) -> None:
    valid = _BODIES[route]
    places = st.lists(st.tuples(st.integers(0, 25), _VALUES), min_size=1, max_size=3)
    several = places.map(lambda each: _after(valid, each)).map(json.dumps).map(str.encode)
    raw = altered(
        json.dumps(valid).encode(), st.sampled_from([b'"', b"{", b"[" * 999, b"9" * 5000, b"NaN", b"\xff", b"\\ud800"])
    )

    def work(body: bytes) -> None:
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        response = client.post(route, content=body, headers=headers)
        assert response.status_code < 500, (response.status_code, response.text[:300])
        assert "\ud800" not in response.text

    fuzz(several | raw, work, small=5)


def _after(valid: Any, changes: list[tuple[int, Any]]) -> Any:
    for place, new in changes:
        valid = _replaced(valid, place, new)
    return valid


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("route", ["/ask?q=", "/search?q=", "/articles?sources=", "/articles/", "/passages/", "/"])
def test_any_address_is_answered_or_refused(client: TestClient, route: str) -> None:
    rest = st.lists(
        st.sampled_from(["%00", "%ff", "%c0%ae", "..", "/", "&", "=", "top_k=", "as_of=0001-01-01", "%"]) | TEXT
    )

    def work(parts: list[str]) -> None:
        path = route + "".join(parts).encode("utf-8", "replace").decode().replace("#", "").replace("\n", "")
        path = "".join(character for character in path if character.isprintable())[:2000]
        try:
            response = client.get(path, follow_redirects=False)
        except httpx.InvalidURL:  # the client sends only what it takes for an address
            return
        assert response.status_code < 500, (path, response.text[:300])

    fuzz(rest, work, small=4)


@pytest.mark.timeout(3600)
def test_any_file_of_keys_is_read_or_refused(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    _, secret = keys.create("lecteur", "read")
    valid = json.loads(keys.file.read_text(encoding="utf-8"))
    places = st.lists(st.tuples(st.integers(0, 12), _VALUES), min_size=1, max_size=2)

    def work(content: bytes) -> None:
        keys.file.write_bytes(content)
        reopened = Keys(tmp_path)
        try:
            found = reopened.find(secret)
            assert reopened.find("nqa__") is None
            assert all(isinstance(key.name, str) for key in reopened.all())
        except KeysError:
            return
        assert found is None or found.scope in ("read", "ingest", "admin")

    several = places.map(lambda each: json.dumps(_after(valid, each)).encode())
    fuzz(several | altered(json.dumps(valid).encode(), st.binary(max_size=5)), work)


@pytest.mark.timeout(3600)
def test_any_environment_gives_settings_or_names_the_variable() -> None:
    names = [f"NEWSQA_{name.upper()}" for name in Settings.__dataclass_fields__]
    values = TEXT | st.sampled_from(
        ["1", "-1", "٣", "1e9", "600/minute", "0/second", "9" * 400, "true", "10.0.0.0/99", "~x/y", "fr,xx", "15m"]
    )

    def work(environment: dict[str, str]) -> None:
        message = "NEWSQA_"
        try:
            Settings.from_environment(environment)
        except NewsqaError as error:
            message = str(error)
        assert "NEWSQA_" in message

    fuzz(st.dictionaries(st.sampled_from(names), values, min_size=1, max_size=2), work, small=60)
