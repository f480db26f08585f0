"""Removal of the language bias of vectors."""

import numpy as np
import pytest

from index.model.cache import Model
from index.model.centering import FOLDER, LanguageMeans
from index.types import Vectors
from tests.fakes import fake_model


def unit(count: int, seed: int) -> Vectors:
    """Return random unit vectors."""
    rows = np.random.default_rng(seed).standard_normal((count, 16)).astype(np.float32)
    vectors: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


MEANS = dict(zip(("fr", "en"), unit(2, 0) * 0.9, strict=True))


def test_a_model_without_means_is_left_as_it_is() -> None:
    means = LanguageMeans.of(fake_model())
    vectors = unit(3, 1)
    assert means.vectors == {}
    assert np.array_equal(means.center(vectors, ["fr", "en", "zh"]), vectors)


def test_centered_vectors_have_unit_length() -> None:
    centered = LanguageMeans(MEANS).center(unit(5, 1), ["fr", "en", "fr", "zh", "ar"])
    assert centered.dtype == np.float32
    assert np.allclose(np.linalg.norm(centered, axis=1), 1, atol=1e-6)


def test_centering_removes_the_language_bias() -> None:
    topics = unit(2, 2)
    mixed = np.concatenate([topics + 2 * MEANS["fr"], topics + 2 * MEANS["en"]])
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    centered = LanguageMeans(MEANS).center(mixed.astype(np.float32), ["fr", "fr", "en", "en"])
    assert mixed[0] @ mixed[1] > mixed[0] @ mixed[2]  # the language before the topic
    assert centered[0] @ centered[2] > centered[0] @ centered[1]  # the topic before the language


def test_an_unknown_language_uses_the_mean_of_all() -> None:
    vector = unit(1, 3)
    overall = {"xx": np.mean(list(MEANS.values()), axis=0)}
    assert np.allclose(LanguageMeans(MEANS).center(vector, ["zh"]), LanguageMeans(overall).center(vector, ["xx"]))


def test_a_row_does_not_depend_on_the_others() -> None:
    vectors = unit(3, 4)
    together = LanguageMeans(MEANS).center(vectors, ["fr", "en", "zh"])
    for row, language in enumerate(["fr", "en", "zh"]):
        assert np.array_equal(LanguageMeans(MEANS).center(vectors[row : row + 1], [language])[0], together[row])


@pytest.mark.parametrize("means", [{}, MEANS])
def test_no_vectors_are_no_vectors(means: dict[str, Vectors]) -> None:
    assert LanguageMeans(means).center(np.empty((0, 16), dtype=np.float32), []).shape == (0, 16)


def test_the_means_kept_are_shorter_than_unit_vectors() -> None:
    files = sorted(FOLDER.glob("*.npz"))
    assert files
    for file in files:
        identity = file.name.removesuffix(".npz")
        for mean in LanguageMeans.of(fake_model(identity)).vectors.values():
            assert 0.3 < float(np.linalg.norm(mean)) < 1


def test_the_bundled_model_has_means_for_many_languages(model: Model) -> None:
    means = LanguageMeans.of(model).vectors
    assert {"fr", "en", "es", "de", "ar", "zh", "ru", "hi"} <= set(means)
    assert {mean.shape for mean in means.values()} == {(model.dimension,)}
