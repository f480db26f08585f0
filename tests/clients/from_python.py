"""Runs Python clients against the service of an address and prints a JSON line for each feature."""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import openai

_QUESTION = "When does the pool close?"
_QUOTE = "The municipal pool 🏊 closes in June. [1]"


def _check(client: str, feature: str, run: Callable[[], None]) -> None:
    try:
        run()
        error = None
    except Exception as raised:  # noqa: BLE001 - whatever fails is a result
        error = repr(raised)
    sys.stdout.write(json.dumps({"client": client, "feature": feature, "error": error}) + "\n")


def _assert_quoted(*texts: str) -> None:
    for text in texts:
        assert text.startswith(_QUOTE), text


def _assert_linked(*urls: str) -> None:
    for url in urls:
        assert "/?article=" in url, url
        assert "&at=0-36" in url, url


def _run_openai(address: str) -> None:
    client = openai.OpenAI(base_url=f"{address}/v1", api_key="none")
    asked: Any = {"model": "newsqa", "messages": [{"role": "user", "content": _QUESTION}]}

    def chat() -> None:
        chunks = client.chat.completions.create(**asked, stream=True)
        _assert_quoted("".join(chunk.choices[0].delta.content or "" for chunk in chunks))
        _assert_quoted(client.chat.completions.create(**asked).choices[0].message.content)

    def responses() -> None:
        with client.responses.stream(model="newsqa", input=_QUESTION) as stream:
            _assert_quoted(stream.get_final_response().output_text)
        _assert_quoted(client.responses.create(model="newsqa", input=_QUESTION).output_text)

    def sources() -> None:
        message = client.chat.completions.create(**asked).choices[0].message
        output: Any = client.responses.create(model="newsqa", input=_QUESTION).output[0]
        _assert_linked(message.annotations[0].url_citation.url, output.content[0].annotations[0].url)

    def embeddings() -> None:
        assert len(client.embeddings.create(model="newsqa", input=["a", "b"]).data) == 2

    for function in (chat, responses, sources, embeddings):
        _check(f"openai {version('openai')} (Python)", function.__name__, function)


def _run_langchain(address: str) -> None:
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings  # type: ignore[import-not-found]

    options: Any = {"base_url": f"{address}/v1", "api_key": "none", "model": "newsqa"}
    by_chat, by_responses = ChatOpenAI(**options), ChatOpenAI(**options, use_responses_api=True)

    def chat() -> None:
        _assert_quoted("".join(chunk.text for chunk in by_chat.stream(_QUESTION)), by_chat.invoke(_QUESTION).text)

    def responses() -> None:
        chunks = by_responses.stream(_QUESTION)
        _assert_quoted("".join(chunk.text for chunk in chunks), by_responses.invoke(_QUESTION).text)

    def sources() -> None:
        (block,) = by_responses.invoke(_QUESTION).content_blocks
        _assert_linked(block["annotations"][0]["url"])

    def embeddings() -> None:
        assert len(OpenAIEmbeddings(**options, check_embedding_ctx_length=False).embed_documents(["a", "b"])) == 2

    for function in (chat, responses, sources, embeddings):
        _check(f"langchain-openai {version('langchain-openai')}", function.__name__, function)


if __name__ == "__main__":
    _run_openai(sys.argv[1])
    _run_langchain(sys.argv[1])
