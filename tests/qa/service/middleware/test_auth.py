"""Access control over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from index.local.archive import LocalArchive
from qa.service.keys import FILE, SCOPES, Keys
from qa.service.metrics import Metrics
from qa.service.middleware.auth import KEYED_RATE, REQUIRED_SCOPES, Auth, seconds_until
from qa.service.middleware.body_limit import BodyLimit
from qa.service.middleware.request_log import RequestLog
from qa.settings import Settings
from tests.fakes import TESTED, app_of, build_archive

_KINDS = ("none", "unknown", "revoked", "expired", "read", "ingest", "admin")
_OPEN = "yes yes yes yes yes yes yes"
_READ = "401 401 401 401 yes yes yes"
_INGEST = "401 401 401 401 403 yes yes"
_TABLE = {
    "GET /livez": _OPEN,
    "GET /readyz": _OPEN,
    "HEAD /livez": _OPEN,
    "HEAD /readyz": _OPEN,
    "HEAD /": _OPEN,
    "GET /docs": _OPEN,
    "GET /docs/oauth2-redirect": _OPEN,
    "GET /openapi.json": _OPEN,
    "HEAD /openapi.json": _OPEN,
    "GET /static-offline-docs": _OPEN,
    "GET /": _OPEN,
    "GET /page": _OPEN,
    "GET /facets": _READ,
    "GET /metrics": _READ,
    "GET /ask": _READ,
    "POST /ask": _READ,
    "POST /search": _READ,
    "GET /search": _READ,
    "GET /v1/models": _READ,
    "GET /v1/models/{model}": _READ,
    "POST /v1/chat/completions": _READ,
    "POST /v1/responses": _READ,
    "POST /v1/embeddings": _READ,
    "GET /articles": _READ,
    "GET /articles/{article_id}": _READ,
    "GET /passages/{passage_id}": _READ,
    "POST /mcp": _READ,
    "POST /articles": _INGEST,
    "PUT /articles/{article_id}": _INGEST,
    "DELETE /articles/{article_id}": _INGEST,
    "GET /nowhere": _READ,
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, {"piscine.md": "# La piscine\n\nLa piscine municipale ferme en juin."})


def _secrets(data: Path) -> dict[str, str | None]:
    """Create a key of each kind; return the secrets."""
    keys = Keys(data)
    revoked, secret = keys.create("revoked", "admin")
    keys.revoke(revoked.id)
    _, expired = Keys(data, lambda: date(2026, 1, 1)).create("expired", "admin", date(2026, 1, 2))
    made: dict[str, str | None] = {scope: keys.create(scope, scope)[1] for scope in SCOPES}
    return {"none": None, "unknown": "nqa_00000000_" + "A" * 43, "revoked": secret, "expired": expired} | made


def _bearer(secret: str | None) -> dict[str, str]:
    return {} if secret is None else {"Authorization": f"Bearer {secret}"}


def _routes(app: FastAPI) -> Iterator[str]:
    for route in app.routes:
        assert isinstance(route, Route | Mount), f"{route}: of a kind that Auth does not know"
        for method in route.methods or () if isinstance(route, Route) else ("GET",):
            yield f"{method} {route.path}"


@contextmanager
def _client(data: Path, settings: Settings = TESTED) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive, settings), raise_server_exceptions=False) as client:
        yield client


def test_every_route_is_in_the_table(data: Path) -> None:
    with LocalArchive(data) as archive:
        for route in _routes(app_of(archive)):
            method, path = route.replace("HEAD", "GET").split()
            assert (method, path) in REQUIRED_SCOPES, (
                f"{route}: add its scope to qa.service.middleware.auth.REQUIRED_SCOPES"
            )
            assert route in _TABLE, f"{route}: add its statuses to _TABLE"


def test_every_route_answers_every_kind_of_key_as_the_table_says(data: Path) -> None:
    secrets = _secrets(data)
    with _client(data) as client:
        for route in (*_routes(client.app), "GET /nowhere"):  # type: ignore[arg-type]
            method, path = route.replace("-docs", "-docs/swagger-ui.css").split()
            path += "/page.css" if path == "/page" else ""
            answered = []
            for kind in _KINDS:
                response = client.request(
                    method, path, headers=_bearer(secrets[kind]), json={} if method in ("POST", "PUT") else None
                )
                answered.append(str(response.status_code) if response.status_code in (401, 403) else "yes")
            assert " ".join(answered) == _TABLE[route], route


def test_a_refusal_names_the_required_scope(data: Path) -> None:
    secrets = _secrets(data)
    with _small(data) as client:
        unknown = client.get("/articles", headers=_bearer(secrets["unknown"]))
        weak = client.post("/articles", headers=_bearer(secrets["read"]), json={})
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, 'Bearer realm="newsqa"')
    assert weak.status_code == 403
    assert 'scope="ingest"' in weak.headers["www-authenticate"]
    assert "ingest is required" in weak.json()["detail"]
    assert {unknown.headers["content-type"], weak.headers["content-type"]} == {"application/problem+json"}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {} {}", "Bearer \xe9"])
def test_a_key_is_taken_as_a_bearer_only(data: Path, header: str) -> None:
    secret = _secrets(data)["admin"]
    with _client(data) as client:
        given = header.replace("{}", str(secret)).encode("latin-1")
        assert client.get("/articles", headers={b"authorization": given}).status_code == 401
        assert client.get(f"/articles?key={secret}").status_code == 401


def test_creating_and_revoking_keys_takes_effect_in_a_running_service(data: Path) -> None:
    with _client(data) as client:
        assert client.get("/articles").status_code == 200
        key, secret = Keys(data).create("page", "read")
        assert client.get("/articles").status_code == 401
        assert client.get("/articles", headers=_bearer(secret)).status_code == 200
        Keys(data).revoke(key.id)
        assert client.get("/articles", headers=_bearer(secret)).status_code == 401


def test_a_damaged_key_file_refuses_all_requests(data: Path) -> None:
    secret = _secrets(data)["admin"]
    (data / FILE).write_text("{", encoding="utf-8")
    with _client(data) as client:
        refused = client.get("/articles", headers=_bearer(secret))
        assert (refused.status_code, client.get("/livez").status_code) == (503, 200)
    assert "see the service log" in refused.json()["detail"]


def test_a_service_reachable_from_other_machines_always_requires_a_key(data: Path) -> None:
    with _client(data, Settings(host="0.0.0.0")) as client:  # noqa: S104 - the subject of the test
        assert client.get("/articles").status_code == 401


def test_a_route_without_a_configured_scope_is_refused(data: Path) -> None:
    secret = _secrets(data)["admin"]
    with LocalArchive(data) as archive:
        app = app_of(archive)

        @app.get("/new")
        async def new() -> str:
            return "inside"

        with TestClient(app) as client:
            for headers in ({}, _bearer(secret)):
                assert client.get("/new", headers=headers).status_code == 403
            (data / FILE).unlink()
            assert client.get("/new").status_code == 403


async def _passed(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes passed")


@contextmanager
def _small(data: Path, settings: Settings = TESTED) -> Iterator[TestClient]:
    """Yield a client of an app with our middleware and trivial routes."""
    routes = [
        Route("/livez", _passed),
        Route("/articles", _passed, methods=["GET", "POST"]),
        Route("/articles/{article_id}", _passed, methods=["GET", "PUT", "DELETE"]),
    ]
    middleware = [
        Middleware(RequestLog, metrics=Metrics(int)),
        Middleware(Auth, keys=Keys(data), settings=settings),
        Middleware(BodyLimit, max_bytes=settings.max_body * 1_000_000),
    ]
    with TestClient(Starlette(routes=routes, middleware=middleware)) as client:
        yield client


def _settings(**fields: object) -> Settings:
    return Settings(hosts=("testserver",), **fields)  # type: ignore[arg-type]


def test_a_nearly_full_disk_refuses_writes_but_not_reads(tmp_path: Path) -> None:
    with _small(tmp_path, _settings(disk_floor=10**9)) as client:
        refused = [
            client.post("/articles", json=[]),
            client.put("/articles/a", json={}),
            client.delete("/articles/a"),
        ]
        assert [response.status_code for response in refused] == [507, 507, 507]
        assert "NEWSQA_DISK_FLOOR" in refused[0].json()["detail"]
        assert client.get("/articles").status_code == 200
    with _small(tmp_path, _settings(disk_floor=0)) as client:
        assert client.post("/articles", json=[]).status_code == 200


def test_a_client_over_its_rate_limit_gets_a_retry_after(tmp_path: Path) -> None:
    def ask(secret: str) -> Response:
        response: Response = client.get("/articles", headers=_bearer(secret))
        return response

    first, second = (Keys(tmp_path).create(name, "read")[1] for name in ("first", "second"))
    with _small(tmp_path, _settings(rate="3/hour")) as client:
        assert [ask(first).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        refused = ask(first)
        assert 3500 < int(refused.headers["retry-after"]) <= 3600
        assert "3/hour" in refused.json()["detail"]
        assert ask(second).status_code == 200  # each key has its own limit
        assert [client.get("/livez").status_code for _ in range(5)] == [200] * 5


def test_a_clock_that_is_set_back_makes_nobody_wait_longer_than_the_period() -> None:
    assert [seconds_until(1000.0, now, 60) for now in (940.5, 999.9, 1000.0, 2000.0, 0.0)] == [60, 1, 1, 1, 60]


def test_without_keys_each_address_is_a_client_and_the_default_is_no_limit(tmp_path: Path) -> None:
    limit = int(KEYED_RATE.partition("/")[0])
    with _small(tmp_path) as client:
        assert {client.get("/articles").status_code for _ in range(limit + 1)} == {200}
    with _small(tmp_path, _settings(rate="1/hour")) as client:
        assert [client.get("/articles").status_code for _ in range(2)] == [200, 429]
    _, secret = Keys(tmp_path).create("page", "read")
    with _small(tmp_path) as client:
        codes = [client.get("/articles", headers=_bearer(secret)).status_code for _ in range(limit + 1)]
        assert codes[-1] == 429


def test_the_key_is_checked_first(tmp_path: Path) -> None:
    Keys(tmp_path).create("page", "read")
    with _small(tmp_path) as client:
        body = client.post("/articles", content=b"a" * 10_000_000, headers={"content-type": "text/plain"})
    assert body.status_code == 401  # neither 413 nor 415


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "LOCALHOST:80", "[::1]", "[::1]:8000", "testserver"])
def test_own_host_names_are_accepted(tmp_path: Path, host: str) -> None:
    with _small(tmp_path) as client:
        assert client.get("/articles", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "localhost:x"])
def test_unknown_host_names_are_refused(tmp_path: Path, host: str) -> None:
    with _small(tmp_path) as client:
        refused = client.get("/articles", headers={"host": host})
        assert client.get("/livez", headers={"host": host}).status_code == 200  # probes use the IP address
        assert client.get("/readyz", headers={"host": host}).status_code == 421  # it tells what the archive holds
    assert (refused.status_code, refused.headers["content-type"]) == (421, "application/problem+json")


def test_only_configured_cors_origins_are_allowed(data: Path) -> None:
    def asked(client: TestClient) -> tuple[str | None, int]:
        headers = {"origin": "https://news.example", "access-control-request-method": "POST"}
        first = client.options("/ask", headers=headers)
        given = client.get("/articles", headers={"origin": "https://news.example"})
        return given.headers.get("access-control-allow-origin"), first.status_code

    with _client(data) as client:
        assert asked(client) == (None, 405)
    Keys(data).create("page", "read")
    with _client(data, _settings(cors_origins=("https://news.example",))) as client:
        assert asked(client) == ("https://news.example", 200)
    with _client(data, _settings(cors_origins=("https://other.example",))) as client:
        assert asked(client) == (None, 400)


def test_deleting_the_key_file_does_not_open_a_running_service(tmp_path: Path) -> None:
    with _small(tmp_path, _settings()) as client:
        assert client.get("/articles").status_code == 200
        Keys(tmp_path).create("reader", "read")
        assert client.get("/articles").status_code == 401
        (tmp_path / FILE).rename(tmp_path / "elsewhere.json")
        assert client.get("/articles").status_code == 401


def test_probes_may_use_head(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": "La piscine ouvre lundi."})
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        assert [client.head(path).status_code for path in ("/livez", "/readyz", "/")] == [200, 200, 200]


def test_public_responses_do_not_contain_the_path_of_the_archive(tmp_path: Path) -> None:
    data = build_archive(tmp_path, {"a.md": "La piscine ouvre lundi."})
    with LocalArchive(data) as archive, TestClient(app_of(archive)) as client:
        data.rename(tmp_path / "gone")
        answer = client.get("/readyz")
        assert (answer.status_code, str(tmp_path) in answer.text) == (503, False)
        assert client.put("/articles/x", json={"text": "La neige."}).status_code == 503


def test_facets_say_whether_a_key_may_write(data: Path) -> None:
    secrets = _secrets(data)
    with _client(data) as client:
        for scope, writable in (("read", False), ("ingest", True), ("admin", True)):
            assert client.get("/facets", headers=_bearer(secrets[scope])).json()["writable"] is writable
