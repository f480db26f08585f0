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
    if not candidates:
        return []
    segments = _segments(question, candidates, codec, centre)
    begin = np.cumsum([0, *(len(candidate.tokens.counts) for candidate in candidates)])
    found = np.maximum.reduceat(segments, begin[:-1], axis=0)
    maxsims, sentences = (found @ question.weights).tolist(), segments @ question.weights
    ranked = [
        Ranked(
            candidate,
            maxsims[at],
            weights.maxsim * maxsims[at] + _evidence(candidate, weights, across=_across(question, candidate)),
            found[at],
            sentences[begin[at] + 1 : begin[at + 1]],
        )
        for at, candidate in enumerate(candidates)
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.passage.number))


def _across(question: Question, candidate: Candidate) -> bool:
    return candidate.passage.language != question.language


def _evidence(candidate: Candidate, weights: Weights, *, across: bool) -> float:
    near = max(candidate.dense, 0.0) ** 2  # squared, or it would be a reward for the other language alone
    if across:
        return weights.dense_across * near + weights.lexical_across * candidate.lexical
    return weights.dense * near + weights.lexical * candidate.lexical


def _segments(question: Question, candidates: Sequence[Candidate], codec: Codec, centre: Centre) -> NDArray[np.float32]:
    """Return the best cosine of each question token in each candidate's title and in each of its sentences.

    Shape (segments of all candidates, tokens); -1 for a title without tokens.
    """
    languages = sorted({candidate.passage.language for candidate in candidates})
    means = np.stack([centre.of_tokens(language, codec.width) for language in languages])
    lengths = [len(candidate.tokens.codes) for candidate in candidates]
    of = np.repeat([languages.index(candidate.passage.language) for candidate in candidates], lengths)
    codes = np.concatenate([candidate.tokens.codes for candidate in candidates])
    counts = np.concatenate([candidate.tokens.counts for candidate in candidates]).astype(np.int64)
    cosines = codec.cosines(codes, question.tokens, means, of)
    filled = counts > 0  # reduceat would give an empty segment its neighbour's first row
    segments = np.full((len(counts), len(question.tokens)), -1.0, dtype=np.float32)
    segments[filled] = np.maximum.reduceat(cosines, (np.cumsum(counts) - counts)[filled], axis=0)
    return segments
