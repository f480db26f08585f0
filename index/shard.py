"""Embed a shard: some passages, by the keys of their vectors."""

from collections.abc import Mapping
from dataclasses import dataclass

from index.model.embed import TextEmbedder
from index.model.quantize import TokenQuantizer
from index.types import PassageVectors, Span


@dataclass(frozen=True, slots=True)
class PassageText:
    """The text to embed for a passage."""

    heading: str
    passage: str
    sentences: tuple[Span, ...]  # into the passage


Shard = Mapping[bytes, PassageText]
"""Passages by key. Their vectors depend on the shard and the model alone, so it may be embedded again anywhere."""


def embed_shard(embedder: TextEmbedder, quantizer: TokenQuantizer, shard: Shard) -> dict[bytes, PassageVectors]:
    """Embed the passages of a shard, in this process; return their vectors by key."""
    embeddings = embedder.passages([text.heading + text.passage for text in shard.values()])
    return {
        key: PassageVectors(embedding.vector, quantizer.encode(embedding, len(text.heading), text.sentences))
        for (key, text), embedding in zip(shard.items(), embeddings, strict=True)
    }
