"""Compares what sentences state: whether two give the same answer, or one only repeats the question."""

import re

from qa.bounds import bounds
from qa.grammar import folded, is_function_word
from qa.values import in_digits

_NEGATIONS = frozenset(
    "not no never without ne pas non sans jamais nicht kein keine nie niet geen nunca sin não".split()
)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_MIN_STEM = 3  # letters
_ENDINGS = "aeios"  # letters of inflection


def same_answer(answer: str, language: str, other: str, other_language: str) -> bool:
    """Return whether two answers to one question are the same, each given as the words that answer.

    Their numbers, in digits or words, what bounds them, as in "more than 5", and their content words are the same; one
    may lack names of the other, as in "Hallam" and "Grace Hallam", or the unit. The same in other words counts as
    different.
    """
    (text, bounded), (other_text, other_bounded) = bounds(answer, language), bounds(other, other_language)
    (words, numbers), (other_words, other_numbers) = _content(text, language), _content(other_text, other_language)
    if (numbers, bounded) != (other_numbers, other_bounded) or _is_negated(text) != _is_negated(other_text):
        return False
    if not words or not other_words:
        return bool(numbers)
    smaller, larger = sorted((words, other_words), key=len)
    return smaller.keys() <= larger.keys() and all(larger[stem][0].isupper() for stem in larger.keys() - smaller.keys())


def repeats(question: str, sentence: str, language: str) -> bool:
    """Return whether a sentence has no content word or number that the question lacks, if it is in its language."""
    (words, numbers), (asked, asked_numbers) = _content(sentence, language), _content(question, language)
    return bool(words) and words.keys() <= asked.keys() and numbers <= asked_numbers


def stems(text: str, language: str) -> set[str]:
    """Return the stems of the content words of a text."""
    return set(_content(text, language)[0])


def word_stems(text: str) -> set[str]:
    """Return the stems of the content words of a text, without numbers; fast also for a whole article."""
    words = (word for word in _WORD.findall(text) if not word[0].isdecimal() and not is_function_word(word))
    return {_stem(folded(word)) for word in words}


def content(text: str, language: str) -> set[str]:
    """Return the stems of the content words of a text, and its numbers in digits."""
    words, numbers = _content(text, language)
    return set(words) | numbers


def _content(text: str, language: str) -> tuple[dict[str, str], set[str]]:
    """Return the content words of a text by their stems, and its numbers."""
    content = [word for word in _WORD.findall(in_digits(text, language)) if not is_function_word(word)]
    words = {_stem(folded(word)): word for word in content if not word[0].isdecimal()}
    return words, {word.replace(",", ".") for word in content if word[0].isdecimal()}


def _is_negated(text: str) -> bool:
    return any(word.casefold() in _NEGATIONS for word in _WORD.findall(text))


def _stem(word: str) -> str:
    return word[:_MIN_STEM] + word[_MIN_STEM:].rstrip(_ENDINGS)
