"""Chat completions in the format of OpenAI's API."""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from index.errors import QuestionError, QuestionTooLong
from index.types import Article, Filter
from qa.followup import resolve
from qa.question import HITS, check
from qa.service.markdown import MarkdownAnswer, render
from qa.service.middleware.openai_errors import ErrorResponse
from qa.service.routes.context import Context
from qa.service.schemas import AskResponse
from qa.service.sse import UNBUFFERED
from qa.service.urls import article_urls
from qa.types import Answer

MODEL = "newsqa"
_MAX_MESSAGES = 2000
_CHARACTERS_PER_TOKEN = 4  # about, in European languages


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


class ResponseFormat(BaseModel):
    """The form of the answer: Markdown text, or with `json_object` the response of `POST /ask` as JSON."""

    type: str = "text"


class ChatRequest(BaseModel):
    """A conversation; its last question is answered. Only `user` messages are read.

    Fields that change nothing here are ignored, such as `temperature`. What cannot be done is refused with 400: several
    choices, a required tool, a JSON schema.
    """

    model: str = Field(examples=[MODEL])
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MAX_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = None
    max_tokens: int | None = Field(default=None, description="The answer ends after the last quote that fits.")
    max_completion_tokens: int | None = Field(default=None, description="The same as `max_tokens`.")
    response_format: ResponseFormat | None = None
    tool_choice: str | dict[str, Any] | None = None

    @property
    def max_characters(self) -> int | None:
        """The maximum length of the answer in code points, or None."""
        limits = [tokens for tokens in (self.max_tokens, self.max_completion_tokens) if tokens is not None]
        return min(limits) * _CHARACTERS_PER_TOKEN if limits else None


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

    @app.get("/v1/models/{model}", tags=["chat front ends"], summary="Get a model", responses=_ERRORS)
    async def model(model: str) -> Model:
        """Return the model `newsqa`."""
        _check_model(model)
        return Model()

    @app.post(
        "/v1/chat/completions",
        tags=["chat front ends"],
        summary="Create a chat completion",
        responses=_ERRORS,
        response_model=Completion,
    )
    async def chat(request: Request, body: ChatRequest) -> Completion | EventSourceResponse:
        """Answer the last question of a conversation, whole or as a stream.

        A message that is too long for a question, such as the prompts by which front ends ask for titles, is answered
        with a sentence that says so.
        """
        _check(body)
        questions = [message.text for message in body.messages if message.role == "user"]
        try:
            completion, parts = await complete(request, body, questions)
        except QuestionTooLong as error:
            text = f"{str(error)[:1].upper()}{str(error)[1:]}."
            completion, parts = _completion(uuid.uuid4().hex, text, []), [text]
        if not body.stream:
            return completion
        usage = bool(body.stream_options and body.stream_options.include_usage)
        return EventSourceResponse(_chunks(completion, parts, usage=usage), headers=UNBUFFERED)

    async def complete(
        request: Request, body: ChatRequest, questions: Sequence[str]
    ) -> tuple[Completion, Sequence[str]]:
        """Return the answer, and its text in parts."""
        question = _question(questions)
        answer = await context.answering.ask(question, HITS, Filter())
        if body.response_format and body.response_format.type == "json_object":
            text = AskResponse.of(answer).model_dump_json()
            return _completion(answer.id, text, []), [text]
        url_of = article_urls(request)
        markdown = render(answer, url_of, question=question if question != check(questions[-1]) else None)
        annotations = _annotations(answer, markdown, url_of)
        parts, text = _within(markdown.parts, body.max_characters)
        kept = [each for each in annotations if each.url_citation.end_index <= len(text)]
        return _completion(answer.id, text, kept, complete=text == markdown.text), parts


def _check(body: ChatRequest) -> None:
    """Refuse what newsqa cannot do.

    Raises:
        HTTPException: the model is unknown, or a field asks for something else than one answer.
    """
    _check_model(body.model)
    if body.n not in (None, 1):
        raise HTTPException(400, f"n is {body.n}: newsqa gives one answer, leave n out")
    if body.tool_choice not in (None, "auto", "none"):
        raise HTTPException(400, "tool_choice requires a tool: newsqa calls no tools, send auto or none")
    if body.response_format and body.response_format.type not in ("text", "json_object"):
        raise HTTPException(
            400, f"response_format {body.response_format.type[:40]} is not supported: use text or json_object"
        )


def _check_model(model: str) -> None:
    if model != MODEL:
        raise HTTPException(404, f"unknown model '{model[:100]}': use {MODEL}")


def _within(parts: Sequence[str], limit: int | None) -> tuple[Sequence[str], str]:
    """Return the first parts that fit into `limit` code points, and their text."""
    kept: list[str] = []
    for part in parts:
        if limit is not None and sum(map(len, kept)) + len(part) > limit:
            break
        kept.append(part)
    return kept, "".join(kept)


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


def _completion(answer_id: str, text: str, annotations: Sequence[Annotation], *, complete: bool = True) -> Completion:
    message = ChatAnswer(content=text, annotations=list(annotations))
    choice = Choice(message=message, finish_reason="stop" if complete else "length")
    return Completion(id=f"chatcmpl-{answer_id}", created=int(time.time()), choices=[choice])


async def _chunks(completion: Completion, parts: Sequence[str], *, usage: bool) -> AsyncIterator[bytes]:
    (choice,) = completion.choices
    annotations = [annotation.model_dump() for annotation in choice.message.annotations]
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        *({"content": part} for part in parts),
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


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse} for status in (400, 401, 403, 404, 408, 413, 415, 421, 422, 429, 503)
}
