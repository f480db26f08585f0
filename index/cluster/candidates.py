"""Find the candidates for a question in one call: the nearest vectors, and the best by BM25."""

from index.cluster.filters import condition
from index.cluster.milvus import Milvus
from index.cluster.rows import PASSAGE_FIELDS, FoundPassage, found_passage, hashed
from index.cluster.words import Words
from index.types import Candidate, EncodedQuestion, Filter

_MIN_DENSE = 50  # passages by vector, as in `index.local.candidates`
_MAX_HITS = 8192  # of each kind; Milvus returns at most twice as many


def candidates(
    milvus: Milvus, words: Words, question: EncodedQuestion, *, k: int, lexical: int, filters: Filter
) -> dict[str, tuple[FoundPassage, Candidate]]:
    """Return candidate passages by id, unordered; at least `k` if `k` passages satisfy `filters`.

    As `index.local.candidates`: at most `lexical` of them are found only by BM25, and only one of several identical
    passages is included. Cosines and BM25 are computed here, from the rows.
    """
    k = max(_MIN_DENSE, k)
    weights, names = words.weights(question.terms), words.weights(question.names)
    finding = words.weights(words.rare(question.terms))
    # Words that may be misspelled are searched as the words of the archive that they resemble.
    searched = [*finding.exact, *(similar for term in finding.fuzzy for similar in words.similar(term))]
    factor = 2  # so that a few copies need no second call
    while True:
        dense_hits, lexical_hits = min(factor * k, _MAX_HITS), min(factor * lexical, _MAX_HITS)
        rows = milvus.search(
            *(question.vector, hashed(searched), (dense_hits, lexical_hits), condition(filters), PASSAGE_FIELDS)
        )
        found = [found_passage(milvus.place, row) for row in rows]
        found.sort(key=lambda each: each.passage.number)
        cosines = {each.passage.number: float(each.vector @ question.vector) for each in found}
        scores = words.scores(finding, ((each.passage.number, each.terms) for each in found))
        nearest = _distinct(sorted(found, key=lambda each: (-cosines[each.passage.number], each.passage.number)), k)
        matching = [each for each in found if each.passage.number in scores]
        matching.sort(key=lambda each: (-scores[each.passage.number], each.passage.number))
        best = _distinct(matching, lexical)
        complete = len(nearest) >= k or len(found) < dense_hits
        if (complete and (len(best) >= lexical or len(matching) < lexical_hits)) or dense_hits == _MAX_HITS:
            break
        factor *= 2
    first = {each.key: each for each in reversed(found)}  # of copies, the one that was written first
    chosen = [first[key] for key in dict.fromkeys([*nearest, *best])]
    same = words.scores(weights, ((each.passage.number, each.terms) for each in chosen))
    other = words.scores(names, ((each.passage.number, each.terms) for each in chosen))
    result = {}
    for each in chosen:
        in_language = each.passage.language == question.language
        value, total = (same, weights.total) if in_language else (other, names.total)
        coverage = value.get(each.passage.number, 0.0) / (total or 1.0)
        result[each.passage.id] = each, Candidate(each.passage, each.codes, cosines[each.passage.number], coverage)
    return result


def _distinct(found: list[FoundPassage], limit: int) -> list[str]:
    """Return the keys of the first `limit` passages with different texts."""
    return list(dict.fromkeys(each.key for each in found))[:limit]
