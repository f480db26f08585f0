"""sentence-transformers and a matrix of numpy: the best passages by cosine, found by comparing all."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer


class Adapter:
    """Dense only, exact; filters are masks."""

    packages = ("sentence-transformers", "numpy", "torch", "transformers")
    filters = ("language", "outlet")
    service = None

    def __init__(self, model: str, data: str) -> None:
        """Load the model."""
        self._model = SentenceTransformer(model, device="cpu")
        self._data = Path(data)

    def embed(self, passages: list[dict[str, str]], to: str) -> None:
        """Write the vectors of passages."""
        np.save(to, self._embed(passages))

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:
        """Save the matrix and the fields."""
        np.save(self._data / "vectors.npy", np.load(vectors) if vectors else self._embed(passages))
        (self._data / "passages.json").write_text(json.dumps(passages, ensure_ascii=False), encoding="utf-8")

    def open(self) -> None:
        """Load the matrix and the fields."""
        self._vectors = np.load(self._data / "vectors.npy")
        passages = json.loads((self._data / "passages.json").read_text(encoding="utf-8"))
        self._ids = [passage["id"] for passage in passages]
        self._fields = {name: np.array([passage[name] for passage in passages]) for name in self.filters}

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the passages with the highest cosine."""
        scores = self._vectors @ self._model.encode_query(question, normalize_embeddings=True)
        for name, value in filters.items():
            scores = np.where(self._fields[name] == value, scores, -2)
        best = np.argpartition(-scores, min(k, len(scores) - 1))[:k]
        return [self._ids[i] for i in best[np.argsort(-scores[best])] if scores[i] > -2]

    def _embed(self, passages: list[dict[str, str]]) -> Any:
        texts = [f"{passage['title']}\n{passage['text']}".strip() for passage in passages]
        return self._model.encode_document(texts, normalize_embeddings=True)
