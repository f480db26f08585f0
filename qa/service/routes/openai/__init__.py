"""Routes in the format of OpenAI's API, below `/v1`."""

from fastapi import FastAPI

from qa.service.routes.context import Context
from qa.service.routes.openai import chat, embeddings, models, responses


def add(app: FastAPI, context: Context) -> None:
    """Add the routes below `/v1`."""
    for routes in (models, chat, responses, embeddings):
        routes.add(app, context)
