"""Questions: `/ask` and `/search`."""

from functools import partial
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.sse import EventSourceResponse

from qa.service.problems import REFUSALS, STREAM
from qa.service.routes.context import Context
from qa.service.schemas.answers import AskResponse, SearchResponse
from qa.service.schemas.questions import AskParameters, AskRequest, SearchRequest
from qa.service.sse import UNBUFFERED, events


def add(app: FastAPI, context: Context) -> None:
    """Add the routes for questions."""
    answering = context.answering

    @app.post("/ask", tags=["questions"], summary="Ask", responses=STREAM | REFUSALS, response_model=AskResponse)
    async def ask(body: AskRequest) -> AskResponse | EventSourceResponse:
        """Answer a question with quotes from the archive."""
        job = partial(answering.ask, body.question, body.top_k, body.filters.filter(), body.languages_first)
        if body.stream:
            return EventSourceResponse(events(job, body.sort), headers=UNBUFFERED)
        return AskResponse.of(await job(), body.sort)

    @app.get("/ask", tags=["questions"], summary="Ask with query parameters", responses=REFUSALS)
    async def ask_by_address(parameters: Annotated[AskParameters, Query()]) -> AskResponse:
        """Answer a question given as query parameters."""
        asked = parameters.q, parameters.top_k, parameters.filter(), parameters.languages_first
        return AskResponse.of(await answering.ask(*asked), parameters.sort)

    @app.post("/search", tags=["questions"], summary="Search passages", responses=REFUSALS)
    async def search(body: SearchRequest) -> SearchResponse:
        """Return the passages for a question, without an answer."""
        result = await answering.search(body.question, body.top_k, body.filters.filter())
        return SearchResponse.of(result, body.sort)
