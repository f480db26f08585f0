"""Remove the language bias of vectors, so that a question finds passages of all languages equally well.

An embedding encodes its language: in a mixed archive the passages in the language of the question rank first.
Subtracting most of the mean vector of the language removes this bias (after Yang et al., "A Simple and Effective Method
To Eliminate the Self Language Bias in Multilingual Representations", EMNLP 2021). Token vectors have the same bias and
means of their own. `make means` computes those of the bundled model; without means, vectors are unchanged.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.model.cache import Model
from index.types import Vectors, unit

FOLDER = Path(__file__).with_name("means")

TOKENS_SUFFIX = ".tokens"
"""Suffix of a language in the names of the means of token vectors."""

_SHARE = 0.8  # of the mean to subtract; 0.6 to 1 give the same ranking quality


@dataclass(frozen=True)
class LanguageMeans:
    """The mean vectors of a model, by language."""

    vectors: dict[str, Vectors]  # of passages, each of shape (dimension,)
    tokens: dict[str, Vectors] = field(default_factory=dict)  # of token vectors, each of shape (width,)

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return the means of `model`; empty if there is no file of means."""
        file = FOLDER / f"{model.identity}.npz"
        if not file.is_file():
            return cls({})
        with np.load(file, allow_pickle=False) as stored:
            means = {name: stored[name].astype(np.float32) for name in stored.files}
        tokens = {
            name.removesuffix(TOKENS_SUFFIX): mean for name, mean in means.items() if name.endswith(TOKENS_SUFFIX)
        }
        return cls({name: mean for name, mean in means.items() if not name.endswith(TOKENS_SUFFIX)}, tokens)

    def center(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Subtract the language means from unit vectors and return unit vectors; one language per row.

        A language without a mean uses the mean of all means.
        """
        if not self.vectors:
            return vectors
        known = {language: self.vectors.get(language, self._overall) for language in set(languages)}
        moved = vectors - _SHARE * np.stack([known[language] for language in languages]) if languages else vectors
        return unit(moved)

    def token_mean(self, language: str | None, width: int) -> NDArray[np.float32]:
        """Return the vector to subtract from the token vectors of a language, shape (width,).

        A language without a mean uses the mean of all means; without means the vector is zero.
        """
        if not self.tokens:
            return np.zeros(width, dtype=np.float32)
        mean = self.tokens.get(language or "")
        return np.float32(_SHARE) * (self._overall_token if mean is None else mean)

    @cached_property
    def identity(self) -> str:
        """A hash of everything that determines centered vectors."""
        digest = hashlib.sha256(str(_SHARE).encode())
        for language, mean in sorted(self.vectors.items()):
            digest.update(language.encode() + mean.tobytes())
        return digest.hexdigest()[:16]

    @cached_property
    def _overall_token(self) -> NDArray[np.float32]:
        overall: NDArray[np.float32] = np.mean(list(self.tokens.values()), axis=0, dtype=np.float32)
        return overall

    @cached_property
    def _overall(self) -> Vectors:
        overall: Vectors = np.mean(list(self.vectors.values()), axis=0)
        return overall
