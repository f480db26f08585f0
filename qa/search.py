"""A question becomes candidates: passages near it in meaning, and passages with its rarest words."""

from index.archive import Archive
from index.types import Filter
from index.vectors import Numbers
from qa.types import Candidate, Question

_NEAREST = 50  # passages by their vectors; more brought nothing on any set
_WORDED = 20  # passages by their words: names and codes that vectors blur


def search(archive: Archive, question: Question, top_k: int, among: Filter) -> list[Candidate]:
    """Return passages that may answer, in no order; at least `top_k` if there are so many.

    A passage that has been deleted or replaced is not found, though the generation may still have it, and of copies
    only one is.
    """
    catalog, searchable = archive.catalog, archive.searchable
    allowed = catalog.numbers(among) if among else None
    dense, worded = _distinct(archive, question, max(_NEAREST, top_k), allowed)
    found = catalog.candidates({*dense, *worded})
    dense |= searchable.cosines(question.vector, [*worded - dense.keys()])
    same = [number for number, (passage, _) in found.items() if passage.language == question.language]
    other = sorted(found.keys() - set(same))
    lexical = searchable.evidence(question.terms, same)
    lexical |= searchable.evidence(question.names, other)
    return [
        Candidate(passage, tokens, dense[number], lexical.get(number, 0.0))
        for number, (passage, tokens) in found.items()
    ]


def _distinct(
    archive: Archive, question: Question, nearest: int, allowed: Numbers | None
) -> tuple[dict[int, float], set[int]]:
    """Return the nearest passages with their cosines, and those with the question's words.

    Of passages with the very same text below the very same title there is one.
    """
    times = 1
    while True:
        near = archive.searchable.nearest(question.vector, times * nearest, allowed)
        worded = archive.searchable.worded(question.terms, times * _WORDED, allowed)
        first = archive.catalog.originals(number for number, _ in (*near, *worded))
        dense = {first[number]: cosine for number, cosine in near if number in first}
        having = list(dict.fromkeys(first[number] for number, _ in worded if number in first))
        enough = len(dense) >= nearest or len(near) < times * nearest
        if enough and (len(having) >= _WORDED or len(worded) < times * _WORDED):
            return dict([*dense.items()][:nearest]), set(having[:_WORDED])
        times *= 2
