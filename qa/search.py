"""A question becomes hits."""

import re
import unicodedata

from index.archive import Archive
from index.types import Filter, Span, Vectors
from qa.types import Hit


def search(archive: Archive, question: str, vector: Vectors, top_k: int, among: Filter) -> list[Hit]:
    """Return the passages nearest to a question, best first; fewer than `top_k` if there are fewer.

    All of a hit is read from the catalog at one moment: a passage that has been deleted or replaced is not found.
    """
    with archive.catalog.reading():
        allowed = archive.catalog.numbers(among) if among else None
        nearest = archive.generation.vectors.search(vector, top_k, allowed)
        scores = dict(nearest)
        passages = archive.catalog.passages(scores)
        articles = archive.catalog.articles_by_id({passage.article_id for passage in passages.values()})
        sentences = archive.catalog.sentence_vectors(passages)
    words = _words(question)
    hits = []
    for number, score in nearest:
        if number in passages:
            passage = passages[number]
            article = articles[passage.article_id]
            text = article.text[passage.start : passage.end]
            centred = archive.centre.centred(sentences[number], [passage.language] * len(passage.sentences))
            hits.append(Hit(passage, article, score, centred, _matches(text, words)))
    return hits


_WORD = re.compile(r"\w+(?:[-‑.]\w+)*")
_SHORTEST = 4  # letters; shorter words of a question say little of what it is about, unless they are names
_STEM = 5  # letters that two forms of a word share


def _folded(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _words(question: str) -> set[str]:
    found = set()
    for match in _WORD.finditer(question):
        word = match[0]
        name = match.start() > 0 and word[0].isupper()
        if len(word) >= _SHORTEST or name or any(character.isdigit() for character in word):
            found.add(_folded(word))
    return found


def _matches(text: str, words: set[str]) -> tuple[Span, ...]:
    stems = {word[:_STEM] for word in words if len(word) > _STEM}
    found = []
    for match in _WORD.finditer(text):
        word = _folded(match[0])
        if word in words or (len(word) > _STEM and word[:_STEM] in stems):
            found.append(match.span())
    return tuple(found)
