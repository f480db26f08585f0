"""A question becomes candidates: passages near it in meaning, and passages with its rarest words."""

from collections.abc import Callable

import numpy as np

from index.archive import Archive
from index.catalog import Catalog
from index.types import Filter
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
    worded = _distinct(catalog, lambda k: searchable.worded(question.terms, k, allowed), _WORDED)
    dense = _distinct(catalog, lambda k: searchable.nearest(question.vector, k, allowed), max(_NEAREST, top_k))
    found = catalog.candidates(catalog.distinct({*dense, *worded}))
    missing = np.array([number for number in found if number not in dense], dtype=np.int64)
    dense |= dict(searchable.nearest(question.vector, len(missing), missing))
    same = [number for number, (passage, _) in found.items() if passage.language == question.language]
    other = sorted(found.keys() - set(same))
    lexical = searchable.evidence(question.terms, same)
    lexical |= searchable.evidence(question.names, other)
    return [
        Candidate(passage, tokens, dense[number], lexical.get(number, 0.0))
        for number, (passage, tokens) in found.items()
    ]


def _distinct(catalog: Catalog, search: Callable[[int], list[tuple[int, float]]], k: int) -> dict[int, float]:
    """Return the `k` best of a search that are not copies, nor deleted or replaced since the generation."""
    wanted = k
    while True:
        hits = search(wanted)
        distinct = catalog.distinct(number for number, _ in hits)
        if len(distinct) >= k or len(hits) < wanted:
            return dict([hit for hit in hits if hit[0] in distinct][:k])
        wanted *= 2
