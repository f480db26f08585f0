"""Find the candidates for a question: the passages with the nearest vectors, and those with the best BM25."""

from index.local.catalog import Catalog
from index.local.delta import LiveIndex, LiveSelection
from index.types import Candidate, EncodedQuestion, Filter

_MIN_DENSE = 50  # passages by vector; more did not improve the ranking on any data set


def candidates(
    catalog: Catalog, live: LiveIndex, question: EncodedQuestion, *, k: int, lexical: int, filters: Filter
) -> list[Candidate]:
    """Return candidate passages, unordered; at least `k` if `k` passages satisfy `filters`.

    At most `lexical` of them are found only by BM25. Deleted and replaced passages are excluded even if the generation
    still contains them, and only one of several identical passages is included.
    """
    selection = live.select(filters) if filters else None
    if selection is not None and not selection.count:
        return []
    dense, matching = _search_distinct(
        catalog, live, question, k=max(_MIN_DENSE, k), lexical=lexical, selection=selection
    )
    passages = catalog.candidates({*dense, *matching})
    dense |= live.cosines(question.vector, [*matching - dense.keys()])
    same = [number for number, (passage, _) in passages.items() if passage.language == question.language]
    other = sorted(passages.keys() - set(same))
    coverage = live.coverage(question.terms, same) | live.coverage(question.names, other)
    return [
        Candidate(passage, tokens, dense[number], coverage.get(number, 0.0))
        for number, (passage, tokens) in passages.items()
    ]


def _search_distinct(
    catalog: Catalog,
    live: LiveIndex,
    question: EncodedQuestion,
    *,
    k: int,
    lexical: int,
    selection: LiveSelection | None,
) -> tuple[dict[int, float], set[int]]:
    """Return the cosines of the `k` nearest passages, and the numbers of the `lexical` passages with the best BM25.

    Only one of several passages with the same text and title is included.
    """
    factor = 1
    while True:
        nearest = live.search_dense(question.vector, factor * k, selection)
        lexical_hits = live.search_lexical(question.terms, factor * lexical, selection)
        first_copy = catalog.first_copies(number for number, _ in (*nearest, *lexical_hits))
        dense = {first_copy[number]: cosine for number, cosine in nearest if number in first_copy}
        matching = list(dict.fromkeys(first_copy[number] for number, _ in lexical_hits if number in first_copy))
        enough = len(dense) >= k or len(nearest) < factor * k
        if enough and (len(matching) >= lexical or len(lexical_hits) < factor * lexical):
            return dict([*dense.items()][:k]), set(matching[:lexical])
        factor *= 2
