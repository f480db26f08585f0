"""Haystack: its store in memory, BM25 and dense retrieval joined by reciprocal rank fusion in a pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)


class Adapter:
    """Hybrid, as its documentation recommends; both retrievers take filters."""

    packages = ("haystack-ai", "sentence-transformers-haystack", "torch", "transformers")
    filters = ("language", "outlet")
    service = None

    def __init__(self, model: str, data: str) -> None:
        """Name the model."""
        self._model = model
        self._embedder: Any = None
        self._file = str(Path(data) / "store.json")

    def prepare(self) -> None:
        """Load the model."""
        self._embedder = SentenceTransformersDocumentEmbedder(
            model=self._model, prefix="passage: ", normalize_embeddings=True, progress_bar=False
        )
        self._embedder.warm_up()

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:
        """Write the documents with their vectors, and save the store."""
        documents = [
            Document(
                id=passage["id"],
                content=f"{passage['title']}\n{passage['text']}".strip(),
                meta={"language": passage["language"], "outlet": passage["outlet"]},
            )
            for passage in passages
        ]
        if vectors:
            for document, vector in zip(documents, np.load(vectors), strict=True):
                document.embedding = vector.tolist()
        else:
            documents = self._embedder.run(documents)["documents"]
        store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
        store.write_documents(documents)
        store.save_to_disk(self._file)

    def open(self) -> None:
        """Load the store and connect the pipeline."""
        store = InMemoryDocumentStore.load_from_disk(self._file)
        embedder = SentenceTransformersTextEmbedder(
            model=self._model, prefix="query: ", normalize_embeddings=True, progress_bar=False
        )
        self._pipeline: Any = Pipeline()
        self._pipeline.add_component("embedder", embedder)
        self._pipeline.add_component("dense", InMemoryEmbeddingRetriever(store))
        self._pipeline.add_component("lexical", InMemoryBM25Retriever(store))
        self._pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        self._pipeline.connect("embedder.embedding", "dense.query_embedding")
        self._pipeline.connect("dense", "joiner")
        self._pipeline.connect("lexical", "joiner")
        self._pipeline.warm_up()

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the best passages."""
        conditions = [{"field": f"meta.{name}", "operator": "==", "value": value} for name, value in filters.items()]
        options = {"top_k": k} | ({"filters": {"operator": "AND", "conditions": conditions}} if conditions else {})
        result = self._pipeline.run(
            {
                "embedder": {"text": question},
                "dense": options,
                "lexical": {"query": question} | options,
                "joiner": {"top_k": k},
            }
        )
        return [document.id for document in result["joiner"]["documents"]]
