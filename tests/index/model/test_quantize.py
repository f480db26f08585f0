"""Token vectors in four bits."""

from pathlib import Path

import numpy as np
import onnx.parser
import pytest

import index.model.quantize
from index.model.embed import Embedding
from index.model.quantize import MIN_SURPRISAL, TokenQuantizer, fit_grid
from index.types import TokenCodes
from tests.fakes import HashEmbedder, fake_model

_PRODUCTS = """
<ir_version: 8, opset_import: ["": 13]>
products (uint8[codes, half] first, uint8[codes, half] second, int8[half, asked] low, int8[half, asked] high)
    => (int32[codes, asked] sum)
{
    one = MatMulInteger (first, low)
    other = MatMulInteger (second, high)
    sum = Add (one, other)
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


def _decoded(quantizer: TokenQuantizer, codes: TokenCodes) -> np.ndarray:
    """Return the vectors by asking for the cosine to each axis."""
    return _cosines(quantizer, codes.codes, np.eye(quantizer.width, dtype=np.float32))


def test_title_and_sentences_have_their_own_tokens(quantizer: TokenQuantizer) -> None:
    codes = quantizer.encode(_embedded(), _HEADING, _SENTENCES)
    assert codes.counts.tolist() == [2, 5, 3]
    assert codes.codes.shape == (10, quantizer.width // 2)
    assert codes.codes.dtype == np.uint8


def test_decoded_vectors_are_nearly_the_ones_encoded(quantizer: TokenQuantizer) -> None:
    embedding = _embedded()
    decoded = _decoded(quantizer, quantizer.encode(embedding, _HEADING, _SENTENCES))
    unit = embedding.tokens / np.linalg.norm(embedding.tokens, axis=1, keepdims=True)
    cosines = (decoded * unit).sum(axis=1) / np.linalg.norm(decoded, axis=1)
    assert cosines.min() > 0.98


def test_cosines_are_those_of_the_vectors_without_their_mean(quantizer: TokenQuantizer) -> None:
    random = np.random.default_rng(1)
    codes = quantizer.encode(_embedded(), _HEADING, _SENTENCES)
    mean = (random.standard_normal(quantizer.width) / 30).astype(np.float32)
    question = random.standard_normal((4, quantizer.width)).astype(np.float32)
    question /= np.linalg.norm(question, axis=1, keepdims=True)
    moved = _decoded(quantizer, codes) - mean
    expected = moved @ question.T / np.linalg.norm(moved, axis=1, keepdims=True)
    assert _cosines(quantizer, codes.codes, question, mean) == pytest.approx(expected, abs=0.01)


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


def test_products_in_whole_numbers_are_those_of_the_codes_decoded(quantizer: TokenQuantizer) -> None:
    random = np.random.default_rng(3)
    codes = quantizer.encode(_embedded(), _HEADING, _SENTENCES).codes
    question = random.standard_normal((50, quantizer.width)).astype(np.float32)
    question /= np.linalg.norm(question, axis=1, keepdims=True)
    low, step = np.array(fake_model().grid)
    decoded = low + step * np.hstack([codes & 15, codes >> 4])
    # The encoded vectors have unit length, so without a mean a cosine is a dot product.
    assert _cosines(quantizer, codes, question) == pytest.approx(decoded @ question.T, abs=0.01)


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


def test_a_grid_covers_what_components_usually_are() -> None:
    random = np.random.default_rng(2)
    sample = random.standard_normal((500, 8)).astype(np.float32)
    sample[:, 0] += 3
    low, step = (np.array(row) for row in fit_grid(sample))
    unit = sample / np.linalg.norm(sample, axis=1, keepdims=True)
    inside = (unit >= low) & (unit <= low + 15 * step)
    assert inside.mean() > 0.99
    assert (step < 0.3).all()
