"""Chat completions in the format of OpenAI's API."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field
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


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool | None = None


class ChatRequest(ReplyRequest):
    """A conversation; its last question is answered. Only `user` messages are read.

    Fields that change nothing here are ignored, such as `temperature`. What cannot be done is refused with 400: several
    choices, a required tool, a JSON schema.
    """

    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream_options: StreamOptions | None = None
    n: int | None = None
    max_tokens: int | None = Field(default=None, ge=1, description=MAX_TOKENS)
    max_completion_tokens: int | None = Field(default=None, ge=1, description="The same as `max_tokens`.")
    response_format: Format | None = None


class Annotation(BaseModel):
    """A citation."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class ChatAnswer(BaseModel):
    """The answer as Markdown, followed by its sources."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The answer; a completion has exactly one choice."""

    index: int = 0
    message: ChatAnswer
    logprobs: None = None
    finish_reason: Literal["stop", "length"] = "stop"


class Usage(BaseModel):
    """Token counts, always 0: newsqa has no language model."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Completion(BaseModel):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage = Usage()


def add(app: FastAPI, context: Context) -> None:
    """Add `/v1/chat/completions`."""

    @app.post(
        "/v1/chat/completions",
        tags=["chat front ends"],
        summary="Create a chat completion",
        responses=ERRORS,
        response_model=Completion,
    )
    async def chat(request: Request, body: ChatRequest) -> Completion | EventSourceResponse:
        """Answer the last question of a conversation, whole or as a stream.

        A message that is too long for a question, such as the prompts by which front ends ask for titles, is answered
        with a sentence that says so.
        """
        if body.n not in (None, 1):
            raise HTTPException(400, f"n is {body.n}: newsqa gives one answer, leave n out")
        limits = [tokens for tokens in (body.max_tokens, body.max_completion_tokens) if tokens is not None]
        answer = await reply(
            context, request, body, body.messages, format_=body.response_format, max_tokens=min(limits, default=None)
        )
        completion = _completion(answer)
        if not body.stream:
            return completion
        usage = bool(body.stream_options and body.stream_options.include_usage)
        return EventSourceResponse(_chunks(completion, answer, usage=usage), headers=UNBUFFERED)


def _completion(answer: Reply) -> Completion:
    annotations = [Annotation(url_citation=citation) for citation in answer.citations]
    choice = Choice(
        message=ChatAnswer(content=answer.text, annotations=annotations),
        finish_reason="stop" if answer.complete else "length",
    )
    return Completion(id=f"chatcmpl-{answer.id}", created=int(time.time()), choices=[choice])


async def _chunks(completion: Completion, answer: Reply, *, usage: bool) -> AsyncIterator[bytes]:
    (choice,) = completion.choices
    annotations = [annotation.model_dump() for annotation in choice.message.annotations]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        *({"content": part} for part in answer.parts),
        *([{"annotations": annotations}] if annotations else []),
    ]
    head = {"id": completion.id, "object": "chat.completion.chunk", "created": completion.created, "model": MODEL}
    for delta in deltas:
        yield _data(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _data(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice.finish_reason}]})
    if usage:
        yield _data(head | {"choices": [], "usage": completion.usage.model_dump()})
    yield format_sse_event(data_str="[DONE]")


def _data(chunk: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(chunk))
