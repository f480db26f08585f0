"""Token vectors in two bits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx.parser
import pytest

import index.model.quantize
from index.model.cache import Model
from index.model.embed import Embedding
from index.model.quantize import COMPONENTS, MIN_SURPRISAL, TokenQuantizer, fit, unpacked
from tests.fakes import HashEmbedder, fake_model

_PRODUCTS = """
<ir_version: 8, opset_import: ["": 13]>
products (
    uint8[codes, quarter] codes0, uint8[codes, quarter] codes1, uint8[codes, quarter] codes2,
    uint8[codes, quarter] codes3, int8[quarter, asked] others0, int8[quarter, asked] others1,
    int8[quarter, asked] others2, int8[quarter, asked] others3
) => (int32[codes, asked] sum)
{
    product0 = MatMulInteger (codes0, others0)
    product1 = MatMulInteger (codes1, others1)
    product2 = MatMulInteger (codes2, others2)
    product3 = MatMulInteger (codes3, others3)
    first = Add (product0, product1)
    last = Add (product2, product3)
    sum = Add (first, last)
}
"""
_TEXT = "The bridge\nIt opened in June. Nobody came."
_HEADING = len("The bridge\n")
_SENTENCES = [(0, 18), (19, 31)]


def _embedded(information: list[float] | None = None) -> Embedding:
    (embedding,) = HashEmbedder().passages([_TEXT])
    surprisal = np.array(information or [MIN_SURPRISAL] * len(embedding.spans), dtype=np.float32)
    return Embedding(embedding.vector, embedding.tokens, embedding.spans, surprisal)


@pytest.fixture(scope="module")
def quantizer() -> TokenQuantizer:
    return TokenQuantizer(fake_model())


def _cosines(
    quantizer: TokenQuantizer, codes: np.ndarray, question: np.ndarray, mean: np.ndarray | float = 0.0
) -> np.ndarray:
    means = np.zeros((1, quantizer.width), dtype=np.float32) + np.float32(mean)
    return quantizer.cosines(codes, question, means, np.zeros(len(codes), dtype=np.intp))


def _decoded(model: Model, codes: np.ndarray) -> np.ndarray:
    """Return the vectors that codes stand for."""
    levels = np.hstack([codes & 3, codes >> 2 & 3, codes >> 4 & 3, codes >> 6])
    return np.array(model.component_means) + model.level_step * (levels - 1.5)


def _fitted(sample: np.ndarray, components: int = COMPONENTS) -> Model:
    """Return a model with constants fitted to token vectors."""
    projection, means, step = fit(sample.astype(np.float32), components)
    return replace(fake_model(), projection=projection, component_means=means, level_step=step)


def test_title_and_sentences_have_their_own_tokens(quantizer: TokenQuantizer) -> None:
    codes = quantizer.encode(_embedded(), _HEADING, _SENTENCES)
    assert codes.counts.tolist() == [2, 5, 3]
    assert codes.codes.shape == (10, quantizer.width // 4)
    assert codes.codes.dtype == np.uint8


def test_decoded_vectors_are_nearly_the_ones_encoded(quantizer: TokenQuantizer) -> None:
    embedding = _embedded()
    decoded = _decoded(fake_model(), quantizer.encode(embedding, _HEADING, _SENTENCES).codes)
    unit = embedding.tokens / np.linalg.norm(embedding.tokens, axis=1, keepdims=True)
    cosines = (decoded * unit).sum(axis=1) / np.linalg.norm(decoded, axis=1)
    assert cosines.min() > 0.9


def test_cosines_are_those_of_the_decoded_vectors_without_their_mean() -> None:
    random = np.random.default_rng(1)
    model = _fitted(random.standard_normal((300, 32)) + 0.5)
    quantizer = TokenQuantizer(model)
    codes = random.integers(0, 256, (50, 8), dtype=np.uint8)
    mean = (random.standard_normal(quantizer.width) / 30).astype(np.float32)
    question = random.standard_normal((4, quantizer.width)).astype(np.float32)
    question /= np.linalg.norm(question, axis=1, keepdims=True)
    moved = _decoded(model, codes) - mean
    expected = moved @ question.T / np.linalg.norm(moved, axis=1, keepdims=True)
    assert _cosines(quantizer, codes, question, mean) == pytest.approx(expected, abs=0.01)


def test_every_code_is_centered_with_its_own_mean(quantizer: TokenQuantizer) -> None:
    random = np.random.default_rng(2)
    codes = quantizer.encode(_embedded(), _HEADING, _SENTENCES).codes
    means = (random.standard_normal((3, quantizer.width)) / 30).astype(np.float32)
    question = np.eye(quantizer.width, dtype=np.float32)[:5]
    rows = np.arange(len(codes)) % 3
    cosines = quantizer.cosines(codes, question, means, rows)
    for row, mean in enumerate(means):
        assert cosines[rows == row] == pytest.approx(_cosines(quantizer, codes[rows == row], question, mean), abs=1e-5)


def test_the_file_of_products_is_what_it_is_said_to_be() -> None:
    file = Path(index.model.quantize.__file__).with_name("int8_dot.onnx")
    assert onnx.load(file) == onnx.parser.parse_model(_PRODUCTS)


def test_many_vectors_give_the_same_cosines_as_few(quantizer: TokenQuantizer) -> None:
    codes = quantizer.encode(_embedded(), _HEADING, _SENTENCES).codes
    question = np.eye(quantizer.width, dtype=np.float32)[:3]
    many = _cosines(quantizer, np.tile(codes, (130, 1)), question)
    assert many == pytest.approx(np.tile(_cosines(quantizer, codes, question), (130, 1)), abs=1e-5)


def test_frequent_tokens_are_omitted_but_every_sentence_keeps_one(quantizer: TokenQuantizer) -> None:
    frequent, rare = 1.0, MIN_SURPRISAL
    information = [rare, frequent, *[rare, frequent, frequent, rare, frequent], *[frequent, frequent, frequent]]
    codes = quantizer.encode(_embedded(information), _HEADING, _SENTENCES)
    assert codes.counts.tolist() == [1, 2, 3]


def test_a_sentence_without_a_token_of_its_own_has_the_passages_mean(quantizer: TokenQuantizer) -> None:
    codes = quantizer.encode(_embedded(), _HEADING, [(0, 18), (18, 18)])
    assert codes.counts.tolist() == [2, 5, 1]


def test_a_passage_without_title_has_no_title_tokens(quantizer: TokenQuantizer) -> None:
    codes = quantizer.encode(_embedded(), 0, [(0, len(_TEXT))])
    assert codes.counts.tolist() == [0, 10]


def test_vectors_are_projected_to_the_space_in_which_the_sample_lies() -> None:
    random = np.random.default_rng(2)
    sample = random.standard_normal((500, 8)) @ random.standard_normal((8, 32))
    axes = unpacked(_fitted(sample, 8).projection, 8)
    assert axes.T @ axes == pytest.approx(np.eye(8), abs=0.01)
    assert sample @ axes @ axes.T == pytest.approx(sample, abs=0.1)


def test_the_four_levels_of_a_component_are_a_deviation_apart_around_its_mean() -> None:
    sample = np.random.default_rng(2).standard_normal((500, 8)) + 3 * np.eye(8)[0]
    model = _fitted(sample)
    projected = sample @ unpacked(model.projection, 8)
    projected /= np.linalg.norm(projected, axis=1, keepdims=True)
    assert model.component_means == pytest.approx(projected.mean(axis=0), abs=1e-4)
    assert model.level_step == pytest.approx(np.sqrt(projected.var(axis=0).mean()), abs=1e-4)
    steps = np.array([-9, -1.01, -0.99, -0.01, 0.01, 0.99, 1.01, 9])
    levels = np.array(model.component_means) + model.level_step * steps[:, None]
    codes = TokenQuantizer(model).quantize(levels.astype(np.float32))
    assert (codes & 3)[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_the_variance_of_the_sample_is_spread_over_the_components() -> None:
    random = np.random.default_rng(2)
    sample = random.standard_normal((2000, 32)) * np.geomspace(4, 1, 32)
    projected = sample @ unpacked(_fitted(sample).projection, 32)
    assert projected.std(axis=0).max() < 2 * projected.std(axis=0).min()


def test_a_projection_has_at_most_as_many_components_as_the_vectors_and_a_multiple_of_four() -> None:
    model = _fitted(np.random.default_rng(2).standard_normal((50, 10)))
    assert unpacked(model.projection, 8).shape == (10, 8)
    assert len(model.component_means) == 8
