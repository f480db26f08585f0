"""Responses in the format of OpenAI's API, which its newer clients ask for by default."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, BeforeValidator, Field
from starlette.exceptions import HTTPException

from qa.service.routes.context import Context
from qa.service.routes.openai.models import ERRORS, MODEL
from qa.service.routes.openai.reply import (
    MAX_MESSAGES,
    MAX_TOKENS,
    Format,
    Message,
    Reply,
    ReplyRequest,
    UrlCitation,
    reply,
)
from qa.service.sse import UNBUFFERED

_NEEDS_STORAGE = ("background", "conversation", "previous_response_id")


class InputItem(Message):
    """A message; other items, such as tool calls, are not read."""

    role: str = ""


def _as_messages(value: Any) -> Any:
    return [{"role": "user", "content": value}] if isinstance(value, str) else value


class TextOptions(BaseModel):
    """Options of the text."""

    format: Format | None = None


class ResponseRequest(ReplyRequest):
    """A conversation; its last question is answered. Only `user` messages are read; a plain text is one.

    Fields that change nothing here are ignored, such as `instructions` and `temperature`. What cannot be done is
    refused with 400: a required tool, a JSON schema, and what needs stored responses, such as `previous_response_id`.
    """

    input: Annotated[
        list[InputItem],
        BeforeValidator(_as_messages, json_schema_input_type=str | list[InputItem]),
        Field(min_length=1, max_length=MAX_MESSAGES),
    ]
    max_output_tokens: int | None = Field(default=None, ge=1, description=MAX_TOKENS)
    text: TextOptions | None = None
    background: bool | None = None
    conversation: str | dict[str, Any] | None = None
    previous_response_id: str | None = None


class ResponseAnnotation(UrlCitation):
    """A citation."""

    type: Literal["url_citation"] = "url_citation"


class OutputText(BaseModel):
    """The answer as Markdown, followed by its sources."""

    type: Literal["output_text"] = "output_text"
    text: str
    annotations: list[ResponseAnnotation]
    logprobs: list[str] = []


class OutputMessage(BaseModel):
    """The answer; a response has exactly one message with one part."""

    type: Literal["message"] = "message"
    id: str
    role: Literal["assistant"] = "assistant"
    status: Literal["in_progress", "completed", "incomplete"]
    content: list[OutputText]


class Incomplete(BaseModel):
    """Why the answer is incomplete."""

    reason: Literal["max_output_tokens"] = "max_output_tokens"


class ResponseUsage(BaseModel):
    """Token counts, always 0: newsqa has no language model."""

    input_tokens: int = 0
    input_tokens_details: dict[str, int] = {"cached_tokens": 0}
    output_tokens: int = 0
    output_tokens_details: dict[str, int] = {"reasoning_tokens": 0}
    total_tokens: int = 0


class Response(BaseModel):
    """A response; it is not stored."""

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: Literal["in_progress", "completed", "incomplete"]
    error: None = None
    incomplete_details: Incomplete | None = None
    instructions: None = None
    metadata: dict[str, str] = {}
    model: str = MODEL
    output: list[OutputMessage]
    parallel_tool_calls: bool = False
    temperature: None = None
    tool_choice: Literal["none"] = "none"
    tools: list[str] = []
    top_p: None = None
    store: Literal[False] = False
    usage: ResponseUsage | None = None


def add(app: FastAPI, context: Context) -> None:
    """Add `/v1/responses`."""

    @app.post(
        "/v1/responses",
        tags=["chat front ends"],
        summary="Create a response",
        responses=ERRORS,
        response_model=Response,
    )
    async def respond(request: Request, body: ResponseRequest) -> Response | EventSourceResponse:
        """Answer the last question of a conversation, whole or as a stream.

        A message that is too long for a question is answered with a sentence that says so.
        """
        for name in _NEEDS_STORAGE:
            if getattr(body, name):
                raise HTTPException(
                    400, f"{name} needs stored responses: newsqa stores none, send the whole conversation"
                )
        format_ = body.text.format if body.text else None
        answer = await reply(context, request, body, body.input, format_=format_, max_tokens=body.max_output_tokens)
        response = _response(answer)
        return EventSourceResponse(_stream(response, answer), headers=UNBUFFERED) if body.stream else response


def _response(answer: Reply) -> Response:
    status: Literal["completed", "incomplete"] = "completed" if answer.complete else "incomplete"
    annotations = [ResponseAnnotation(**citation.model_dump()) for citation in answer.citations]
    part = OutputText(text=answer.text, annotations=annotations)
    return Response(
        id=f"resp_{answer.id}",
        created_at=int(time.time()),
        status=status,
        incomplete_details=None if answer.complete else Incomplete(),
        output=[OutputMessage(id=f"msg_{answer.id}", status=status, content=[part])],
        usage=ResponseUsage(),
    )


async def _stream(response: Response, answer: Reply) -> AsyncIterator[bytes]:
    for number, (kind, fields) in enumerate(_events(response, answer)):
        name = f"response.{kind}"
        event = {"type": name, "sequence_number": number} | fields
        yield format_sse_event(event=name, data_str=json.dumps(event))


def _events(response: Response, answer: Reply) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the events of a stream in order: their kinds and fields."""
    (message,) = response.output
    (part,) = message.content
    begun = response.model_copy(
        update={"status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    )
    begun_message = message.model_copy(update={"status": "in_progress", "content": []})
    begun_part = part.model_copy(update={"text": "", "annotations": []})
    in_output = {"output_index": 0}
    in_part = {"item_id": message.id, "output_index": 0, "content_index": 0}
    yield "created", {"response": begun.model_dump()}
    yield "in_progress", {"response": begun.model_dump()}
    yield "output_item.added", in_output | {"item": begun_message.model_dump()}
    yield "content_part.added", in_part | {"part": begun_part.model_dump()}
    sent, cited = 0, 0
    for delta in answer.parts:
        yield "output_text.delta", in_part | {"delta": delta, "logprobs": []}
        sent += len(delta)
        while cited < len(part.annotations) and part.annotations[cited].end_index <= sent:
            annotation = {"annotation_index": cited, "annotation": part.annotations[cited].model_dump()}
            yield "output_text.annotation.added", in_part | annotation
            cited += 1
    yield "output_text.done", in_part | {"text": part.text, "logprobs": []}
    yield "content_part.done", in_part | {"part": part.model_dump()}
    yield "output_item.done", in_output | {"item": message.model_dump()}
    yield response.status, {"response": response.model_dump()}
