"""Question validation."""

import unicodedata

from index.errors import QuestionError

MAX_QUESTION = 2000  # code points
MAX_HITS = 100
HITS = 8

_MAX_RAW = 4 * MAX_QUESTION  # code points, before composing and trimming


def check(question: str) -> str:
    """Return the question, trimmed and composed (NFC).

    Raises:
        QuestionError: it is empty, too long, or holds control characters.
    """
    if len(question) > _MAX_RAW:  # composing takes time that grows with the square of the marks on a letter
        raise QuestionError(f"the question has {len(question)} characters: ask in at most {MAX_QUESTION}")
    asked = unicodedata.normalize("NFC", question).strip()
    if len(asked) > MAX_QUESTION:
        raise QuestionError(f"the question has {len(asked)} characters: ask in at most {MAX_QUESTION}")
    if not any(unicodedata.category(character)[0] not in "ZC" for character in asked):
        raise QuestionError("the question is empty: write one")
    for at, character in enumerate(asked):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise QuestionError(f"the question has a control character (U+{ord(character):04X}) at {at}: remove it")
    return " ".join(asked.split())
