"""A question becomes candidates: the passages nearest by vector, and those with its rarest words."""

from index.local.catalog import Catalog
from index.local.delta import LiveIndex
from index.types import Candidate, EncodedQuestion, Filter, Numbers

_DENSE = 50  # passages by their vectors; more gained nothing on any data set


def candidates(
    catalog: Catalog, live: LiveIndex, question: EncodedQuestion, *, k: int, lexical: int, filters: Filter
) -> list[Candidate]:
    """Return passages that may answer, in no order; at least `k` if there are as many.

    At most `lexical` of them come by their words alone. A passage that was deleted or replaced is not found, though
    the generation may still have it, and of copies only one is.
    """
    allowed = catalog.numbers(filters) if filters else None
    dense, by_words = _distinct(catalog, live, question, k=max(_DENSE, k), lexical=lexical, allowed=allowed)
    found = catalog.candidates({*dense, *by_words})
    dense |= live.cosines(question.vector, [*by_words - dense.keys()])
    same = [number for number, (passage, _) in found.items() if passage.language == question.language]
    other = sorted(found.keys() - set(same))
    coverage = live.coverage(question.terms, same) | live.coverage(question.names, other)
    return [
        Candidate(passage, tokens, dense[number], coverage.get(number, 0.0))
        for number, (passage, tokens) in found.items()
    ]


def _distinct(
    catalog: Catalog, live: LiveIndex, question: EncodedQuestion, *, k: int, lexical: int, allowed: Numbers | None
) -> tuple[dict[int, float], set[int]]:
    """Return the `k` nearest passages with their cosines, and the `lexical` best by words.

    Of passages with the same text and title there is one.
    """
    times = 1
    while True:
        near = live.search_dense(question.vector, times * k, allowed)
        by_words = live.search_lexical(question.terms, times * lexical, allowed)
        first = catalog.originals(number for number, _ in (*near, *by_words))
        dense = {first[number]: cosine for number, cosine in near if number in first}
        matching = list(dict.fromkeys(first[number] for number, _ in by_words if number in first))
        enough = len(dense) >= k or len(near) < times * k
        if enough and (len(matching) >= lexical or len(by_words) < times * lexical):
            return dict([*dense.items()][:k]), set(matching[:lexical])
        times *= 2
