"""Completes follow-up questions from the conversation, by rules and without a language model.

*Function words* are articles, pronouns, auxiliaries, question words and the like (`qa.grammar`); all other words are
*content words*. A question is a follow-up if one of these rules applies:

1. Ellipsis: it has no content word ("Why?", "Depuis quand ?"), or no name and only one content word ("Avec quelles
   conséquences ?"); two in Italian, Portuguese and Spanish, which leave out pronouns ("¿Cuántas horas trabajaba?").
2. Connective: it begins with a connective and has at most two content words ("And Schwarzer?", "Et chez Anthropic ?").
3. Personal pronoun: it has a pronoun such as "she" or "leur", and before the pronoun at most two content words, none of
   them capitalized ("When did she leave OpenAI?"). If one is capitalized, the question is not a follow-up.
4. Anaphora: it has a word that refers back, such as "it" or "cette", no name and at most three content words ("Who
   signed that contract?").

A follow-up is asked together with the last earlier question that is not a follow-up, which comes first; without one,
with the first question. If later follow-ups contain names, the last of these comes in between. All other questions are
asked unchanged, as are the first question and a follow-up that would exceed `MAX_QUESTION` with its context.

The language of a question is the one with most distinct function words in it; languages that tie are used together.
German capitalizes all nouns, so a German word is a name only if it has a capital after its first letter, or a digit;
rule 3 still counts every capitalized word. A question without known function words is a follow-up if it has no name and
at most twelve letters; wide East Asian letters, such as Chinese ones, count twice.
"""

import unicodedata
from collections.abc import Sequence, Set

from index.terms import names
from qa.grammar import GRAMMARS, WORD, Grammar, folded
from qa.question import MAX_QUESTION

_MAX_LETTERS = 12  # of a follow-up without known function words


def resolve(questions: Sequence[str]) -> str:
    """Return the last question of a conversation, completed with earlier ones if it is a follow-up.

    Raises:
        ValueError: `questions` is empty.
    """
    *before, last = questions
    if not before or not follows_up(last):
        return last
    standalone = [position for position, earlier in enumerate(before) if not follows_up(earlier)]
    start = standalone[-1] if standalone else 0
    with_names = [earlier for earlier in before[start + 1 :] if _names(earlier, _grammars(WORD.findall(earlier)))]
    together = " ".join([before[start], *with_names[-1:], last])
    return together if len(together) <= MAX_QUESTION else last


def follows_up(question: str) -> bool:
    """Return whether a question can be understood only with the questions before it."""
    written = WORD.findall(question)
    grammars = _grammars(written)
    has_name = bool(_names(question, grammars))
    if not grammars:
        return not has_name and sum(map(_width, question)) <= _MAX_LETTERS
    words = [word.casefold() for word in written]
    content = [not any(folded(word) in grammar.function_words for grammar in grammars) for word in words]
    if sum(content) <= (0 if has_name else max(grammar.max_elliptical for grammar in grammars)):
        return True
    connectives = [f"{phrase} " for grammar in grammars for phrase in grammar.connectives]
    if sum(content) <= 2 and " ".join(words).startswith(tuple(connectives)):
        return True
    pronouns = {word for grammar in grammars for word in grammar.personal_pronouns}
    pronoun = next((position for position, word in enumerate(words) if word in pronouns), None)
    if pronoun is not None and sum(content[:pronoun]) < 3:
        return not any(flag and word != word.lower() for word, flag in zip(written[:pronoun], content, strict=False))
    return (
        not has_name and sum(content) <= 3 and any(word in grammar.anaphora for word in words for grammar in grammars)
    )


def _grammars(words: Sequence[str]) -> tuple[Grammar, ...]:
    """Return the likeliest grammars of a question; none if it has no function word of any of them."""
    distinct = {folded(word) for word in words}
    counts = {language: len(distinct & grammar.function_words) for language, grammar in GRAMMARS.items()}
    highest = max(counts.values())
    return tuple(GRAMMARS[language] for language, count in counts.items() if count == highest) if highest else ()


def _names(question: str, grammars: Sequence[Grammar]) -> Set[str]:
    if GRAMMARS["de"] not in grammars:
        return names(question)
    return {word for word in WORD.findall(question) if word[1:] != word[1:].lower() or not word.isalpha()}


def _width(character: str) -> int:
    if not character.isalpha():
        return 0
    return 2 if unicodedata.east_asian_width(character) == "W" else 1
