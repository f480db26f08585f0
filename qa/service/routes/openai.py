"""Chat completions in the format of OpenAI's API."""

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
from qa.service.markdown import MarkdownAnswer, render
from qa.service.middleware.openai_errors import ErrorResponse
from qa.service.routes.context import Context
from qa.service.sse import UNBUFFERED
from qa.service.urls import article_urls
from qa.types import Answer

MODEL = "newsqa"
_MAX_MESSAGES = 2000


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str | None = None


class ChatMessage(BaseModel):
    """A message of the conversation."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The text of the message; text parts are joined by line breaks."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool | None = None


class ChatRequest(BaseModel):
    """A conversation; its last question is answered. Only `user` messages are read, and other fields are ignored."""

    model: str = Field(examples=[MODEL])
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MAX_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None


class UrlCitation(BaseModel):
    """A source; `content[start_index:end_index]`, in code points, is the quote from it."""

    url: str
    title: str
    start_index: int
    end_index: int


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
    finish_reason: Literal["stop"] = "stop"


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


class Model(BaseModel):
    """The entry of this service in the list of models."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "newsqa"


class ModelList(BaseModel):
    """The list of models."""

    object: Literal["list"] = "list"
    data: list[Model] = [Model()]


def add(app: FastAPI, context: Context) -> None:
    """Add the routes below `/v1`."""

    @app.get("/v1/models", tags=["chat front ends"], summary="List models", responses=_ERRORS)
    async def models() -> ModelList:
        """Return the only model, `newsqa`."""
        return ModelList()

    @app.post(
        "/v1/chat/completions",
        tags=["chat front ends"],
        summary="Create a chat completion",
        responses=_ERRORS,
        response_model=Completion,
    )
    async def chat(request: Request, body: ChatRequest) -> Completion | EventSourceResponse:
        """Answer the last question of a conversation, whole or as a stream."""
        if body.model != MODEL:
            raise HTTPException(404, f"unknown model '{body.model[:100]}': use {MODEL}")
        questions = [message.text for message in body.messages if message.role == "user"]
        question = _question(questions)
        answer = await context.answering.ask(question, HITS, Filter())
        url_of = article_urls(request)
        markdown = render(answer, url_of, question=question if question != check(questions[-1]) else None)
        completion = _completion(answer, markdown, _annotations(answer, markdown, url_of))
        if not body.stream:
            return completion
        usage = bool(body.stream_options and body.stream_options.include_usage)
        return EventSourceResponse(_chunks(completion, markdown, usage=usage), headers=UNBUFFERED)


def _question(questions: Sequence[str]) -> str:
    """Return the question to answer: the last one, resolved with an earlier one if it is a follow-up.

    Raises:
        QuestionError: there is no message of the user, or the last one is not a valid question.
    """
    if not questions:
        raise QuestionError("no message has the role user: send a question")
    last = check(questions[-1])
    previous = []
    for earlier in questions[:-1]:
        try:
            previous.append(check(earlier))
        except QuestionError:
            continue  # it was refused when it was sent
    return resolve([*previous, last])


def _annotations(answer: Answer, markdown: MarkdownAnswer, url_of: Callable[[Article], str]) -> list[Annotation]:
    return [
        Annotation(
            url_citation=UrlCitation(
                url=url_of(citation.article), title=citation.article.title, start_index=start, end_index=end
            )
        )
        for citation, (start, end) in zip(answer.citations, markdown.quotes, strict=True)
    ]


def _completion(answer: Answer, markdown: MarkdownAnswer, annotations: list[Annotation]) -> Completion:
    message = ChatAnswer(content=markdown.text, annotations=annotations)
    return Completion(id=f"chatcmpl-{answer.id}", created=int(time.time()), choices=[Choice(message=message)])


async def _chunks(completion: Completion, markdown: MarkdownAnswer, *, usage: bool) -> AsyncIterator[bytes]:
    annotations = [annotation.model_dump() for annotation in completion.choices[0].message.annotations]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        *({"content": part} for part in markdown.parts),
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
