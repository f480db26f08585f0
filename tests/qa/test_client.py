"""Both clients, over a real HTTP service."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from index.local.archive import LocalArchive
from index.model.embed import Embedder
from qa.ask import Asker
from qa.client import AsyncClient, Client, Filters, ServiceError
from qa.service.keys import Keys
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.eval.web import Website, json_reply, serving
from tests.fakes import PhraseReader, build_archive, identifier, service_of

_ARTICLES = {
    "piscine.md": "---\ntitle: La piscine\ndate: 2026-02-10\nsource: Courrier\n---\nLa piscine ferme en juin.\n",
    "pont.md": "---\ntitle: Le pont\ndate: 2026-02-12\n---\nLe pont rouvre lundi matin après huit mois de travaux.\n",
}
_QUESTION = "quand ferme la piscine ?"

Using = Callable[..., Any]
"""Calls a function with a synchronous or asynchronous client: `using(address, lambda client: client.ready())`."""


def _waiting(address: str, use: Callable[[Any], Any], **options: Any) -> Any:
    with Client(address, **options) as client:
        return use(client)


def _awaiting(address: str, use: Callable[[Any], Awaitable[Any]], **options: Any) -> Any:
    async def run() -> Any:
        async with AsyncClient(address, **options) as client:
            return await use(client)

    return asyncio.run(run())


@pytest.fixture(params=[_waiting, _awaiting], ids=["Client", "AsyncClient"])
def using(request: pytest.FixtureRequest) -> Using:
    form: Using = request.param
    return form


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a small archive."""
    return build_archive(tmp_path_factory.mktemp("client"), _ARTICLES)


@pytest.fixture(scope="module")
def address(archive: Path) -> Iterator[str]:
    """The address of a service over it."""
    with service_of(archive) as address:
        yield address


def _refused(using: Using, address: str, use: Callable[[Any], Any], **options: Any) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        using(address, use, **options)
    assert "\n" not in str(refused.value)
    return refused.value


# --- results


def test_a_program_learns_why_kalinowski_left(using: Using, seeds: Path, embedder: Embedder) -> None:
    with LocalArchive(seeds) as archive, serve_in_thread(Asker(archive, embedder, identifier()), Settings()) as address:
        answer = using(address, lambda client: client.ask("why did Kalinowski leave?", top_k=3))
        cited = answer.citations[0]
        article = using(address, lambda client: client.article(cited.article_id))
    assert answer.status == "answered"
    assert len(answer.passages) == 3
    assert "Kalinowski" in article.title
    assert article.text[cited.start_char_index : cited.end_char_index] == cited.cited_text
    assert answer.answer[cited.start_index : cited.end_index] == cited.cited_text


def test_a_citation_has_the_span_of_the_answering_words(using: Using, archive: Path, address: str) -> None:
    with service_of(archive, PhraseReader("en juin")) as reading:
        [cited] = using(reading, lambda client: client.ask(_QUESTION, top_k=1)).citations
        article = using(reading, lambda client: client.article(cited.article_id))
    assert isinstance(cited.answer_span, tuple)
    assert article.text[slice(*cited.answer_span)] == "en juin"
    assert using(address, lambda client: client.ask(_QUESTION)).citations[0].answer_span is None


def test_everything_that_can_be_read_is_read(using: Using, address: str) -> None:
    assert using(address, lambda client: client.ready()).articles == 2
    page = using(address + "/", lambda client: client.articles(limit=1, offset=1))
    assert (page.total, [article.title for article in page.articles]) == (2, ["La piscine"])
    assert using(address, lambda client: client.articles(filters=Filters(sources=["COURRIER"]))).total == 1
    assert using(address, lambda client: client.articles(filters=Filters(as_of=date(2020, 1, 1)))).total == 0
    article = using(address, lambda client: client.article(page.articles[0].id))
    assert (article.published, article.source, article.text) == (
        date(2026, 2, 10),
        "Courrier",
        "La piscine ferme en juin.",
    )
    passage = using(address, lambda client: client.passage(article.passages[0]))
    assert article.text[passage.start_char_index : passage.end_char_index] == passage.text
    found = using(address, lambda client: client.search(_QUESTION, filters=Filters(sources=["Courrier"])))
    assert [hit.title for hit in found.passages] == ["La piscine"]


