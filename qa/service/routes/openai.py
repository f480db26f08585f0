"""Chat completions as OpenAI's API has them, for front ends that speak nothing else."""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from index.errors import QuestionError
from index.types import Article, Filter
from qa.followup import resolve
from qa.question import HITS, check
from qa.service.markdown import Written, write
from qa.service.middleware.openai_errors import ErrorResponse
from qa.service.routes.context import Context
from qa.service.sse import UNBUFFERED
from qa.service.urls import addresses
from qa.types import Answer

MODEL = "newsqa"
_MOST_MESSAGES = 2000


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str | None = None


class ChatMessage(BaseModel):
    """What somebody said."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text, parts joined."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """A conversation; its last question is answered. Only messages of the user count, and other fields are ignored."""

    model: str = Field(examples=[MODEL])
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None


class UrlCitation(BaseModel):
    """A source; `content[start_index:end_index]`, in code points, is what is quoted from it."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(BaseModel):
    """A citation."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class ChatAnswer(BaseModel):
    """The answer as Markdown, its sources at the end."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The only answer there is."""

    index: int = 0
    message: ChatAnswer
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Tokens of a language model, of which there is none."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Completion(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage = Usage()


class Model(BaseModel):
    """This service, as clients list it among models."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "newsqa"


class ModelList(BaseModel):
    """The models there are."""

    object: Literal["list"] = "list"
    data: list[Model] = [Model()]


def add(app: FastAPI, context: Context) -> None:
    """Add the routes below `/v1`."""

    @app.get("/v1/models", tags=["chat front ends"], responses=_ERRORS)
    async def models() -> ModelList:
        """List the one model."""
        return ModelList()

    @app.post("/v1/chat/completions", tags=["chat front ends"], responses=_ERRORS, response_model=Completion)
    async def chat(request: Request, asked: ChatRequest) -> Completion | EventSourceResponse:
        """Answer the last question of a conversation, whole or as a stream."""
        if asked.model != MODEL:
            raise HTTPException(404, f"there is no model '{asked.model[:100]}': ask {MODEL}")
        said = [message.text for message in asked.messages if message.role == "user"]
        question = _question(said)
        found = await context.answering.ask(question, HITS, Filter())
        address = addresses(request)
        written = write(found, address, asked=question if question != check(said[-1]) else None)
        completion = _completion(found, written, _annotations(found, written, address))
        if not asked.stream:
            return completion
        usage = bool(asked.stream_options and asked.stream_options.include_usage)
        return EventSourceResponse(_chunks(completion, written, usage=usage), headers=UNBUFFERED)


def _question(said: Sequence[str]) -> str:
    """Return what is to be asked.

    Raises:
        QuestionError: the user says nothing, or the last question cannot be asked.
    """
    if not said:
        raise QuestionError("no message has the role user: send a question")
    last = check(said[-1])
    before = []
    for earlier in said[:-1]:
        try:
            before.append(check(earlier))
        except QuestionError:
            continue  # it was refused when it was asked
    return resolve([*before, last])


def _annotations(answer: Answer, written: Written, address: Callable[[Article], str]) -> list[Annotation]:
    return [
        Annotation(
            url_citation=UrlCitation(
                url=address(citation.article), title=citation.article.title, start_index=start, end_index=end
            )
        )
        for citation, (start, end) in zip(answer.citations, written.quotes, strict=True)
    ]


def _completion(answer: Answer, written: Written, annotations: list[Annotation]) -> Completion:
    message = ChatAnswer(content=written.text, annotations=annotations)
    return Completion(id=f"chatcmpl-{answer.id}", created=int(time.time()), choices=[Choice(message=message)])


async def _chunks(completion: Completion, written: Written, *, usage: bool) -> AsyncIterator[bytes]:
    annotations = [annotation.model_dump() for annotation in completion.choices[0].message.annotations]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        *({"content": part} for part in written.parts),
        *([{"annotations": annotations}] if annotations else []),
    ]
    head = {"id": completion.id, "object": "chat.completion.chunk", "created": completion.created, "model": MODEL}
    for delta in deltas:
        yield _data(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _data(head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if usage:
        yield _data(head | {"choices": [], "usage": completion.usage.model_dump()})
    yield format_sse_event(data_str="[DONE]")


def _data(chunk: dict[str, Any]) -> bytes:
    return format_sse_event(data_str=json.dumps(chunk))


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse} for status in (400, 401, 403, 404, 408, 413, 415, 421, 422, 429, 503)
}
