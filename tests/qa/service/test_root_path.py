"""The service below a path of a proxy that removes it (`NEWSQA_ROOT_PATH`)."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2 as httpx
import openai
import pytest

from tests.fakes import build_archive, service_of

_ARTICLES = {"piscine.md": "---\ntitle: La piscine\n---\nLa piscine ferme en juin."}
_ROOT = "/archives/news"
_TIMEOUT = 60  # seconds
_POOL = "quand ferme la piscine ?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service at the proxy."""
    data: Path = build_archive(tmp_path_factory.mktemp("root"), _ARTICLES)
    with service_of(data, root_path=_ROOT, max_body=1) as origin:
        proxy = ThreadingHTTPServer(("127.0.0.1", 0), _proxy(origin))
        thread = Thread(target=proxy.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{proxy.server_port}{_ROOT}"
        proxy.shutdown()
        thread.join()
        proxy.server_close()


def _proxy(origin: str) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith(f"{_ROOT}/"):
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            response = httpx.request(
                self.command,
                origin + self.path.removeprefix(_ROOT),
                headers=dict(self.headers),
                content=body,
                timeout=_TIMEOUT,
            )
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                if name not in ("content-length", "transfer-encoding", "content-encoding"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names of the library

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    return Proxy


def _get(address: str, path: str) -> httpx.Response:
    return httpx.get(httpx.URL(address + "/").join(path), timeout=_TIMEOUT)


@pytest.mark.parametrize("page", ["", "docs"])
def test_pages_load_their_files_from_below_the_path(address: str, page: str) -> None:
    html = _get(address, page)
    assert html.status_code == 200
    files = re.findall(r'(?:src|href)="([^"#]+)"', html.text) + re.findall(r"url: '([^']+)'", html.text)
    assert len(files) >= 4
    for file in files:
        assert _get(address, file).status_code == 200, file


def test_the_document_of_the_api_names_the_path(address: str) -> None:
    assert _get(address, "openapi.json").json()["servers"] == [{"url": _ROOT}]


def test_redirects_and_new_articles_stay_below_the_path(address: str) -> None:
    for path in ("docs/", "articles/"):
        redirected = _get(address, path)
        assert redirected.status_code in (307, 308)
        assert httpx.URL(redirected.headers["location"]).path == f"{_ROOT}/{path.rstrip('/')}"
    created = httpx.post(f"{address}/articles", json={"text": "Le pont rouvre.", "id": "pont"})
    assert created.headers["location"] == f"{_ROOT}/articles/pont"
    assert httpx.delete(f"{address}/articles/pont").status_code == 204


def _links(address: str) -> list[str]:
    """Return a link of a response, of a search and of an MCP tool."""
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client:
        output: Any = client.responses.create(model="newsqa", input=_POOL).output[0]
    found = _get(address, "search?q=piscine&format=json").json()["results"][0]
    called = {"name": "ask", "arguments": {"question": _POOL}}
    agent = httpx.post(
        f"{address}/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called},
        headers={"accept": "application/json, text/event-stream"},
        timeout=_TIMEOUT,
    ).json()["result"]["structuredContent"]["citations"][0]
    return [output.content[0].annotations[0].url, found["url"], agent["url"]]


def test_links_lead_to_the_page_below_the_path(address: str) -> None:
    for url in _links(address):
        assert url.startswith(f"{address}/?article=")
        assert httpx.get(url).text.startswith("<!doctype html>")


def test_links_have_the_public_address_if_there_is_one(tmp_path: Path) -> None:
    public = "https://news.example/archive"
    with service_of(build_archive(tmp_path, _ARTICLES), public_url=public) as address:
        assert all(url.startswith(f"{public}/?article=") for url in _links(address))


def test_errors_and_limits_are_those_of_the_route(address: str) -> None:
    refused = httpx.post(f"{address}/v1/responses", json={"model": "gpt-5", "input": "a"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "model_not_found")
    long = {"id": "long", "text": "Le pont rouvre lundi. " * 20_000}
    assert (
        httpx.post(f"{address}/articles", json=long, timeout=_TIMEOUT).status_code == 201
    )  # larger than a question may be
    assert httpx.post(f"{address}/ask", json={"question": "a" * 300_000}).status_code == 413