def test_filters_are_applied(using: Using, address: str) -> None:
    late = Filters(published_from=date(2026, 2, 11), languages=["fr"])
    answer = using(address, lambda client: client.ask(_QUESTION, filters=late))
    assert {hit.title for hit in answer.passages} == {"Le pont"}
    answer = using(address, lambda client: client.ask(_QUESTION, filters=Filters(as_of=date(2020, 1, 1))))
    assert (answer.status, answer.citations) == ("abstained", [])


def test_results_are_immutable(address: str) -> None:
    with Client(address) as client:
        answer, ready = client.ask(_QUESTION), client.ready()
    for value, name in (
        (answer, "answer"),
        (answer.citations[0], "title"),
        (answer.passages[0], "text"),
        (ready, "model"),
    ):
        with pytest.raises(ValidationError):
            setattr(value, name, "x")


def test_many_questions_are_asked_at_once(address: str) -> None:
    async def ask() -> list[str]:
        async with AsyncClient(address) as client:
            return [answer.answer for answer in await asyncio.gather(*(client.ask(_QUESTION) for _ in range(20)))]

    assert set(asyncio.run(ask())) == {"La piscine ferme en juin. [1]"}


def test_articles_are_written_and_deleted(using: Using, tmp_path: Path) -> None:
    with service_of(build_archive(tmp_path, _ARTICLES)) as address:
        article = {"text": "Le cinéma ouvre mardi.", "title": "Le cinéma", "date": "2026-03-01", "id": "cinema"}
        written = using(address, lambda client: client.add(article))
        assert [(each.id, each.outcome) for each in written.articles] == [("cinema", "created")]
        written = using(address, lambda client: client.add([article, {"text": "Le stade ferme.", "id": "stade"}]))
        assert [each.outcome for each in written.articles] == ["unchanged", "created"]
        assert using(address, lambda client: client.search("cinéma")).passages[0].article_id == "cinema"
        changed = using(address, lambda client: client.put("cinema", {"text": "Le cinéma ouvre jeudi."}))
        assert (changed.id, changed.outcome) == ("cinema", "updated")
        assert using(address, lambda client: client.delete("cinema")) is None
        assert _refused(using, address, lambda client: client.delete("cinema")).status == 404
        refused = _refused(using, address, lambda client: client.add([{"text": "a"}, {"text": ""}]))
        assert refused.status == 422


# --- errors


@pytest.mark.parametrize(
    ("use", "status", "message"),
    [
        (lambda client: client.ask(""), 422, "question is empty"),
        (lambda client: client.search("x", top_k=0), 422, "top_k"),
        (lambda client: client.articles(limit=0), 422, "limit"),
        (lambda client: client.article("none"), 404, "no article has the id none"),
        (lambda client: client.article("a/b?c#d"), 404, "nothing is at /articles/a/b"),
        (lambda client: client.passage("none"), 404, "no passage has the id none"),
        (lambda client: client.ask("\ud800"), None, "UnicodeEncodeError"),
    ],
)
def test_an_error_has_the_status_and_message_of_the_service(
    using: Using, address: str, use: Callable[[Any], Any], status: int | None, message: str
) -> None:
    refused = _refused(using, address, use)
    assert refused.status == status
    assert message in refused.detail
    assert refused.detail in str(refused)


def test_a_key_authorizes_requests(using: Using, tmp_path: Path) -> None:
    data = build_archive(tmp_path, _ARTICLES)
    _, secret = Keys(data).create("client", "read")
    with service_of(data) as address:
        assert _refused(using, address, lambda client: client.articles()).status == 401
        assert _refused(using, address, lambda client: client.articles(), key="nqa_wrong").status == 401
        assert using(address, lambda client: client.articles(), key=secret).total == 2


def test_the_key_of_the_environment_is_used(tmp_path: Path) -> None:
    data = build_archive(tmp_path, _ARTICLES)
    _, secret = Keys(data).create("client", "read")
    program = "import sys; from qa.client import Client; print(Client(sys.argv[1]).articles().total)"
    with service_of(data) as address:
        command, environment = [sys.executable, "-c", program, address], os.environ | {"NEWSQA_KEY": f"{secret}\n"}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "2\n"


