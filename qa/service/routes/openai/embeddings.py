"""Embeddings in the format of OpenAI's API, by the model of the archive."""

import base64
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import FastAPI, Request
from pydantic import BaseModel, BeforeValidator, Field
from starlette.exceptions import HTTPException

from index.types import Vectors
from qa.question import MAX_QUESTION, check_tokens
from qa.service.routes.context import Context
from qa.service.routes.openai.models import ERRORS, MODEL, check_model

_MAX_TEXTS = 128  # of a request


def _checked(value: Any) -> Any:
    """Refuse what cannot be embedded with one message, where pydantic would report an error for each type."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError("send a text or a list of texts; lists of tokens are not supported")
    if not 0 < len(texts) <= _MAX_TEXTS:
        raise ValueError(f"{len(texts)} texts: send 1 to {_MAX_TEXTS}")
    for number, text in enumerate(texts, start=1):
        if not 0 < len(text) <= MAX_QUESTION:
            raise ValueError(f"text {number} has {len(text)} characters: send 1 to {MAX_QUESTION}")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValueError(f"text {number} has half a surrogate pair: remove it")
    return value


class EmbeddingRequest(BaseModel):
    """Texts to embed as questions are, with the prompt of the model for questions.

    Each has a unit vector of the archive's model, not centered by language. Cosines compare texts of one language well;
    across languages the language itself has a share in them.
    """

    model: str = Field(examples=[MODEL])
    input: Annotated[
        str | list[str],
        BeforeValidator(_checked),
        Field(description=f"A text, or up to {_MAX_TEXTS}, of up to {MAX_QUESTION} characters each."),
    ]
    encoding_format: Literal["float", "base64"] | None = Field(
        default=None, description="`base64`: the bytes of the vector as 32-bit floats, least significant byte first."
    )
    dimensions: int | None = Field(default=None, description="Only that of the model: vectors cannot be shortened.")


class Embedding(BaseModel):
    """The vector of a text."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    """Token counts, always 0, as in other responses."""

    prompt_tokens: int = 0
    total_tokens: int = 0


class EmbeddingList(BaseModel):
    """The vectors of the texts, in order."""

    object: Literal["list"] = "list"
    data: list[Embedding]
    model: str = MODEL
    usage: EmbeddingUsage = EmbeddingUsage()


def add(app: FastAPI, context: Context) -> None:
    """Add `/v1/embeddings`."""

    @app.post("/v1/embeddings", tags=["chat front ends"], summary="Create embeddings", responses=ERRORS)
    async def embeddings(request: Request, body: EmbeddingRequest) -> EmbeddingList:
        """Return a vector for each text. Each text waits its turn among the questions."""
        check_model(body.model)
        dimension = context.archive.model.dimension
        if body.dimensions not in (None, dimension):
            raise HTTPException(
                400, f"dimensions is {body.dimensions}: the model has {dimension}, leave dimensions out"
            )
        texts = [body.input] if isinstance(body.input, str) else body.input
        for text in texts:
            check_tokens(text, context.embedder)
        vectors: list[Vectors] = []
        for text in texts:
            if await request.is_disconnected():  # many texts are much work for nobody
                raise HTTPException(408, "the client disconnected: send the texts again")
            vectors.append((await context.questions.run(partial(context.embedder.question, text))).vector)
        encode = _base64 if body.encoding_format == "base64" else _floats
        return EmbeddingList(
            data=[Embedding(index=index, embedding=encode(vector)) for index, vector in enumerate(vectors)]
        )


def _floats(vector: Vectors) -> list[float]:
    floats: list[float] = vector.tolist()
    return floats


def _base64(vector: Vectors) -> str:
    return base64.b64encode(vector.astype(np.dtype("<f4")).tobytes()).decode()
