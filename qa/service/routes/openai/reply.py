"""The reply to a conversation, whatever the route that serves it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from index.archive import ANYTHING
from index.errors import QuestionError, QuestionTooLong
from qa.followup import resolve
from qa.question import HITS, check
from qa.service.markdown import Quote, render
from qa.service.routes.context import Context
from qa.service.routes.openai.models import check_model
from qa.service.schemas.answers import AskResponse
from qa.service.schemas.questions import Filters, Languages
from qa.service.urls import page_url

MAX_MESSAGES = 2000  # of a conversation
MAX_TOKENS = "The answer ends after the last quote that fits, or if none does, after the last word that does."
"""The description of a limit of tokens."""
_CHARACTERS_PER_TOKEN = 4  # about, in European languages
_TEXT_PARTS = ("text", "input_text", "output_text")


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str | None = None


class Message(BaseModel):
    """A message of the conversation; only those with the role `user` are read."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The text of the message; text parts are joined by line breaks."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type in _TEXT_PARTS and part.text)
        return self.content or ""


class Format(BaseModel):
    """The form of the answer: Markdown text, or with `json_object` the response of `POST /ask` as JSON."""

    type: str = "text"


class ReplyRequest(BaseModel):
    """The fields that requests for a reply share."""

    model: str = Field(examples=["newsqa"])
    stream: bool | None = False
    tool_choice: str | dict[str, Any] | None = None
    filters: Filters | None = Field(default=None, description="A field of newsqa: the same as in `POST /ask`.")
    languages_first: Languages = Field(default=[])


class UrlCitation(BaseModel):
    """A source; the slice `[start_index:end_index]` of the text, in code points, is the quote from it."""

    url: str
    title: str
    start_index: int
    end_index: int


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the last question of a conversation."""

    id: str
    parts: tuple[str, ...]  # of the text, in order
    quotes: tuple[Quote, ...] = ()
    complete: bool = True  # whether nothing was left out for want of tokens

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.parts)

    @property
    def citations(self) -> list[UrlCitation]:
        """The sources of the quotes, one for each quote."""
        return [
            UrlCitation(url=quote.url, title=quote.title, start_index=quote.span[0], end_index=quote.span[1])
            for quote in self.quotes
        ]


async def reply(
    context: Context,
    request: Request,
    body: ReplyRequest,
    messages: Sequence[Message],
    *,
    format_: Format | None,
    max_tokens: int | None,
) -> Reply:
    """Answer the last question of a conversation; one that is too long is answered with a sentence.

    Raises:
        HTTPException: the model is unknown, or a field asks for something else than one answer.
        QuestionError: there is no question, or the last one or a field of newsqa is invalid.
        Refused, ArchiveError: as `Answering.ask`.
    """
    _refuse_unsupported(body, format_)
    questions = [message.text for message in messages if message.role == "user"]
    filters = body.filters.filter() if body.filters else ANYTHING
    try:
        question = _question(questions)
        answer = await context.answering.ask(question, HITS, filters, body.languages_first)
    except QuestionTooLong as error:
        return Reply(uuid.uuid4().hex, (f"{str(error)[:1].upper()}{str(error)[1:]}.",))
    if format_ and format_.type == "json_object":
        return Reply(answer.id, (AskResponse.of(answer).model_dump_json(),))
    link = partial(page_url, context.base_url(request))
    markdown = render(answer, link, question=question if question != check(questions[-1]) else None)
    parts = _within(markdown.parts, max_tokens)
    length = sum(map(len, parts))
    quotes = tuple(quote for quote in markdown.quotes if quote.span[1] <= length)
    return Reply(answer.id, parts, quotes, complete=length == len(markdown.text))


def _refuse_unsupported(body: ReplyRequest, format_: Format | None) -> None:
    check_model(body.model)
    if body.tool_choice not in (None, "auto", "none"):
        raise HTTPException(400, "tool_choice requires a tool: newsqa calls no tools, send auto or none")
    if format_ and format_.type not in ("text", "json_object"):
        raise HTTPException(400, f"the format {format_.type[:40]} is not supported: use text or json_object")


def _question(questions: Sequence[str]) -> str:
    """Return the question to answer: the last one, resolved with an earlier one if it is a follow-up.

    Raises:
        QuestionError: there is no question, or the last one is invalid.
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


def _within(parts: Sequence[str], max_tokens: int | None) -> tuple[str, ...]:
    """Return the first parts that fit into `max_tokens`; if none does, the first words of the first one."""
    if max_tokens is None:
        return tuple(parts)
    limit = max_tokens * _CHARACTERS_PER_TOKEN
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) > limit:
            break
        kept.append(part)
    words = parts[0][: limit + 1].rpartition(" ")[0]
    if not kept and words and "`" not in words:  # no code without an end
        kept.append(words)
    return tuple(kept)
