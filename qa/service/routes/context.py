"""The objects that the routes share."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from fastapi import Request

from index.archive import Archive
from index.ingest import Ingest
from index.model.embed import TextEmbedder
from qa.service.admission import Draining, Worker
from qa.service.metrics import Metrics
from qa.service.parsing import Parser
from qa.service.web import WebArticles
from qa.settings import Settings
from qa.types import Answering

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Context:
    """The shared objects of one service."""

    settings: Settings
    archive: Archive
    embedder: TextEmbedder
    answering: Answering
    ingest: Ingest
    parser: Parser
    web: WebArticles
    metrics: Metrics
    questions: Worker
    writes: Worker
    reads: Worker  # of the archive, without a question; many at once would hold the service
    probes: Worker  # for /readyz and /metrics, so that questions and slow downloads do not delay them

    def base_url(self, request: Request) -> str:
        """Return the address of the page for its readers, with a slash at its end."""
        return f"{self.settings.public_url}/" if self.settings.public_url else str(request.base_url)

    async def write(self, steps: Generator[None, None, _Result]) -> _Result:
        """Do a write in steps on the writing thread. If it raises, nothing was written.

        Raises:
            Refused: the queue is full or too slow, or the service is shutting down.
        """
        if self.questions.draining:
            raise Draining
        return await self.writes.run_steps(steps)
