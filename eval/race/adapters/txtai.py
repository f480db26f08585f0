"""txtai: hybrid search of dense vectors and BM25, with the texts and fields in its database.

Given vectors and the vectors of questions go through its `external` method, and sentence-transformers embeds the
questions there.
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from txtai import Embeddings

_model = ""
_given: dict[str, Any] = {}  # vector by text


class Adapter:
    """Hybrid, as its documentation recommends; filters are conditions of SQL."""

    packages = ("txtai", "faiss-cpu", "torch", "transformers")
    filters = ("language", "outlet")
    service = None

    def __init__(self, model: str, data: str) -> None:
        """Name the model."""
        global _model  # noqa: PLW0603 - txtai finds the function `embed` by its name
        _model = model
        self._data = Path(data) / "index"
        self._external = Path(data) / "external"
        self._embeddings: Any = None

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:
        """Index and save."""
        texts = [f"{passage['title']}\n{passage['text']}".strip() for passage in passages]
        if vectors:
            _given.update(zip(texts, np.load(vectors), strict=True))
            self._external.touch()
            options: dict[str, Any] = {"method": "external", "transform": "race_adapter.embed"}
        else:
            self._external.unlink(missing_ok=True)
            options = {"path": _model, "instructions": {"query": "query: ", "data": "passage: "}, "gpu": False}
        self._embeddings = Embeddings(hybrid=True, content=True, **options)
        rows = (
            (passage["id"], {"text": text, "language": passage["language"], "outlet": passage["outlet"]}, None)
            for passage, text in zip(passages, texts, strict=True)
        )
        self._embeddings.index(rows)
        self._embeddings.save(str(self._data))

    def open(self) -> None:
        """Load the index, and the model that embeds questions."""
        self._embeddings = Embeddings()
        self._embeddings.load(str(self._data))
        if self._external.exists():
            sentence_transformer()

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the best passages."""
        conditions = "".join(f" and {name} = :{name}" for name in filters)
        query = f"select id from txtai where similar(:question){conditions} limit {k}"
        return [
            str(row["id"]) for row in self._embeddings.search(query, k, parameters={"question": question} | filters)
        ]


@cache
def sentence_transformer() -> Any:
    """Load the model that embeds questions where vectors are given."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(_model, device="cpu")


def embed(texts: list[Any]) -> Any:
    """Return the given vector of each passage, and the computed one of a question."""
    if all(text in _given for text in texts):
        return np.stack([_given[text] for text in texts])
    return sentence_transformer().encode_query(texts, normalize_embeddings=True)
