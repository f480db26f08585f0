"""How a question is understood."""

import numpy as np

from index.centre import Centre
from index.embed import TextEmbedder
from index.language import Identifier
from index.types import unit
from index.words import names, terms
from qa.types import Question
from qa.words import content_words

_SAYS_NOTHING = 7.0  # nats of information up to which a token of a question hardly counts
_LEAST = 0.05  # what it counts then
_TELLING = 3  # words; of shorter questions that identification is not sure of, many are only a name


def understand(text: str, embedder: TextEmbedder, identifier: Identifier, centre: Centre) -> Question:
    """Embed a checked question and find its words."""
    guess = identifier.guess(text)
    embedding = embedder.question(text)
    tokens = unit(embedding.tokens) - centre.of_tokens(guess.language, embedding.tokens.shape[1])
    weights = np.maximum(embedding.information - _SAYS_NOTHING, _LEAST)
    return Question(
        text=text,
        language=guess.language,
        told=guess.reliable or len(text.split()) >= _TELLING,
        vector=centre.centred(embedding.vector[None], [guess.language])[0],
        tokens=unit(tokens),
        weights=weights / weights.sum(),
        terms=tuple(dict.fromkeys(terms(text))),
        names=names(text),
        words=content_words(text),
    )
