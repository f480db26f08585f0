"""Checks that articles, passages and vectors are consistent, for every store."""

import math
import random
from collections.abc import Iterator, Sequence

import numpy as np

from index.checksums import passage_id
from index.model.cache import Model
from index.model.quantize import TokenQuantizer
from index.process import ArticleProcessor
from index.shard import PassageText
from index.types import Article, PassageVectors, Report, Span, StoredPassage, Vectors

_MIN_COSINE = 0.99  # of a stored vector to the re-embedded one, possibly of a GPU, without quantization
_MIN_SAMPLE = 16  # passages to re-embed, or all if there are fewer
_LENGTH_TOLERANCE = 1e-3  # accepted difference of a length from 1


def sample(share: float, total: int, seed: int | None) -> frozenset[int]:
    """Return the positions of the passages to re-embed: a random `share` of `total`, at least 16, none for 0."""
    size = min(total, max(math.ceil(share * total), _MIN_SAMPLE)) if share else 0
    return frozenset(random.Random(seed).sample(range(total), size))  # noqa: S311 - a sample, no secret


def coverage_problem(article: Article, passages: Sequence[StoredPassage]) -> str:
    """Return the problem of the coverage of an article by its passages, or an empty string."""
    covered = 0
    for passage in passages:
        if passage.start < covered:
            return f"passage {passage.number} overlaps the previous passage"
        if article.text[covered : passage.start].strip():
            return f"characters {covered} to {passage.start} are in no passage"
        covered = passage.end
    return f"the text from character {covered} on is in no passage" if article.text[covered:].strip() else ""


def span_problem(article: Article, passage: StoredPassage) -> str:
    """Return the problem of the spans and the id of a passage, or an empty string."""
    if not 0 <= passage.start < passage.end <= len(article.text):
        return f"spans {passage.start} to {passage.end} in a text of {len(article.text)} characters"
    if not passage.sentences or not _in_order(passage.sentences, passage.start, passage.end):
        return "has sentences outside its span or out of order"
    if passage.id != passage_id(article.id, passage.start, article.text[passage.start : passage.end]):
        return "has the id of another text"
    return ""


def vector_problem(passage: StoredPassage, vectors: PassageVectors, model: Model, quantizer: TokenQuantizer) -> str:
    """Return the problem of the vectors of a passage, or an empty string."""
    vector, tokens = vectors.vector, vectors.tokens
    if len(vector) != model.dimension or not abs(float(np.linalg.norm(vector)) - 1) < _LENGTH_TOLERANCE:
        return f"has an invalid vector (expected {model.dimension} components and unit length)"
    if len(tokens.counts) != 1 + len(passage.sentences) or not tokens.counts[1:].all():
        return "has token vectors that do not match its title and sentences"
    if tokens.codes.shape[1] != quantizer.code_size:
        return f"has invalid token vectors (expected {quantizer.width} components)"
    return ""


def embedding_problems(
    passages: Sequence[tuple[str, PassageText, Vectors]], processor: ArticleProcessor, report: Report
) -> Iterator[tuple[str, str]]:
    """Embed passages again, given with article id and stored vector; yield the id and the problem of those that differ.

    The report counts them.
    """
    embedded = processor.embed({i.to_bytes(2): text for i, (_, text, _) in enumerate(passages)})
    for (article_id, _, vector), expected in zip(passages, embedded.values(), strict=True):
        report.count("passages embedded again")
        cosine = float(vector @ expected.vector)
        if not cosine >= _MIN_COSINE:
            yield article_id, f"a re-embedded passage has a cosine of {cosine:.4f} to its stored vector"


def _in_order(sentences: Sequence[Span], start: int, end: int) -> bool:
    for first, last in sentences:
        if not start <= first < last:
            return False
        start = last
    return start <= end
