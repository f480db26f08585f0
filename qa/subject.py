"""Whether two articles are on the same subject, as far as a question asks about it, or on two events of one kind."""

import re

from index.types import Article
from qa.dedup import shared_shingles
from qa.facts import word_stems
from qa.grammar import folded, is_function_word
from qa.values import is_day
from qa.versions import MIN_OVERLAP

_MIN_SHARED = 0.6  # of the question's content words in one article, that the other one has as well
_MIN_LETTERS = 4  # of a name
_NAME = re.compile(r"[^\W\d_]+")


def same_subject(question: str, one: Article, other: Article) -> bool:
    """Return whether an article has most of the question's content words that another one has.

    If the other has none, or the languages differ, they are on the same subject if they have a name in common. Articles
    in different scripts always are: their names cannot be compared.
    """
    if one.id == other.id:
        return True
    if one.language == other.language:
        asked = word_stems(question) & word_stems(_text(one))
        if asked:
            return len(asked & word_stems(_text(other))) >= _MIN_SHARED * len(asked)
    names, other_names = _names(one), _names(other)
    return not names or not other_names or bool(names & other_names)


def same_template(one: Article, other: Article) -> bool:
    """Return whether two articles share wording, and each has names that the other lacks: reports on two matches."""
    shared, sizes = shared_shingles([one.text, other.text])
    if shared[0, 1] < MIN_OVERLAP * min(sizes):
        return False
    names, other_names = _names(one), _names(other)
    return bool(names - other_names) and bool(other_names - names)


def _text(article: Article) -> str:
    return f"{article.title}\n{article.text}"


def _names(article: Article) -> set[str]:
    """Return the capitalized words of an article in Latin letters, folded."""
    words = _NAME.findall(_text(article))
    names = (word for word in words if word[0].isupper() and len(word) >= _MIN_LETTERS and not is_day(word))
    return {name for word in names if (name := folded(word)).isascii() and not is_function_word(word)}
