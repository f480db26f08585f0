"""Embedding with the real model."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from index.model.cache import Model
from index.model.embed import Embedder
from tests.fakes import fake_model

TEXTS = [
    "Le pont rouvre lundi.",
    "Why did the engineer leave?",
    "港口星期一重新开放。",
    "يعاد فتح الجسر يوم الاثنين.",
    "Bravo 🎉👩‍👩‍👧 !",
    "Sansespacesdutoutdanscettelonguephrase",
    "x",
    "Une phrase nettement plus longue que les autres" + ", pour que les longueurs diffèrent beaucoup" * 9,
]


def test_a_vector_has_the_dimension_and_unit_length(embedder: Embedder) -> None:
    for embedding in [*embedder.passages(TEXTS), *map(embedder.question, TEXTS)]:
        assert embedding.vector.shape == (embedder.model.dimension,)
        assert embedding.vector.dtype == np.float32
        assert np.linalg.norm(embedding.vector) == pytest.approx(1, abs=1e-5)


def test_a_text_has_the_same_vector_next_to_any_others(embedder: Embedder) -> None:
    alone = [next(iter(embedder.passages([text]))).vector for text in TEXTS]
    together = [embedding.vector for embedding in embedder.passages(TEXTS)]
    backwards = [embedding.vector for embedding in embedder.passages(TEXTS[::-1])][::-1]
    for one, two, three in zip(alone, together, backwards, strict=True):
        assert one.tobytes() == two.tobytes() == three.tobytes()


@pytest.mark.parametrize("workers", [1, 3])
def test_a_text_has_the_same_vector_in_another_embedder(
    embedder: Embedder, model: Model, cache: Path, workers: int
) -> None:
    with Embedder(model, model.folder(cache), workers) as other:
        for one, two in zip(embedder.passages(TEXTS), other.passages(TEXTS), strict=True):
            assert one.vector.tobytes() == two.vector.tobytes()
            assert one.tokens.tobytes() == two.tokens.tobytes()


def test_threads_may_share_an_embedder(embedder: Embedder) -> None:
    expected = [embedder.question(text).vector.tobytes() for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            assert [each.vector.tobytes() for each in pool.map(embedder.question, TEXTS)] == expected


def test_a_question_finds_its_passage_in_another_language(embedder: Embedder) -> None:
    passages = [
        "Le pont rouvre lundi après deux ans de travaux.",
        "La recette demande trois œufs et du beurre salé.",
        "L’équipe a perdu la finale aux tirs au but.",
    ]
    vectors = np.stack([embedding.vector for embedding in embedder.passages(passages)])
    for question, best in (("When does the bridge reopen?", 0), ("¿Cuántos huevos?", 1), ("谁输了决赛？", 2)):
        assert int(np.argmax(vectors @ embedder.question(question).vector)) == best


def test_a_question_and_a_passage_of_the_same_text_differ(embedder: Embedder) -> None:
    (passage,) = embedder.passages(["Le pont rouvre."])
    assert not np.array_equal(passage.vector, embedder.question("Le pont rouvre.").vector)


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_cover_the_text_in_order(embedder: Embedder, text: str) -> None:
    spans = embedder.token_spans(text)
    covered = {at for start, end in spans for at in range(start, end)}
    assert {at for at, character in enumerate(text) if not character.isspace()} <= covered
    assert spans == sorted(spans)
    assert all(0 <= start <= end <= len(text) for start, end in spans)


@pytest.mark.parametrize("text", TEXTS)
def test_an_embedding_has_a_row_for_every_token_of_the_text(embedder: Embedder, text: str) -> None:
    (passage,) = embedder.passages([text])
    for embedding in (passage, embedder.question(text)):
        assert embedding.tokens.shape[0] == embedding.spans.shape[0]
        assert embedding.spans.min() == 0
        assert embedding.spans.max() == len(text)
        covered = {at for start, end in embedding.spans.tolist() for at in range(start, end)}
        assert {at for at, character in enumerate(text) if not character.isspace()} <= covered


@pytest.mark.parametrize("text", ["", *TEXTS])
def test_the_surprisal_of_a_question_needs_no_embedding(embedder: Embedder, text: str) -> None:
    embedding = embedder.question(text)
    spans, surprisal = embedder.surprisal(text)
    assert spans.tolist() == embedding.spans.tolist()
    assert surprisal.tolist() == embedding.surprisal.tolist()


def test_every_part_of_a_question_longer_than_the_model_counts(embedder: Embedder) -> None:
    words = " ".join(f"mot{number}" for number in range(1000))
    first, second = embedder.question(words), embedder.question(f"{words} piscine municipale")
    assert first.vector.tobytes() != second.vector.tobytes()
    assert second.spans[-1][1] == len(words) + len(" piscine municipale")
    assert float(np.linalg.norm(second.vector)) == pytest.approx(1, abs=1e-5)


def test_an_empty_question_has_a_vector_and_no_tokens(embedder: Embedder) -> None:
    embedding = embedder.question("")
    assert np.isfinite(embedding.vector).all()
    assert len(embedding.spans) == len(embedding.tokens)


def test_a_passage_of_the_maximum_length_is_embedded_and_a_longer_one_refused(embedder: Embedder) -> None:
    text = " ".join(["a"] * 600)
    spans = embedder.token_spans(text)
    # After the prompt a text may have one token less than alone, so one more token may fit.
    fits, too_long = (
        text[: spans[embedder.max_passage_tokens - 1][1]],
        text[: spans[embedder.max_passage_tokens + 1][1]],
    )
    (embedding,) = embedder.passages([fits])
    assert len(embedding.spans) == embedder.max_passage_tokens
    with pytest.raises(ValueError, match="more than the limit of bundled"):
        list(embedder.passages([too_long]))


def test_no_passages_have_no_vectors(embedder: Embedder) -> None:
    assert list(embedder.passages([])) == []


@pytest.mark.parametrize("files", [{}, {"model.onnx": b"x"}, {"model.onnx": b"", "tokenizer.json": b"{}"}])
def test_a_folder_that_cannot_be_loaded_is_named(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"^{tmp_path}: the model cannot be loaded"):
        Embedder(fake_model(), tmp_path)
