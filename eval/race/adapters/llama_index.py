"""LlamaIndex with its FAISS vector store and the embeddings of llama-index-embeddings-huggingface.

Dense only, and the store has no filters.
"""

from typing import Any

import faiss
import numpy as np
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

_DIMENSION = 384


class Adapter:
    """Dense only, without filters."""

    packages = (
        "llama-index-core",
        "llama-index-vector-stores-faiss",
        "llama-index-embeddings-huggingface",
        "faiss-cpu",
        "torch",
        "transformers",
    )
    filters = ()
    service = None

    def __init__(self, model: str, data: str) -> None:
        """Load the model."""
        self._data = data
        self._retriever: Any = None
        self._index: Any = None
        self._k = 0
        self._embeddings = HuggingFaceEmbedding(
            model_name=model, query_instruction="query: ", text_instruction="passage: ", device="cpu"
        )

    def index(self, passages: list[dict[str, str]], vectors: str | None) -> None:
        """Fill the store and save it."""
        rows = np.load(vectors).tolist() if vectors else [None] * len(passages)
        nodes = [
            TextNode(id_=passage["id"], text=f"{passage['title']}\n{passage['text']}".strip(), embedding=row)
            for passage, row in zip(passages, rows, strict=True)
        ]
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(_DIMENSION))
        context = StorageContext.from_defaults(vector_store=store)
        index = VectorStoreIndex(nodes, storage_context=context, embed_model=self._embeddings)
        index.storage_context.persist(self._data)

    def open(self) -> None:
        """Load the store."""
        store = FaissVectorStore.from_persist_dir(self._data)
        context = StorageContext.from_defaults(vector_store=store, persist_dir=self._data)
        self._index = load_index_from_storage(context, embed_model=self._embeddings)

    def ask(self, question: str, k: int, filters: dict[str, str]) -> list[str]:
        """Return the best passages."""
        if filters:
            raise ValueError("the FAISS store of LlamaIndex has no filters")
        if k != self._k:
            self._retriever, self._k = self._index.as_retriever(similarity_top_k=k), k
        return [hit.node.node_id for hit in self._retriever.retrieve(question)]
