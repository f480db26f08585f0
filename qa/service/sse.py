"""Answers as server-sent events: the passages, the answer quote by quote, then the whole response."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi.sse import format_sse_event

from index.errors import ArchiveError, QuestionError
from qa.service.admission import Refused
from qa.service.problems import refusal
from qa.service.schemas.answers import AskResponse
from qa.sort import Sort
from qa.types import Answer

UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers that keep proxies from buffering the stream."""


async def events(ask: Callable[[], Awaitable[Answer]], sort: Sort = "relevance") -> AsyncIterator[bytes]:
    """Yield `passages`, then a `delta` and its `citation` for each quote, then `final`; or only `error`, a problem.

    The deltas concatenate to the answer; `final` is the response without streaming. A stream that ends with neither
    `final` nor `error` was interrupted.
    """
    try:
        answer = await ask()
    except (QuestionError, Refused, ArchiveError) as error:
        yield _event("error", bytes(refusal(error).body).decode())
        return
    response = AskResponse.of(answer, sort)
    yield _event("passages", response.model_dump_json(include={"passages"}))
    position = 0
    for citation in response.citations:
        end = citation.end_index + len(f" [{citation.index}]")
        yield _delta(response.answer[position:end])
        yield _event("citation", citation.model_dump_json())
        position = end
    if position < len(response.answer):
        yield _delta(response.answer[position:])
    yield _event("final", response.model_dump_json())


def _delta(text: str) -> bytes:
    return _event("delta", json.dumps({"text": text}, ensure_ascii=False))


def _event(kind: str, data: str) -> bytes:
    return format_sse_event(event=kind, data_str=data)
