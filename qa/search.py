"""A question becomes candidates: passages near it in meaning, and passages with its rarest words."""

import numpy as np

from index.archive import Archive
from index.types import Filter
from qa.types import Candidate, Question

_NEAREST = 50  # passages by their vectors; more brought nothing on any set
_WORDED = 20  # passages by their words: names and codes that vectors blur


def search(archive: Archive, question: Question, top_k: int, among: Filter) -> list[Candidate]:
    """Return passages that may answer, in no order; at least `top_k` if there are so many.

    A passage that has been deleted or replaced since the generation was made is not found, and of copies only one is.
    """
    catalog, generation = archive.catalog, archive.generation
    allowed = catalog.numbers(among) if among else None
    worded = [number for number, _ in generation.words.search(question.terms, _WORDED, allowed)]
    enough = wanted = max(_NEAREST, top_k)
    while True:
        dense = dict(generation.vectors.search(question.vector, wanted, allowed))
        found = catalog.candidates({*dense, *worded})
        if len(found) >= enough or len(dense) < wanted:
            break
        wanted *= 2  # some of the nearest are copies, or have been deleted or replaced since
    missing = np.array([number for number in found if number not in dense], dtype=np.int64)
    dense |= dict(generation.vectors.search(question.vector, len(missing), missing))
    same = [number for number, (passage, _) in found.items() if passage.language == question.language]
    other = sorted(found.keys() - set(same))
    lexical = generation.words.evidence(question.terms, same)
    lexical |= generation.words.evidence(question.names, other)
    return [
        Candidate(passage, tokens, dense[number], lexical.get(number, 0.0))
        for number, (passage, tokens) in found.items()
    ]
