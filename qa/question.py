"""What may be asked, and how a question is understood."""

import unicodedata

import numpy as np

from index.centre import Centre
from index.embed import TextEmbedder
from index.errors import QuestionError
from index.language import Identifier
from index.types import unit
from index.words import names, terms
from qa.types import Question
from qa.words import content_words

LONGEST = 2000  # code points
MOST_HITS = 100
HITS = 8

_SAYS_NOTHING = 7.0  # nats of information up to which a token of a question hardly counts
_LEAST = 0.05  # what it counts then
_TELLING = 3  # words; of shorter questions that identification is not sure of, many are only a name


def checked(question: str) -> str:
    """Return the question, trimmed and composed (NFC).

    Raises:
        QuestionError: it is empty, too long, or holds control characters.
    """
    asked = unicodedata.normalize("NFC", question).strip()
    if len(asked) > LONGEST:
        raise QuestionError(f"the question has {len(asked)} characters: ask in at most {LONGEST}")
    if not any(unicodedata.category(character)[0] not in "ZC" for character in asked):
        raise QuestionError("the question is empty: write one")
    for at, character in enumerate(asked):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise QuestionError(f"the question has a control character (U+{ord(character):04X}) at {at}: remove it")
    return " ".join(asked.split())


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
