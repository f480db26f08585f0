"""Responses, asked by OpenAI's own client over real connections."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from qa.question import MAX_QUESTION
from tests.fakes import build_archive, service_of

_ARTICLES = {
    "piscine.md": "---\ntitle: La piscine\ndate: 2026-02-10\n---\nL’été 🏊 la piscine ferme à Brest.",
    "autre.md": "---\ntitle: Une autre piscine\ndate: 2026-03-10\n---\nÀ Lyon aussi, la piscine ferme.",
    "neige.md": "---\ntitle: La neige\n---\nLa neige bloque le col de la montagne.",
}
_POOL = "quand ferme la piscine ?"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openai.OpenAI]:
    data: Path = build_archive(tmp_path_factory.mktemp("responses"), _ARTICLES)
    with (
        service_of(data) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none is needed", max_retries=0) as client,
    ):
        yield client


def _chat(client: openai.OpenAI, question: str, **fields: Any) -> Any:
    asked: Any = {"model": "newsqa", "messages": [{"role": "user", "content": question}]}
    return client.chat.completions.create(**asked, **fields).choices[0]


def _annotations(response: Any) -> list[Any]:
    """Return the annotations of the one part of the one message of a response."""
    (message,) = response.output
    (part,) = message.content
    annotations: list[Any] = part.annotations
    return annotations


def test_a_response_is_the_answer_of_a_chat_completion(client: openai.OpenAI) -> None:
    response = client.responses.create(model="newsqa", input=_POOL, instructions="Be a pirate.", temperature=0.1)
    message: Any = response.output[0]
    (part,) = message.content
    expected = _chat(client, _POOL).message
    assert (message.type, part.type) == ("message", "output_text")
    assert (response.status, message.role, message.status) == ("completed", "assistant", "completed")
    assert response.output_text == part.text == expected.content
    cited = [annotation.to_dict() for annotation in part.annotations]
    assert cited == [{"type": "url_citation"} | each.url_citation.to_dict() for each in expected.annotations]
    assert len(cited) > 1


@pytest.mark.parametrize("stream", [False, True])
def test_with_few_tokens_the_response_is_incomplete_and_has_the_words_that_fit(
    client: openai.OpenAI, stream: bool
) -> None:
    whole = client.responses.create(model="newsqa", input=_POOL).output_text
    for tokens in (1, 4, 8):
        if stream:
            *_, last = client.responses.create(model="newsqa", input=_POOL, max_output_tokens=tokens, stream=True)
            assert last.type == "response.incomplete"
            response: Any = last.response
        else:
            response = client.responses.create(model="newsqa", input=_POOL, max_output_tokens=tokens)
        assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
        assert len(response.output_text) <= 4 * tokens
        assert whole.startswith(response.output_text)
        assert bool(response.output_text) == (tokens > 1)
        assert _annotations(response) == []
    with pytest.raises(openai.APIStatusError, match="max_output_tokens"):
        client.responses.create(model="newsqa", input=_POOL, max_output_tokens=0)


def test_the_events_of_a_stream_make_up_the_response(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="newsqa", input=_POOL)
    events = list(client.responses.create(model="newsqa", input=_POOL, stream=True))
    annotations = _annotations(whole)
    count = len(annotations)
    quote = ["response.output_text.delta", "response.output_text.annotation.added"]
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        *quote * count,
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert "".join(deltas) == whole.output_text
    added = [event for event in events if event.type == "response.output_text.annotation.added"]
    assert [event.annotation_index for event in added] == list(range(count))
    assert [event.annotation and event.annotation.to_dict() for event in added] == [
        annotation.to_dict() for annotation in annotations
    ]
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == whole.output_text


def test_the_clients_own_assembly_of_a_stream_is_the_response(client: openai.OpenAI) -> None:
    with client.responses.stream(model="newsqa", input=_POOL) as stream:
        final = stream.get_final_response()
    assert final.output_text == client.responses.create(model="newsqa", input=_POOL).output_text


def test_only_messages_of_the_user_are_questions(client: openai.OpenAI) -> None:
    items: Any = [
        {"role": "developer", "content": "Où est la neige ?"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Où est la neige ?"}]},
        {"id": "a", "role": "assistant", "content": [{"type": "output_text", "text": "Là.", "annotations": []}]},
        {"type": "function_call_output", "call_id": "b", "output": "La neige fond."},
        {"role": "user", "content": [{"type": "input_text", "text": _POOL}, {"type": "input_image", "image_url": "a"}]},
    ]
    whole = client.responses.create(model="newsqa", input=_POOL)
    assert client.responses.create(model="newsqa", input=items).output_text == whole.output_text


def test_the_answer_ends_after_the_last_quote_that_fits(client: openai.OpenAI) -> None:
    response = client.responses.create(model="newsqa", input=_POOL, max_output_tokens=10)
    assert (response.status, response.incomplete_details and response.incomplete_details.reason) == (
        "incomplete",
        "max_output_tokens",
    )
    assert len(_annotations(response)) == 1
    last = list(client.responses.create(model="newsqa", input=_POOL, max_output_tokens=10, stream=True))[-1]
    assert last.type == "response.incomplete"
    assert last.response.output_text == response.output_text


def test_a_json_response_is_that_of_ask(client: openai.OpenAI) -> None:
    response = client.responses.create(model="newsqa", input=_POOL, text={"format": {"type": "json_object"}})
    assert response.output_text.startswith('{"question":"quand ferme la piscine ?"')
    assert _annotations(response) == []


@pytest.mark.parametrize(
    ("filters", "title"),
    [({"published_from": "2026-03-01"}, "Une autre piscine"), ({"as_of": "2026-02-28"}, "La piscine")],
)
def test_filters_hold_for_responses_and_chat_completions(
    client: openai.OpenAI, filters: dict[str, str], title: str
) -> None:
    body = {"filters": filters}
    response = client.responses.create(model="newsqa", input=_POOL, extra_body=body)
    assert {annotation.title for annotation in _annotations(response)} == {title}
    annotations = _chat(client, _POOL, extra_body=body).message.annotations
    assert {annotation.url_citation.title for annotation in annotations} == {title}


@pytest.mark.parametrize(
    ("fields", "kind", "param"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError, None),
        ({"input": []}, openai.UnprocessableEntityError, "input"),
        ({"input": " "}, openai.UnprocessableEntityError, None),
        ({"input": [{"role": "system", "content": "Hello"}]}, openai.UnprocessableEntityError, None),
        ({"tool_choice": "required"}, openai.BadRequestError, None),
        ({"text": {"format": {"type": "json_schema", "name": "a", "schema": {}}}}, openai.BadRequestError, None),
        ({"previous_response_id": "resp_1"}, openai.BadRequestError, None),
        ({"conversation": "conv_1"}, openai.BadRequestError, None),
        ({"background": True}, openai.BadRequestError, None),
        ({"extra_body": {"filters": {"nowhere": 1}}}, openai.UnprocessableEntityError, "filters/nowhere"),
        ({"extra_body": {"filters": {"as_of": 7}}}, openai.UnprocessableEntityError, "filters/as_of"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_done_is_refused_in_openais_format(
    client: openai.OpenAI, fields: dict[str, Any], kind: type[openai.APIStatusError], param: str | None, stream: bool
) -> None:
    asked: Any = {"model": "newsqa", "input": _POOL, "stream": stream}
    with pytest.raises(kind) as raised:
        client.responses.create(**asked | fields)
    error = raised.value.response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


def test_a_message_too_long_for_a_question_gets_a_sentence_that_says_so(client: openai.OpenAI) -> None:
    response = client.responses.create(model="newsqa", input="a" * (MAX_QUESTION + 1))
    assert response.output_text == "The question has 2001 characters: shorten it to at most 2000."
