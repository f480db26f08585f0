"""LangChain with the FAISS store of langchain-community and the embeddings of langchain-huggingface.

Dense only: the store has no lexical search. It filters the `fetch_k` best passages, 20 by default.
"""

from typing import Any

import numpy as np
from langchain_community.vectorstores import FAISS
from langchain_community.vectorstores.utils import DistanceStrategy
from langchain_huggingface import HuggingFaceEmbeddings


class Adapter:
    """Dense only; filters are applied to the 20 best passages."""

    packages = ("langchain-core", "langchain-community", "langchain-huggingface", "faiss-cpu", "torch", "transformers")
    filters = ("language", "outlet")
    service = None

    def __init__(self, model: str, data: str) -> None:
        """Load the model."""
        self._data = data
        self._store: Any = None
        self._embeddings = HuggingFaceEmbeddings(
            model_name=model,
            model_kwargs={"device": "cpu"},
            encode_kwargs={"prompt": "passage: ", "normalize_embeddings": True},
            query_encode_kwargs={"prompt": "query: ", "normalize_embeddings": True},
        )

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:
        """Fill the store and save it."""
        texts = [f"{passage['title']}\n{passage['text']}".strip() for passage in passages]
        metadata = [{name: passage[name] for name in ("language", "outlet")} for passage in passages]
        options: dict[str, Any] = {
            "metadatas": metadata,
            "ids": [passage["id"] for passage in passages],
            "distance_strategy": DistanceStrategy.MAX_INNER_PRODUCT,
        }
        if vectors:
            pairs = list(zip(texts, np.load(vectors).tolist(), strict=True))
            store = FAISS.from_embeddings(pairs, self._embeddings, **options)
        else:
            store = FAISS.from_texts(texts, self._embeddings, **options)
        store.save_local(self._data)

    def open(self) -> None:
        """Load the store."""
        self._store = FAISS.load_local(
            self._data,
            self._embeddings,
            allow_dangerous_deserialization=True,  # it was saved above
            distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
        )

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the best passages."""
        options: dict[str, Any] = {"filter": filters} if filters else {}
        return [str(document.id) for document in self._store.similarity_search(question, k=k, **options)]
