"""Encodes a checked question: its language, centered vectors, token weights and terms."""

import numpy as np

from index.language import Identifier
from index.model.centering import LanguageMeans
from index.model.embed import TextEmbedder
from index.model.quantize import TokenQuantizer
from index.terms import names, terms
from index.types import EncodedQuestion, Span, unit
from qa.highlight import content_stems
from qa.lowercase import lowercase_names
from qa.mentions import named

_MIN_SURPRISAL = 7.0  # nats; a question token below it gets `_MIN_WEIGHT`
_MIN_WEIGHT = 0.05  # of a token, before weights are normalized
_MIN_WORDS = 3  # for a known language: many shorter questions are a single name, the same in every language


def encode(
    text: str, embedder: TextEmbedder, quantizer: TokenQuantizer, identifier: Identifier, means: LanguageMeans
) -> EncodedQuestion:
    """Return a checked question as input of search and ranking; `identifier` detects its language."""
    guess = identifier.guess(text)
    embedding = embedder.question(text)
    mean = means.token_mean(guess.language, quantizer.token_width)
    tokens = unit(quantizer.project(embedding.tokens)) - quantizer.project(mean)
    weights = np.maximum(embedding.surprisal - _MIN_SURPRISAL, _MIN_WEIGHT)
    return EncodedQuestion(
        text=text,
        language=guess.language,
        language_known=guess.reliable or len(text.split()) >= _MIN_WORDS,
        vector=means.center(embedding.vector[None], [guess.language])[0],
        tokens=unit(tokens),
        weights=weights / weights.sum(),
        terms=tuple(dict.fromkeys(terms(text))),
        names=names(text),
        stems=content_stems(text),
        token_spans=embedding.spans,
        named=_named(text, embedder, guess.language),
    )


def _named(text: str, embedder: TextEmbedder, language: str) -> tuple[Span, ...]:
    """Return the names of a question, also if it is written in one case."""
    known = named(text)
    likely = lowercase_names(text, embedder, language)
    return tuple(sorted((*known, *(span for span in likely if not any(a <= span[0] < b for a, b in known)))))
