"""Ranks candidates by late interaction, combined with dense and lexical scores.

MaxSim (ColBERT, Khattab and Zaharia 2020): for each question token, the best cosine among the passage's tokens. The
mean is weighted by the surprisal of the question tokens, and token vectors are centered by language
(`index.model.centering`).
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
    """Weights of the scores; *crosslingual*: question and passage are in different languages.

    Chosen on development halves with `make fit`, which prints the effect of each.
    """

    maxsim: float = 1.0
    dense: float = 0.0  # within a language it adds nothing to MaxSim
    dense_crosslingual: float = 0.3
    lexical: float = 0.1
    lexical_crosslingual: float = 0.05  # only names, numbers and codes are matched


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
    segment_cosines = _segment_cosines(question, candidates, quantizer, means)
    starts = np.cumsum([0, *(len(candidate.tokens.counts) for candidate in candidates)])  # first segment of each
    token_cosines = np.maximum.reduceat(segment_cosines, starts[:-1], axis=0)
    # Not by BLAS, whose kernels now and then report invalid values for valid ones; as fast for so few numbers.
    maxsims = np.einsum("st,t->s", token_cosines, question.weights).tolist()
    segment_scores = np.einsum("st,t->s", segment_cosines, question.weights)
    ranked = [
        Ranked(
            candidate,
            maxsims[i],
            weights.maxsim * maxsims[i] + _other_scores(question, candidate, weights),
            token_cosines[i],
            segment_scores[starts[i] + 1 : starts[i + 1]],  # without the title
        )
        for i, candidate in enumerate(candidates)
    ]
    return sorted(ranked, key=lambda each: (-each.score, each.candidate.passage.number))


def _other_scores(question: EncodedQuestion, candidate: Candidate, weights: Weights) -> float:
    """Return the weighted sum of the dense and the lexical score."""
    dense = max(candidate.dense, 0.0) ** 2  # squared, or the weight would favor passages in other languages as such
    if candidate.passage.language != question.language:
        return weights.dense_crosslingual * dense + weights.lexical_crosslingual * candidate.lexical
    return weights.dense * dense + weights.lexical * candidate.lexical


def _segment_cosines(
    question: EncodedQuestion, candidates: Sequence[Candidate], quantizer: TokenQuantizer, means: LanguageMeans
) -> NDArray[np.float32]:
    """Return the best cosine of each question token in each segment: a candidate's title or one of its sentences.

    Shape (segments of all candidates, question tokens); -1 for a title without tokens.
    """
    languages = sorted({candidate.passage.language for candidate in candidates})
    token_means = np.stack([means.token_mean(language, quantizer.token_width) for language in languages])
    lengths = [len(candidate.tokens.codes) for candidate in candidates]
    token_languages = np.repeat([languages.index(candidate.passage.language) for candidate in candidates], lengths)
    codes = np.concatenate([candidate.tokens.codes for candidate in candidates])
    counts = np.concatenate([candidate.tokens.counts for candidate in candidates]).astype(np.int64)
    cosines = quantizer.cosines(codes, question.tokens, quantizer.project(token_means), token_languages)
    filled = counts > 0  # reduceat would give an empty segment the first row of the next one
    segment_cosines = np.full((len(counts), len(question.tokens)), -1.0, dtype=np.float32)
    segment_cosines[filled] = np.maximum.reduceat(cosines, (np.cumsum(counts) - counts)[filled], axis=0)
    return segment_cosines
