"""Candidates are ranked by late interaction, with their vectors and words as further evidence.

MaxSim (ColBERT, Khattab and Zaharia 2020): each token of the question finds its best cosine among the passage's tokens.
Here question tokens count by how much they say, and tokens are centred by language (`index.model.centering`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.model.centering import LanguageMeans
from index.model.quantize import TokenQuantizer
from index.types import Candidate, EncodedQuestion
from qa.types import Ranked


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
    question: EncodedQuestion,
    candidates: Sequence[Candidate],
    quantizer: TokenQuantizer,
    means: LanguageMeans,
    weights: Weights = WEIGHTS,
) -> list[Ranked]:
    """Return the candidates, best first."""
    if not candidates:
        return []
    segments = _segments(question, candidates, quantizer, means)
    begin = np.cumsum([0, *(len(candidate.tokens.counts) for candidate in candidates)])
    found = np.maximum.reduceat(segments, begin[:-1], axis=0)
    maxsims, sentences = (found @ question.weights).tolist(), segments @ question.weights
    ranked = [
        Ranked(
            candidate,
            maxsims[at],
            weights.maxsim * maxsims[at] + _other_scores(candidate, weights, across=_across(question, candidate)),
            found[at],
            sentences[begin[at] + 1 : begin[at + 1]],
        )
        for at, candidate in enumerate(candidates)
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.passage.number))


def _across(question: EncodedQuestion, candidate: Candidate) -> bool:
    return candidate.passage.language != question.language


def _other_scores(candidate: Candidate, weights: Weights, *, across: bool) -> float:
    near = max(candidate.dense, 0.0) ** 2  # squared, or it would be a reward for the other language alone
    if across:
        return weights.dense_across * near + weights.lexical_across * candidate.lexical
    return weights.dense * near + weights.lexical * candidate.lexical


def _segments(
    question: EncodedQuestion, candidates: Sequence[Candidate], quantizer: TokenQuantizer, means: LanguageMeans
) -> NDArray[np.float32]:
    """Return the best cosine of each question token in each candidate's title and in each of its sentences.

    Shape (segments of all candidates, tokens); -1 for a title without tokens.
    """
    languages = sorted({candidate.passage.language for candidate in candidates})
    token_means = np.stack([means.token_mean(language, quantizer.width) for language in languages])
    lengths = [len(candidate.tokens.codes) for candidate in candidates]
    of = np.repeat([languages.index(candidate.passage.language) for candidate in candidates], lengths)
    codes = np.concatenate([candidate.tokens.codes for candidate in candidates])
    counts = np.concatenate([candidate.tokens.counts for candidate in candidates]).astype(np.int64)
    cosines = quantizer.cosines(codes, question.tokens, token_means, of)
    filled = counts > 0  # reduceat would give an empty segment its neighbour's first row
    segments = np.full((len(counts), len(question.tokens)), -1.0, dtype=np.float32)
    segments[filled] = np.maximum.reduceat(cosines, (np.cumsum(counts) - counts)[filled], axis=0)
    return segments
