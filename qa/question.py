"""Question validation."""

import unicodedata
from typing import TYPE_CHECKING

from index.errors import QuestionError, QuestionTooLong

if TYPE_CHECKING:  # it imports numpy, which clients do not need
    from index.model.embed import TextEmbedder

MAX_QUESTION = 2000  # code points
MAX_TOKENS = 640  # of the model; the work of a question grows with them, and 2,000 letters can have 2,000 tokens
MAX_HITS = 100
HITS = 8

_MAX_RAW = 4 * MAX_QUESTION  # code points, before normalization and trimming


def check(question: str) -> str:
    """Return the question in Unicode NFC, with white space trimmed and collapsed.

    Raises:
        QuestionTooLong: the question is too long.
        QuestionError: it is empty, or contains control characters.
    """
    if len(question) > _MAX_RAW:  # normalization takes quadratic time in the combining marks of one letter
        raise QuestionTooLong(f"the question has {len(question)} characters: shorten it to at most {MAX_QUESTION}")
    text = unicodedata.normalize("NFC", question).strip()
    if len(text) > MAX_QUESTION:
        raise QuestionTooLong(f"the question has {len(text)} characters: shorten it to at most {MAX_QUESTION}")
    if not any(unicodedata.category(character)[0] not in "ZC" for character in text):
        raise QuestionError("the question is empty: enter a question")
    for position, character in enumerate(text):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise QuestionError(
                f"the question has a control character (U+{ord(character):04X}) at position {position}: remove it"
            )
    return " ".join(text.split())


def check_tokens(text: str, embedder: "TextEmbedder") -> None:
    """Refuse a question that is much work for its length, such as signs of which each is a token.

    Raises:
        QuestionTooLong: the question has too many tokens.
    """
    if len(text) > MAX_TOKENS and (count := len(embedder.token_spans(text))) > MAX_TOKENS:
        raise QuestionTooLong(f"the question has {count} tokens of the model: shorten it to at most {MAX_TOKENS}")
