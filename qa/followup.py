"""What a question leaves unsaid is taken from the conversation, by rules and without a language model.

A question follows up if

1. it says nothing: without names it has at most one word that is not grammar ("Why?", "Depuis quand ?"), or two in
   languages that leave out pronouns ("¿Cuántas horas trabajaba?"), or
2. it begins with a connective and has at most two such words ("And Schwarzer?", "Et chez Anthropic ?"), or
3. it has a pronoun for somebody, such as "she" or "leur", and before it neither a name nor three such words ("When did
   she leave OpenAI?"), or
4. it has a word that points back, such as "it" or "cette", no name, and at most three such words ("Who signed that
   contract?").

It is then asked together with the last question before it that does not follow up, which comes first; the last
follow-up in between that brought a name comes with them. Everything else is asked as it stands, and so are the first
question and one that would be too long together.

Grammar is known in English, French, German, Italian, Portuguese and Spanish. Which of them a question is in is told by
its words of grammar; between languages that tie, those of all count. German writes every noun with a capital, so that
only a capital within a word or a figure makes a name there, though any noun may stand before a pronoun. A question
without a known word of grammar follows up if it has no name and at most twelve letters, where a wide letter (Chinese,
Japanese or Korean) counts twice.
"""

import unicodedata
from collections.abc import Sequence, Set

from index.terms import names
from qa.grammar import GRAMMARS, WORD, Grammar, folded
from qa.question import MAX_QUESTION

_SHORT = 12  # letters


def resolve(questions: Sequence[str]) -> str:
    """Return what the last of the questions of a conversation asks.

    Raises:
        IndexError: there is no question.
    """
    *before, last = questions
    if not before or not follows_up(last):
        return last
    standing = [at for at, earlier in enumerate(before) if not follows_up(earlier)]
    start = standing[-1] if standing else 0
    named = [earlier for earlier in before[start + 1 :] if _names(earlier, _grammars(WORD.findall(earlier)))]
    together = " ".join([before[start], *named[-1:], last])
    return together if len(together) <= MAX_QUESTION else last


def follows_up(question: str) -> bool:
    """Tell whether a question is understood only by what was asked before."""
    written = WORD.findall(question)
    grammars = _grammars(written)
    named = bool(_names(question, grammars))
    if not grammars:
        return not named and sum(map(_width, question)) <= _SHORT
    words = [word.casefold() for word in written]
    says = [not any(folded(word) in one.words for one in grammars) for word in words]
    if sum(says) <= (0 if named else max(one.little for one in grammars)):
        return True
    begins = [f"{begin} " for one in grammars for begin in one.connectives]
    if sum(says) <= 2 and " ".join(words).startswith(tuple(begins)):
        return True
    somebody = next((at for at, word in enumerate(words) if any(word in one.people for one in grammars)), None)
    if somebody is not None and sum(says[:somebody]) < 3:
        return not any(said and word != word.lower() for word, said in zip(written[:somebody], says, strict=False))
    return not named and sum(says) <= 3 and any(word in one.pointers for word in words for one in grammars)


def _grammars(words: Sequence[str]) -> tuple[Grammar, ...]:
    """Return the likeliest grammars of a question, none if it has no word of any."""
    said = {folded(word) for word in words}
    found = {language: len(said & one.words) for language, one in GRAMMARS.items()}
    most = max(found.values())
    return tuple(GRAMMARS[language] for language, count in found.items() if count == most) if most else ()


def _names(question: str, grammars: Sequence[Grammar]) -> Set[str]:
    if GRAMMARS["de"] not in grammars:
        return names(question)
    return {word for word in WORD.findall(question) if word[1:] != word[1:].lower() or not word.isalpha()}


def _width(character: str) -> int:
    if not character.isalpha():
        return 0
    return 2 if unicodedata.east_asian_width(character) == "W" else 1
