"""An answer as server-sent events: what was found, the answer quote by quote, and at last all of it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi.sse import format_sse_event

from index.errors import ArchiveError, QuestionError
from qa.service import schemas
from qa.service.admission import Refused
from qa.service.problems import refusal
from qa.types import Answer

UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Headers that make proxies hand on what comes when it comes."""


async def events(answering: Callable[[], Awaitable[Answer]]) -> AsyncIterator[bytes]:
    """Give `passages`, then for each quote a `delta` and its `citation`, then `final`; or only `error`, a problem.

    The deltas together are the answer, and `final` is what comes without streaming. A stream that ends with neither
    `final` nor `error` was cut off.
    """
    try:
        answer = await answering()
    except (QuestionError, Refused, ArchiveError) as error:
        yield _event("error", bytes(refusal(error).body).decode())
        return
    whole = schemas.AskResponse.of(answer)
    yield _event("passages", whole.model_dump_json(include={"passages"}))
    at = 0
    for citation in whole.citations:
        end = citation.end_index + len(f" [{citation.index}]")
        yield _delta(whole.answer[at:end])
        yield _event("citation", citation.model_dump_json())
        at = end
    if at < len(whole.answer):
        yield _delta(whole.answer[at:])
    yield _event("final", whole.model_dump_json())


def _delta(text: str) -> bytes:
    return _event("delta", json.dumps({"text": text}, ensure_ascii=False))


def _event(kind: str, data: str) -> bytes:
    return format_sse_event(event=kind, data_str=data)
