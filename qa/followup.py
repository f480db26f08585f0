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

A follow-up is completed with what it lacks, after its own words, so that the earlier question does not drown it. The
conversation has *names*, *numbers* and a *topic*, the other content words. They are those of the last question that is
not a follow-up, or of later follow-ups that have some of their own. Added are

- to a follow-up with a personal pronoun ("What will he do next?"): the names, which the pronoun replaces;
- to one with a name of its own ("And Schwarzer?"): the topic;
- to others ("And in 2025?", "Why?"): the names, the numbers unless it has its own, and the topic.

If the conversation has no names, the topic is added instead, and the reverse. A question without known function words
is all topic. Messages that ask nothing (`qa.courtesy`) are no part of the conversation. All other questions are asked
unchanged, as are the first question and a follow-up that would exceed `MAX_QUESTION` with its context.

The language of a question is the one with most distinct function words in it; languages that tie are used together.
German capitalizes all nouns, so a German word is a name only if it has a capital after its first letter, or a digit;
rule 3 still counts every capitalized word. A question without known function words is a follow-up if it has no name and
at most twelve letters, or a pronoun; wide East Asian letters, such as Chinese ones, count twice.
"""

import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass

from index.terms import names
from qa.courtesy import courtesy
from qa.grammar import GRAMMARS, PRONOUNS, WORD, Grammar, folded, grammars_of, is_function_word
from qa.question import MAX_QUESTION

_MAX_LETTERS = 12  # of a follow-up without known function words
_JOINT = re.compile(r"[ \-.’']?")  # between two words of one name
_MARKS = " ¿?？؟!.…"  # around a question


@dataclass(frozen=True, slots=True)
class _Content:
    """The content words of a question, as written."""

    names: tuple[str, ...]  # of one or more words
    numbers: tuple[str, ...]
    topic: tuple[str, ...]  # others


def resolve(questions: Sequence[str]) -> str:
    """Return the last question of a conversation, completed with earlier ones if it is a follow-up.

    Raises:
        ValueError: `questions` is empty.
    """
    *before, last = questions
    before = [earlier for earlier in before if not courtesy(earlier)]
    return complete(last, before) if before and follows_up(last) and not courtesy(last) else last


def continues(part: str, before: str) -> bool:
    """Return whether a part of a message takes up the part before it, which it does more readily than a later message.

    It does if it is a follow-up, or has no name where the part before has one, or has a personal pronoun.
    """
    grammars = grammars_of(WORD.findall(part))
    if follows_up(part) or _names(part, grammars):
        return follows_up(part)
    return _has_personal_pronoun(part, grammars) or bool(_names(before, grammars_of(WORD.findall(before))))


def stands_alone(part: str) -> bool:
    """Return whether a part of a message that `continues` completes can be asked without the parts before it."""
    return not follows_up(part) and not _has_personal_pronoun(part, grammars_of(WORD.findall(part)))


def complete(question: str, before: Sequence[str]) -> str:
    """Return a question with the names and the topic of earlier ones, at least one, that it lacks."""
    context = _context(before)
    own = _content(question)
    numbers = () if own.numbers else context.numbers
    grammars = grammars_of(WORD.findall(question))
    if _has_personal_pronoun(question, grammars):
        added = context.names or context.topic
    elif own.names and _names(question, grammars):  # not only German nouns
        added = context.topic or context.names
    else:
        added = (*context.names, *numbers, *context.topic)
    present = {folded(word) for word in WORD.findall(question)}
    lacking = [text for text in dict.fromkeys(added) if not {folded(word) for word in WORD.findall(text)} <= present]
    together = " ".join([question, *lacking])
    return together if len(together) <= MAX_QUESTION else question


def _context(questions: Sequence[str]) -> _Content:
    """Return what the last of `questions` is about: its content words, or those before it that it takes up."""
    first, *others = questions
    context = _content(first)
    for question in others:
        own = _content(question)
        if follows_up(question):
            own = _Content(
                own.names or context.names,
                own.numbers or context.numbers,
                own.topic or context.topic,
            )
        context = own
    return context


def _content(question: str) -> _Content:
    words = list(WORD.finditer(question))
    grammars = grammars_of([word[0] for word in words])
    if not grammars:
        return _Content((), (), (question.strip(_MARKS),))
    content = [word for word in words if not is_function_word(word[0], grammars) or _is_abbreviation(word[0])]
    known = names(question)
    spans: list[tuple[int, int]] = []  # of names
    numbers, topic = [], []
    for word in content:
        if word[0].isdecimal() and not (spans and _JOINT.fullmatch(question, spans[-1][1], word.start())):
            numbers.append(word[0])
        elif folded(word[0]) not in known and word[0].casefold() not in known:
            topic.append(word[0])
        elif spans and _JOINT.fullmatch(question, spans[-1][1], word.start()):
            spans[-1] = (spans[-1][0], word.end())
        else:
            spans.append(word.span())
    return _Content(
        names=tuple(question[start:end] for start, end in spans),
        numbers=tuple(numbers),
        topic=tuple(topic),
    )


def _has_personal_pronoun(question: str, grammars: Sequence[Grammar]) -> bool:
    words = [word.casefold() for word in WORD.findall(question)]
    return any(word in grammar.personal_pronouns for grammar in grammars for word in words)


def _is_abbreviation(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def follows_up(question: str) -> bool:
    """Return whether a question can be understood only with the questions before it."""
    written = WORD.findall(question)
    grammars = grammars_of(written)
    has_name = bool(_names(question, grammars))
    if not grammars:
        return not has_name and (sum(map(_width, question)) <= _MAX_LETTERS or bool(PRONOUNS.search(question)))
    words = [word.casefold() for word in written]
    content = [not is_function_word(word, grammars) for word in words]
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


def _names(question: str, grammars: Sequence[Grammar]) -> Set[str]:
    if GRAMMARS["de"] not in grammars:
        return names(question)
    return {word for word in WORD.findall(question) if word[1:] != word[1:].lower() or not word.isalpha()}


def _width(character: str) -> int:
    if not character.isalpha():
        return 0
    return 2 if unicodedata.east_asian_width(character) == "W" else 1
