"""Chat completions, asked by OpenAI's own client over real connections."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest
from fastapi.testclient import TestClient
from openai.types.chat import ChatCompletionMessageParam

from index.local.archive import LocalArchive
from qa.question import MAX_QUESTION
from qa.service.keys import Keys
from qa.settings import Settings
from tests.fakes import TESTED, PhraseReader, app_of, build_archive
from tests.qa.service.open_webui import chips

_WHY = "why did Kalinowski leave?"
_RIGHT = "https://example.org/fil-du-matin/caitlin-kalinowski-quitte-openai"
_ARTICLES = {
    "piscine.md": "---\ntitle: La piscine\nurl: https://example.org/piscine\n---\nL’été 🏊 la piscine ferme.",
    "neige.md": "---\ntitle: La neige\n---\nLa neige 🏔️ bloque le col de la montagne.",
}


@pytest.fixture(scope="module")
def client(service: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{service}/v1", api_key="none is needed", max_retries=0) as client:
        yield client


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build_archive(tmp_path, _ARTICLES)


@pytest.fixture
def small(data: Path) -> Iterator[TestClient]:
    with LocalArchive(data) as archive, TestClient(app_of(archive), raise_server_exceptions=False) as client:
        yield client


def _conversation(*questions: str) -> list[ChatCompletionMessageParam]:
    """Return a conversation of these questions, each but the last answered."""
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": "You are a pirate. Who leads xAI?"}]
    for question in questions:
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": "An answer."}]
    return messages[:-1]


def _chat(client: TestClient, question: object = "quand ferme la piscine ?", **fields: Any) -> dict[str, Any]:
    body = {"model": "newsqa", "messages": [{"role": "user", "content": question}]} | fields
    response = client.post("/v1/chat/completions", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_the_one_model_is_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["newsqa"]


def test_the_openai_client_is_answered_from_the_right_source(client: openai.OpenAI, service: str) -> None:
    answer = client.chat.completions.create(
        model="newsqa", messages=_conversation(_WHY), temperature=0.2, seed=7, user="anna"
    )
    message = answer.choices[0].message
    assert message.content
    assert message.annotations
    asked = httpx.post(f"{service}/ask", json={"question": _WHY}).json()["citations"][0]
    at = f"at={asked['start_char_index']}-{asked['end_char_index']}"
    assert asked["url"] == _RIGHT
    page = f"{service}/?article={asked['article_id']}&{at}"
    assert message.annotations[0].url_citation.url == page
    quoted, _, listed = message.content.partition("\n\nSources:\n\n- [1] [")
    assert quoted.startswith(f"{asked['cited_text']} [1]")
    assert f"]({page}) · Le Fil du matin · 2026-03-10 · [example.org]({_RIGHT})" in listed
    assert answer.choices[0].finish_reason == "stop"


def test_an_answer_that_was_read_keeps_the_format_of_openai(data: Path) -> None:
    with LocalArchive(data) as archive, TestClient(app_of(archive, reader=PhraseReader("la piscine"))) as client:
        message = _chat(client)["choices"][0]["message"]
    [annotation] = message["annotations"]
    assert set(annotation["url_citation"]) == {"url", "title", "start_index", "end_index"}
    cited = message["content"][annotation["url_citation"]["start_index"] : annotation["url_citation"]["end_index"]]
    assert cited == "L’été 🏊 la piscine ferme."


def test_annotations_are_exact_to_the_character(client: openai.OpenAI, service: str) -> None:
    message = client.chat.completions.create(model="newsqa", messages=_conversation(_WHY)).choices[0].message
    asked = httpx.post(f"{service}/ask", json={"question": _WHY}).json()
    quotes = [(citation["article_id"], citation["cited_text"]) for citation in asked["citations"]]
    spans = [annotation.url_citation for annotation in message.annotations or ()]
    cited = [(_linked(span.url)[0], (message.content or "")[span.start_index : span.end_index]) for span in spans]
    assert cited == quotes


def _linked(url: str) -> tuple[str, slice]:
    """Return the article that an address of the page opens, and the span that it marks."""
    parameters = httpx.URL(url).params
    return parameters["article"], slice(*map(int, parameters["at"].split("-")))


def test_in_open_webui_each_chip_shows_the_article_that_its_quote_is_from(client: openai.OpenAI, service: str) -> None:
    message = client.chat.completions.create(model="newsqa", messages=_conversation(_WHY)).choices[0].message
    annotations = [annotation.model_dump() for annotation in message.annotations or ()]
    asked = httpx.post(f"{service}/ask", json={"question": _WHY}).json()["citations"]
    shown = chips(message.content or "", annotations)
    assert len({citation["article_id"] for citation in asked}) > 1
    for citation, chip in zip(asked, shown, strict=False):
        assert (chip.label, _linked(chip.url or "")[0]) == (citation["title"], citation["article_id"])


def test_a_stream_brings_the_same_answer_then_its_sources_then_the_end(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="newsqa", messages=_conversation(_WHY)).choices[0].message
    stream = client.chat.completions.create(
        model="newsqa", messages=_conversation(_WHY), stream=True, stream_options={"include_usage": True}
    )
    *chunks, last, usage = stream
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    assert len([delta for delta in deltas if delta.content]) == len(whole.annotations or ()) + 1  # and the sources
    sources = [delta.model_extra for delta in deltas if delta.model_extra]
    assert sources == [{"annotations": [annotation.model_dump() for annotation in whole.annotations or ()]}]
    assert deltas[-1].model_extra == sources[0]
    assert (last.choices[0].finish_reason, usage.choices) == ("stop", [])
    assert usage.usage
    assert usage.usage.total_tokens == 0


def test_a_stream_ends_as_clients_expect(small: TestClient) -> None:
    body = {"model": "newsqa", "messages": [{"role": "user", "content": "la piscine ?"}], "stream": True}
    response = small.post("/v1/chat/completions", json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.text.endswith("data: [DONE]\n\n")
    assert '"usage"' not in response.text


def test_a_follow_up_is_answered_from_the_conversation_and_shows_the_question(client: openai.OpenAI) -> None:
    asked = _conversation("Who is Vahid Kazemi?", "How many hours a day did he work?")
    content = client.chat.completions.create(model="newsqa", messages=asked).choices[0].message.content or ""
    assert content.startswith("*How many hours a day did he work? Vahid Kazemi*\n\n")
    assert "twelve" in content or "douze" in content or "12 hours" in content


def test_an_abstention_says_so_and_shows_the_nearest_passages(client: openai.OpenAI) -> None:
    asked = _conversation("quelle pâte utiliser pour une tarte tatin bien caramélisée")
    message = client.chat.completions.create(model="newsqa", messages=asked).choices[0].message
    refusal, *notes, nearest, _ = (message.content or "").split("\n\n")
    assert refusal == "Aucun passage des archives ne répond à cette question."
    assert notes == ["*Aucun de ces passages ne mentionne tatin.*"]
    assert nearest == "Les passages les plus proches :"
    assert not message.annotations


def test_thanks_within_a_conversation_get_a_reply_and_no_passages(client: openai.OpenAI) -> None:
    asked = _conversation("Who is Vahid Kazemi?", "merci !")
    message = client.chat.completions.create(model="newsqa", messages=asked).choices[0].message
    assert message.content == "Avec plaisir ! Posez une autre question quand vous voulez."
    assert not message.annotations


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError),
        ({"messages": []}, openai.UnprocessableEntityError),
        ({"messages": [{"role": "system", "content": "Hello"}]}, openai.UnprocessableEntityError),
        ({"messages": [{"role": "user", "content": ""}]}, openai.UnprocessableEntityError),
        ({"n": 2}, openai.BadRequestError),
        ({"tool_choice": "required", "tools": []}, openai.BadRequestError),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}, openai.BadRequestError),
        ({"stream": True, "messages": [{"role": "user", "content": " "}]}, openai.UnprocessableEntityError),
    ],
)
def test_errors_have_openais_format(
    client: openai.OpenAI, fields: dict[str, Any], kind: type[openai.APIStatusError]
) -> None:
    with pytest.raises(kind) as raised:
        client.chat.completions.create(**({"model": "newsqa", "messages": _conversation(_WHY)} | fields))
    body = raised.value.response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["message"]


def test_errors_of_every_layer_have_openais_format(small: TestClient) -> None:
    refused = {
        404: small.get("/v1/nowhere"),
        405: small.delete("/v1/models"),
        415: small.post("/v1/chat/completions", content=b"x", headers={"content-type": "text/plain"}),
        400: small.post("/v1/chat/completions", content=b"{", headers={"content-type": "application/json"}),
        421: small.get("/v1/models", headers={"host": "evil.example"}),
    }
    for status, response in refused.items():
        assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
        assert int(response.headers["content-length"]) == len(response.content)
        assert response.headers["x-request-id"]
        assert response.json()["error"]["message"]
    assert small.get("/nowhere").headers["content-type"] == "application/problem+json"


def test_the_api_key_of_the_client_is_a_key_of_the_service(data: Path) -> None:
    _, secret = Keys(data).create("chat", "read")
    with LocalArchive(data) as archive, TestClient(app_of(archive, _rated("2/hour"))) as client:
        refused = client.get("/v1/models")
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
        assert refused.headers["www-authenticate"]
        headers = {"Authorization": f"Bearer {secret}"}
        assert [client.get("/v1/models", headers=headers).status_code for _ in range(2)] == [200, 200]
        often = client.get("/v1/models", headers=headers)
        assert (often.status_code, often.json()["error"]["type"]) == (429, "rate_limit_error")
        assert int(often.headers["retry-after"]) > 0


def _rated(rate: str) -> Settings:
    return Settings(hosts=TESTED.hosts, rate=rate)


def test_text_parts_are_joined_and_other_parts_ignored(small: TestClient) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    parts = [{"type": "text", "text": "quand ferme"}, image, {"type": "text", "text": "la piscine ?"}]
    whole, in_parts = _chat(small), _chat(small, parts, tools=[], metadata={"a": "b"}, n=1, max_tokens=None)
    assert in_parts["choices"][0]["message"] == whole["choices"][0]["message"]


@pytest.mark.parametrize("keyed", [False, True])
def test_a_link_leads_to_the_page_at_the_quote_with_and_without_keys(data: Path, keyed: bool) -> None:
    headers = {"Authorization": f"Bearer {Keys(data).create('chat', 'read')[1]}"} if keyed else {}
    with LocalArchive(data) as archive, TestClient(app_of(archive), headers=headers) as client:
        url = _chat(client, "la neige bloque le col")["choices"][0]["message"]["annotations"][0]["url_citation"]["url"]
        article, span = _linked(url)
        text = client.get(f"/articles/{article}").json()["text"]
        assert text[span] == "La neige 🏔️ bloque le col de la montagne."
        page = client.get(url, headers={"Authorization": ""})
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_no_tokens_are_claimed(small: TestClient) -> None:
    assert _chat(small)["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def test_an_invalid_earlier_question_is_ignored(small: TestClient) -> None:
    messages = [
        {"role": "user", "content": text} for text in ("", "a" * (MAX_QUESTION + 1), "quand ferme la piscine ?")
    ]
    assert _chat(small, messages=messages)["choices"] == _chat(small)["choices"]


def test_the_model_is_found_by_its_name_and_no_other_is(client: openai.OpenAI) -> None:
    assert client.models.retrieve("newsqa").id == "newsqa"
    for unknown in (
        lambda: client.models.retrieve("gpt-5"),
        lambda: client.chat.completions.create(model="gpt-5", messages=_conversation(_WHY)),
    ):
        with pytest.raises(openai.NotFoundError) as raised:
            unknown()
        assert raised.value.code == "model_not_found"


def test_a_json_answer_is_the_response_of_ask(small: TestClient) -> None:
    (choice,) = _chat(small, response_format={"type": "json_object"})["choices"]
    asked = small.post("/ask", json={"question": "quand ferme la piscine ?"}).json()
    written = json.loads(choice["message"]["content"])
    assert written | {"id": "", "took_ms": {}} == asked | {"id": "", "took_ms": {}}


def test_the_answer_ends_after_the_last_quote_that_fits(small: TestClient) -> None:
    whole = _chat(small)["choices"][0]
    assert whole["finish_reason"] == "stop"
    none, all_ = (_chat(small, max_tokens=tokens)["choices"][0] for tokens in (1, len(whole["message"]["content"])))
    assert (none["finish_reason"], none["message"]["content"], none["message"]["annotations"]) == ("length", "", [])
    assert all_ == whole
    quoted = _chat(small, max_completion_tokens=20)["choices"][0]
    assert quoted["finish_reason"] == "length"
    assert whole["message"]["content"].startswith(quoted["message"]["content"])
    assert len(quoted["message"]["annotations"]) == quoted["message"]["content"].count("[1]") == 1


def test_a_message_too_long_for_a_question_gets_a_sentence_that_says_so(small: TestClient) -> None:
    (choice,) = _chat(small, "a" * (MAX_QUESTION + 1))["choices"]
    assert choice["message"]["content"] == "The question has 2001 characters: shorten it to at most 2000."
    decomposed = "quand ferme la piscine ?" + " e\u0301" * ((MAX_QUESTION - 100) // 2)  # fits once it is composed
    assert "characters" not in _chat(small, decomposed)["choices"][0]["message"]["content"]


def test_browsers_may_send_the_headers_of_openais_client(data: Path) -> None:
    settings = Settings(hosts=TESTED.hosts, cors_origins=("https://chat.example",))
    headers = {
        "Origin": "https://chat.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
    }
    with LocalArchive(data) as archive, TestClient(app_of(archive, settings)) as client:
        allowed = client.options("/v1/chat/completions", headers=headers)
    assert allowed.status_code == 200
    assert "x-stainless-os" in allowed.headers["access-control-allow-headers"]
