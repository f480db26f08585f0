"""The reader: what its logits mean, how question and window become tokens, and files that are not a reader."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from index.errors import ModelError
from index.model.embed import Embedder
from qa.reader import MAX_TOKENS, Encoder, Input, Reader, Window, available, interpret
from tests.fakes import fake_model

_WORDS = "query passage : why left Title She resigned today"
_WINDOW = Window("Title\nShe resigned today : why", 6, ((6, 24), (25, 30)))
_SAVED = Path("saved.onnx")


def _encoder() -> Encoder:
    """Return an encoder whose tokens are words and other characters."""
    vocabulary = {word: number for number, word in enumerate(["<s>", "</s>", "<unk>", *_WORDS.split()])}
    tokenizer = Tokenizer(WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    return Encoder(tokenizer)


def _input(offsets: list[tuple[int, int]]) -> Input:
    """Return the tokens of a window with these offsets; the first logit is of no answer, the second of the title."""
    ids = np.zeros(len(offsets) + 3, dtype=np.int64)
    return Input(ids, 1, 2, np.array(offsets, dtype=np.int32).reshape(-1, 2))


def _logits(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def _saved(file: Path, outputs: tuple[str, str, str] = ("starts", "ends", "answerable")) -> Path:
    """Save a network with the inputs and outputs of a reader, which computes means of embeddings."""
    from onnx import TensorProto, helper, save

    nodes = [
        helper.make_node("ReduceMean", ["rows"], [name], axes=axes, keepdims=0)
        for name, axes in zip(outputs, ([0, 2], [0, 2], [1, 2]), strict=True)
    ]
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [1, "tokens", "width"])
    types = helper.make_tensor_value_info("types", TensorProto.INT64, [1, "tokens"])
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["any"]) for name in outputs]
    graph = helper.make_graph(nodes, "reader", [rows, types], results)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file


def test_the_answer_of_a_sentence_goes_from_its_best_start_to_its_best_end_after_it() -> None:
    tokens = _input([(6, 9), (10, 18), (19, 24)])
    reading = interpret(_logits(1, 9, 0, 4, 1, 9), _logits(2, 9, 5, 0, 3, 9), 0.5, tokens, [(6, 24)])
    assert reading.answers == ((10, 24),)  # the best end, 5, is before the start
    assert (reading.answerable, reading.span) == (0.5, (4 + 3) - (1 + 2))
    assert reading.score == pytest.approx(4.5)


def test_the_log_probabilities_of_sentences_are_those_that_the_answer_starts_in_them() -> None:
    tokens = _input([(0, 3), (4, 8), (9, 12)])
    starts = _logits(9, 9, *np.log([0.5, 0.25, 0.25]), 9)
    reading = interpret(starts, _logits(*[0] * 6), 0, tokens, [(0, 8), (9, 12)])
    assert np.exp(reading.sentences) == pytest.approx([0.75, 0.25])
    assert reading.answers == ((0, 3), (9, 12))


def test_a_sentence_beyond_the_last_token_has_no_answer() -> None:
    reading = interpret(_logits(0, 0, 1, 0), _logits(0, 0, 1, 0), 0, _input([(0, 3)]), [(0, 3), (4, 8)])
    assert reading.answers == ((0, 3), None)
    assert reading.sentences.tolist() == [0, -np.inf]


def test_an_answer_stays_within_its_sentence_and_below_sixty_tokens() -> None:
    offsets = [(number, number + 1) for number in range(100)]
    starts, ends = np.zeros(103, dtype=np.float32), np.zeros(103, dtype=np.float32)
    starts[2], ends[101], ends[40] = 5, 5, 1
    reading = interpret(starts, ends, 0, _input(offsets), [(0, 100)])
    assert reading.answers == ((0, 39),)  # the best end is a hundred tokens after the best start
    straddling = interpret(_logits(0, 0, 1, 0), _logits(0, 0, 1, 0), 0, _input([(0, 9)]), [(2, 5), (5, 9)])
    assert straddling.answers == ((2, 5), (5, 9))


def test_a_window_without_tokens_answers_nothing() -> None:
    reading = interpret(_logits(0, 0, 0), _logits(0, 0, 0), 1, _input([]), [(0, 3)])
    assert (reading.answers, reading.score) == ((None,), -np.inf)


def test_tokens_of_the_text_come_after_those_of_question_and_title() -> None:
    tokens = _encoder().encode("why", _WINDOW.text, _WINDOW.body)
    text = [_WINDOW.text[start:end] for start, end in tokens.offsets.tolist()]
    assert text == ["She", "resigned", "today", ":", "why"]
    assert len(tokens.ids) == tokens.body + len(text) + 1
    assert tokens.ids[[0, tokens.passage - 1, -1]].tolist() == [0, 1, 1]  # <s> … </s> … </s>


def test_the_end_of_a_long_window_and_of_a_long_question_is_cut_off() -> None:
    tokens = _encoder().encode("why " * 500, "today " * 500, 0)
    assert len(tokens.ids) == MAX_TOKENS
    assert tokens.passage == 66
    assert len(tokens.offsets) == MAX_TOKENS - 66 - 2 - 1  # without "passage :" and the last </s>


def test_windows_are_read_in_order_and_each_reading_is_of_its_window(
    embedder: Embedder, cache: Path, tmp_path: Path
) -> None:
    texts = ["Elle part lundi.", "Le pont rouvre. La piscine ferme.", "港口星期一重新开放。", "x"]
    windows = [Window(text, 0, ((0, len(text)),)) for text in texts]
    with Reader(embedder, embedder.model.folder(cache), _saved(tmp_path / _SAVED)) as reader:
        together = reader.read("why?", windows)
        alone = [reader.read("why?", [window])[0] for window in windows]
    assert [(reading.answerable, reading.answers) for reading in together] == [
        (reading.answerable, reading.answers) for reading in alone
    ]
    for text, reading in zip(texts, together, strict=True):
        [answer] = reading.answers
        assert answer
        assert 0 <= answer[0] < answer[1] <= len(text)


def test_no_window_is_read_once_there_is_a_hurry(embedder: Embedder, cache: Path, tmp_path: Path) -> None:
    windows = [_WINDOW] * 40
    asked: list[int] = []

    def hurry() -> bool:
        asked.append(1)
        return len(asked) > 3

    with Reader(embedder, embedder.model.folder(cache), _saved(tmp_path / _SAVED)) as reader:
        assert len(reader.read("why?", windows, hurry)) <= 3
        assert reader.read("why?", windows, lambda: True) == []
        assert len(reader.read("why?", windows)) == 40


@pytest.mark.parametrize(
    "broken",
    [
        lambda file: None,
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(_saved(file).read_bytes()[:100]),
        lambda file: _saved(file, ("starts", "ends", "other")),
    ],
    ids=["missing", "empty", "cut off", "another model"],
)
def test_a_file_that_is_no_reader_is_an_error_with_its_name_and_the_remedy(
    embedder: Embedder, cache: Path, tmp_path: Path, broken: Callable[[Path], object]
) -> None:
    file = tmp_path / _SAVED
    broken(file)
    with pytest.raises(ModelError, match=r"saved\.onnx: the reader cannot be loaded .*set NEWSQA_READER=off"):
        Reader(embedder, embedder.model.folder(cache), file)


def test_a_reader_is_available_only_for_the_model_it_was_trained_with(tmp_path: Path) -> None:
    description = tmp_path / "reader.json"
    assert not available(fake_model("fake@0"), description)
    description.write_text(json.dumps({"model": "fake@0"}), encoding="utf-8")
    assert available(fake_model("fake@0"), description)
    assert not available(fake_model("fake@1"), description)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_malformed_description_is_an_error_with_its_name_and_the_remedy(tmp_path: Path, content: bytes) -> None:
    description = tmp_path / "reader.json"
    description.write_bytes(content)
    with pytest.raises(ModelError, match=r"reader\.json: not the description of a reader .*reinstall newsqa"):
        available(fake_model(), description)
