"""Compares what sentences state: whether two give the same answer, or one only repeats the question."""

from qa.grammar import GRAMMARS, WORD, folded, is_function_word

_ALL = tuple(GRAMMARS.values())
_NEGATIONS = frozenset(
    "not no never without ne pas non sans jamais nicht kein keine nie niet geen nunca sin não".split()
)
_MIN_STEM = 3  # letters
_ENDINGS = "aeios"  # letters of inflection


def same_answer(answer: str, other: str) -> bool:
    """Return whether two answers to one question are the same, each given as the words that answer.

    Their numbers and content words are the same; one may lack names of the other, as "Hallam" and "Grace Hallam", or
    the unit. Answers in other words or another language count as different.
    """
    (words, numbers), (other_words, other_numbers) = _content(answer), _content(other)
    if numbers != other_numbers or _is_negated(answer) != _is_negated(other):
        return False
    if not words or not other_words:
        return bool(numbers)
    smaller, larger = sorted((words, other_words), key=len)
    return smaller.keys() <= larger.keys() and all(larger[stem][0].isupper() for stem in larger.keys() - smaller.keys())


def repeats(question: str, sentence: str) -> bool:
    """Return whether a sentence has no content word or number that the question lacks."""
    (words, numbers), (asked, asked_numbers) = _content(sentence), _content(question)
    return bool(words) and words.keys() <= asked.keys() and numbers <= asked_numbers


def _content(text: str) -> tuple[dict[str, str], set[str]]:
    """Return the content words of a text by their stems, and its numbers."""
    words = [word for word in WORD.findall(text) if not is_function_word(word, _ALL)]
    numbers = {word for word in words if word.isdecimal()}
    return {_stem(folded(word)): word for word in words if word not in numbers}, numbers


def _is_negated(text: str) -> bool:
    return any(word.casefold() in _NEGATIONS for word in WORD.findall(text))


def _stem(word: str) -> str:
    return word[:_MIN_STEM] + word[_MIN_STEM:].rstrip(_ENDINGS)
