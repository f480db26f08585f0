"""Embeddings, requested by OpenAI's own client over real connections."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
import openai
import pytest

from index.local.archive import LocalArchive
from index.model.embed import Embedder, Embedding
from qa.ask import Asker
from qa.service.serve import serve_in_thread
from qa.settings import Settings
from tests.fakes import HashEmbedder, build_archive, fake_model, identifier, service_of

_TEXTS = ["La piscine ferme 🏊.", "The pool closes.", "游泳池关闭", " ", "mot " * 500]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data: Path = build_archive(tmp_path_factory.mktemp("embeddings"), {"a.txt": "La piscine ferme."})
    with service_of(data) as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none is needed", max_retries=0) as client:
        yield client


def test_each_text_has_the_vector_of_a_question_in_order(client: openai.OpenAI) -> None:
    embedder = HashEmbedder()
    created = client.embeddings.create(model="newsqa", input=_TEXTS, encoding_format="float")
    assert [each.index for each in created.data] == list(range(len(_TEXTS)))
    for text, each in zip(_TEXTS, created.data, strict=True):
        np.testing.assert_array_equal(np.array(each.embedding, np.float32), embedder.question(text).vector)
    assert created.model == "newsqa"
    assert created.usage.total_tokens == 0


def test_base64_holds_the_same_numbers(address: str, client: openai.OpenAI) -> None:
    body = {"model": "newsqa", "input": _TEXTS[0], "encoding_format": "base64"}
    (encoded,) = httpx.post(f"{address}/v1/embeddings", json=body).json()["data"]
    floats = np.frombuffer(base64.b64decode(encoded["embedding"]), "<f4")
    np.testing.assert_array_equal(floats, HashEmbedder().question(_TEXTS[0]).vector)
    by_default = client.embeddings.create(model="newsqa", input=_TEXTS[0])  # the client asks for base64
    assert by_default.data[0].embedding == floats.tolist()


def test_vectors_of_the_bundled_model_are_unit_vectors_of_questions(service: str, embedder: Embedder) -> None:
    body = {"model": "newsqa", "input": "why did Kalinowski leave?"}
    vector = np.float32(httpx.post(f"{service}/v1/embeddings", json=body).json()["data"][0]["embedding"])
    np.testing.assert_array_equal(vector, embedder.question(body["input"]).vector)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_the_dimension_may_be_named_but_not_changed(client: openai.OpenAI) -> None:
    dimension = fake_model().dimension
    created = client.embeddings.create(model="newsqa", input="a", dimensions=dimension, encoding_format="float")
    assert len(created.data[0].embedding) == dimension
    with pytest.raises(openai.BadRequestError, match=f"the model has {dimension}"):
        client.embeddings.create(model="newsqa", input="a", dimensions=8)


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"model": "gpt-5"}, 404, "unknown model"),
        ({"input": []}, 422, "0 texts: send 1 to 128"),
        ({"input": ["a"] * 129}, 422, "129 texts: send 1 to 128"),
        ({"input": ["a", ""]}, 422, "text 2 has 0 characters: send 1 to 2000"),
        ({"input": "a" * 2001}, 422, "text 1 has 2001 characters"),
        ({"input": [1, 2, 3]}, 422, "lists of tokens are not supported"),
        ({"input": [[1, 2], [3]]}, 422, "lists of tokens are not supported"),
        ({"input": {}}, 422, "send a text or a list of texts"),
        ({"encoding_format": "int8"}, 422, "'float' or 'base64'"),
    ],
)
def test_what_cannot_be_embedded_is_refused_in_openais_format(
    address: str, fields: dict[str, Any], status: int, message: str
) -> None:
    response = httpx.post(f"{address}/v1/embeddings", json={"model": "newsqa", "input": "a"} | fields)
    assert response.status_code == status
    error = response.json()["error"]
    assert message in error["message"]
    assert (set(error), error["type"]) == ({"message", "type", "param", "code"}, "invalid_request_error")


def test_half_a_surrogate_pair_is_refused(address: str) -> None:
    response = httpx.post(
        f"{address}/v1/embeddings",
        content=rb'{"model": "newsqa", "input": "\ud83c"}',
        headers={"content-type": "application/json"},
    )
    assert (response.status_code, "half a surrogate pair" in response.json()["error"]["message"]) == (422, True)


class _SlowEmbedder(HashEmbedder):
    """Takes a twentieth of a second for each question, and counts them."""

    count = 0

    def question(self, text: str) -> Embedding:
        self.count += 1
        time.sleep(0.05)
        return super().question(text)


def test_a_client_that_disconnects_ends_its_work(tmp_path: Path) -> None:
    embedder = _SlowEmbedder()
    body = json.dumps({"model": "newsqa", "input": ["mot"] * 100}).encode()
    head = f"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}"
    with (
        LocalArchive(build_archive(tmp_path, {"a.txt": "La piscine ferme."})) as archive,
        serve_in_thread(Asker(archive, embedder, identifier()), Settings()) as address,
    ):
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as connection:
            connection.sendall(head.encode() + b"\r\nContent-Type: application/json\r\n\r\n" + body)
            while not embedder.count:
                time.sleep(0.01)
        time.sleep(0.5)
        counted = embedder.count
        time.sleep(0.3)
        assert embedder.count == counted < 50
