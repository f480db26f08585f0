"""A shard is embedded the same anywhere."""

import numpy as np

from index.model.embed import Embedder
from index.model.quantize import TokenQuantizer
from index.process import ArticleProcessor
from index.shard import PassageText, embed_shard
from index.types import PassageVectors
from tests.fakes import identifier

_TEXTS = [
    "Le pont rouvre lundi. Il neige.",
    "港口星期一重新开放。",
    "يعاد فتح الجسر.",
    "Bravo 🎉 !",
    "The pool closes in June.",
]
_SHARD = {bytes([number]): PassageText("Travaux\n", text, ((0, len(text)),)) for number, text in enumerate(_TEXTS)}


def _same(one: PassageVectors, other: PassageVectors) -> bool:
    return (
        np.array_equal(one.vector, other.vector)
        and np.array_equal(one.tokens.counts, other.tokens.counts)
        and np.array_equal(one.tokens.codes, other.tokens.codes)
    )


def test_the_vectors_of_a_passage_are_the_same_in_any_shard(embedder: Embedder) -> None:
    quantizer = TokenQuantizer(embedder.model)
    together = embed_shard(embedder, quantizer, _SHARD)
    assert together.keys() == _SHARD.keys()
    for key, text in reversed(_SHARD.items()):
        assert _same(embed_shard(embedder, quantizer, {key: text})[key], together[key])


def test_indexing_embeds_with_the_function_for_shards(embedder: Embedder) -> None:
    processed = ArticleProcessor(embedder, identifier()).embed(_SHARD)
    shard = embed_shard(embedder, TokenQuantizer(embedder.model), _SHARD)
    assert all(_same(processed[key], shard[key]) for key in _SHARD)


def test_an_empty_shard_has_no_vectors(embedder: Embedder) -> None:
    assert embed_shard(embedder, TokenQuantizer(embedder.model), {}) == {}
