"""Candidates are ranked by late interaction, with their vectors and words as further evidence.

MaxSim (ColBERT, Khattab and Zaharia 2020): each token of the question finds its best cosine among the passage's tokens.
Here question tokens count by how much they say, and tokens are centred by language (`index.centre`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.centre import Centre
from index.tokens import Codec
from qa.types import Candidate, Question, Ranked


@dataclass(frozen=True, slots=True)
class Weights:
    """What evidence counts; *across* means that question and passage are in different languages.

    Chosen on development halves with `make fit`, which prints what each is worth.
    """

    maxsim: float = 1.0
    dense: float = 0.0  # within a language MaxSim says it all
    dense_across: float = 0.3
    lexical: float = 0.1
    lexical_across: float = 0.05  # of names, numbers and codes only


WEIGHTS = Weights()


def rank(
    question: Question, candidates: Sequence[Candidate], codec: Codec, centre: Centre, weights: Weights = WEIGHTS
) -> list[Ranked]:
    """Return the candidates, best first."""
    ranked = []
    for candidate, best in zip(candidates, _best(question, candidates, codec, centre), strict=True):
        found = best.max(axis=0)
        maxsim = float(found @ question.weights)
        score = weights.maxsim * maxsim + _evidence(candidate, weights, across=_across(question, candidate))
        ranked.append(Ranked(candidate, maxsim, score, found, (best[1:] @ question.weights).astype(np.float32)))
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.passage.number))


def _across(question: Question, candidate: Candidate) -> bool:
    return candidate.passage.language != question.language


def _evidence(candidate: Candidate, weights: Weights, *, across: bool) -> float:
    near = max(candidate.dense, 0.0) ** 2  # squared, or it would be a reward for the other language alone
    if across:
        return weights.dense_across * near + weights.lexical_across * candidate.lexical
    return weights.dense * near + weights.lexical * candidate.lexical


def _best(
    question: Question, candidates: Sequence[Candidate], codec: Codec, centre: Centre
) -> list[NDArray[np.float32]]:
    """Return for each candidate the best cosine of each question token in its title and in each of its sentences.

    Shape (1 + sentences, tokens); -1 for a title without tokens.
    """
    best: dict[int, NDArray[np.float32]] = {}
    for language in {candidate.passage.language for candidate in candidates}:
        those = [at for at, candidate in enumerate(candidates) if candidate.passage.language == language]
        codes = np.concatenate([candidates[at].tokens.codes for at in those])
        counts = np.concatenate([candidates[at].tokens.counts for at in those]).astype(np.int64)
        cosines = codec.cosines(codes, question.tokens, centre.of_tokens(language, codec.width))
        filled = counts > 0  # reduceat would give an empty segment its neighbour's first row
        segments = np.full((len(counts), len(question.tokens)), -1.0, dtype=np.float32)
        segments[filled] = np.maximum.reduceat(cosines, (np.cumsum(counts) - counts)[filled], axis=0)
        ends = np.cumsum([len(candidates[at].tokens.counts) for at in those])
        best |= zip(those, np.split(segments, ends[:-1]), strict=True)
    return [best[at] for at in range(len(candidates))]
