"""Questions: `/ask` and `/search`."""

from functools import partial
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.sse import EventSourceResponse

from qa.service import schemas
from qa.service.problems import REFUSALS, STREAM
from qa.service.routes.context import Context
from qa.service.sse import UNBUFFERED, events


def add(app: FastAPI, context: Context) -> None:
    """Add the routes."""
    answering = context.answering

    @app.post("/ask", tags=["questions"], responses=STREAM | REFUSALS, response_model=schemas.AskResponse)
    async def ask(asked: schemas.AskRequest) -> schemas.AskResponse | EventSourceResponse:
        """Answer a question with quotes from the archive."""
        job = partial(answering.ask, asked.question, asked.top_k, asked.filters.filter())
        if asked.stream:
            return EventSourceResponse(events(job), headers=UNBUFFERED)
        return schemas.AskResponse.of(await job())

    @app.get("/ask", tags=["questions"], responses=REFUSALS)
    async def ask_by_address(parameters: Annotated[schemas.AskParameters, Query()]) -> schemas.AskResponse:
        """Answer a question that stands in the address."""
        return schemas.AskResponse.of(await answering.ask(parameters.q, parameters.top_k, parameters.filter()))

    @app.post("/search", tags=["questions"], responses=REFUSALS)
    async def search(asked: schemas.SearchRequest) -> schemas.SearchResponse:
        """Return the passages for a question, without an answer."""
        return schemas.SearchResponse.of(await answering.search(asked.question, asked.top_k, asked.filters.filter()))