def test_requests_are_retried_after_the_retry_after_delay(using: Using, archive: Path) -> None:
    def twice(client: Any) -> Any:
        if isinstance(client, Client):
            return [client.ask(_QUESTION), client.ask(_QUESTION)]

        async def ask() -> list[Any]:
            return [await client.ask(_QUESTION), await client.ask(_QUESTION)]

        return ask()

    with service_of(archive, rate="1/second") as address:
        refused = _refused(using, address, twice)
        assert (refused.status, refused.retry_after) == (429, 1.0)
    with service_of(archive, rate="1/second") as address:
        assert len(using(address, twice, retries=3)) == 2
    with service_of(archive, rate="1/hour") as address:  # too long: the caller decides
        assert (_refused(using, address, twice, retries=3).retry_after or 0) > 3000


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (200, b"<html>welcome</html>", "not a valid newsqa response"),
        (200, b"{}", "not a valid newsqa response"),
        (200, b"", "not a valid newsqa response"),
        (301, b"", "no reason given"),
        (502, b"<html>Bad gateway</html>", "no reason given"),
        (500, b"[]", "no reason given"),
    ],
)
def test_an_invalid_response_is_an_error(using: Using, status: int, body: bytes, message: str) -> None:
    with serving(Website({"POST /ask": lambda: (status, body)})) as (address, _):
        refused = _refused(using, address, lambda client: client.ask("x"))
    assert refused.status == status
    assert message in refused.detail


def test_unknown_fields_are_ignored(using: Using) -> None:
    about = {"status": "ready", "articles": 1, "generation": 2, "model": "m", "version": "9", "mood": "fine"}
    with serving(Website({"GET /readyz": lambda: json_reply(about)})) as (address, _):
        assert using(address, lambda client: client.ready()).version == "9"


def test_a_service_that_does_not_exist_or_respond_is_an_error(using: Using) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert _refused(using, address, lambda client: client.ready()).status is None
        silent.listen()
        late = _refused(using, address, lambda client: client.ready(), timeout=0.2)
        assert (late.status, "Timeout" in late.detail) == (None, True)
    with serving(Website({"GET /readyz": lambda: None})) as (address, _):
        assert _refused(using, address, lambda client: client.ready()).status is None


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://localhost", "http://", "http://[::1", "/ask"])
def test_an_invalid_address_is_refused(url: str) -> None:
    for form in (Client, AsyncClient):
        with pytest.raises(ServiceError, match="write it as http"):
            form(url)


@pytest.mark.parametrize("key", ["nqa_é", "nqa_a\r\nX-Admin: 1"])
def test_a_key_with_invalid_characters_is_refused(key: str) -> None:
    with pytest.raises(ServiceError, match="copy it"):
        Client(key=key)


# --- imports and methods


_IMPORTING = """
import logging, os, signal, sys, threading, warnings

def state():
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "paths": list(sys.path),
        "threads": [thread.name for thread in threading.enumerate()],
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "logging": (logging.root.level, list(logging.root.handlers)),
        "warnings": list(warnings.filters),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
    }

before = state()
import qa.client
after = state()
print(*(name for name in before if before[name] != after[name]))
print(*sys.modules)
"""


def test_importing_it_changes_nothing_and_loads_neither_model_nor_service() -> None:
    # As in a program of somebody else: no setting of ours is there beforehand.
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    command = [sys.executable, "-c", _IMPORTING]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    changed, imported = (line.split() for line in result.stdout.split("\n")[:2])
    assert changed == []
    assert {"httpx2", "pydantic"} <= set(imported)
    heavy = "numpy onnxruntime faiss tantivy tokenizers torch fastapi starlette uvicorn mcp"
    assert not set(imported) & set(heavy.split())


def test_both_clients_have_the_same_documented_methods() -> None:
    names = {"ready", "ask", "search", "articles", "article", "passage", "add", "put", "delete"}
    for form in (Client, AsyncClient):
        assert names <= {name for name in dir(form) if not name.startswith("_")}
        assert all(getattr(form(), name).__doc__ for name in names)
