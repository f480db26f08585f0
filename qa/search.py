"""A question becomes hits."""

from collections.abc import Set

from index.archive import Archive
from index.types import Filter, Vectors
from qa.types import Hit
from qa.words import matches


def search(archive: Archive, vector: Vectors, words: Set[str], top_k: int, among: Filter) -> list[Hit]:
    """Return the passages nearest to a question, best first; fewer than `top_k` if there are fewer.

    All of a hit is read from the catalog at one moment: a passage that has been deleted or replaced is not found.
    """
    with archive.catalog.reading():
        allowed = archive.catalog.numbers(among) if among else None
        index, wanted = archive.generation.vectors, top_k
        while True:
            nearest = index.search(vector, wanted, allowed)
            passages = archive.catalog.passages(number for number, _ in nearest)
            if len(passages) >= top_k or len(nearest) < wanted:
                break
            wanted *= 2  # some of the nearest have been deleted or replaced since
        articles = archive.catalog.articles_of(passages.values())
        sentences = archive.catalog.sentence_vectors(passages)
    hits = []
    for number, score in nearest:
        if number in passages:
            passage = passages[number]
            article = articles[passage.article_id]
            text = article.text[passage.start : passage.end]
            centred = archive.centre.centred(sentences[number], [passage.language] * len(passage.sentences))
            hits.append(Hit(passage, article, score, centred, matches(text, words)))
    return hits[:top_k]
