"""The list of models in the format of OpenAI's API."""

from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from qa.service.middleware.openai_errors import ErrorResponse
from qa.service.routes.context import Context

MODEL = "newsqa"
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse} for status in (400, 401, 403, 404, 408, 413, 415, 421, 422, 429, 503)
}
"""The error responses of each route below `/v1` in the OpenAPI document."""


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


def check_model(model: str) -> None:
    """Refuse any other model than `MODEL`.

    Raises:
        HTTPException: the model is unknown.
    """
    if model != MODEL:
        raise HTTPException(404, f"unknown model '{model[:100]}': use {MODEL}")


def add(app: FastAPI, _: Context) -> None:
    """Add `/v1/models`."""

    @app.get("/v1/models", tags=["chat front ends"], summary="List models", responses=ERRORS)
    async def models() -> ModelList:
        """Return the only model, `newsqa`."""
        return ModelList()

    @app.get("/v1/models/{model}", tags=["chat front ends"], summary="Get a model", responses=ERRORS)
    async def model(model: str) -> Model:
        """Return the model `newsqa`."""
        check_model(model)
        return Model()
