"""The first quote is compared with the sentence that holds the answer."""

import json
import lzma
from pathlib import Path

import pytest

from eval.dev_test import half_of
from eval.quotes import Case, GoldPassage, Quoting, accuracy, cases, known_answers, occurrences
from eval.types import Expected, Question
from index.types import Span
from tests.eval.fakes import write_beir
from tests.fakes import HashEmbedder, identifier

_TEXT = "The pool closes in June.\nThe works last eight months. The mayor spoke in June."
_FIRST, _SECOND, _THIRD = (0, 24), (25, 53), (54, 78)


def _folder(tmp_path: Path, texts: list[str], answers: list[str]) -> Path:
    """Return questions q0, q1, … about passages d0, d1, …, each with one answer."""
    numbers = range(len(texts))
    return write_beir(
        tmp_path / "squad2_half",
        corpus=[{"_id": f"d{number}", "title": "Force", "text": text} for number, text in enumerate(texts)],
        queries=[{"_id": f"q{number}", "text": f"when {number}?"} for number in numbers],
        qrels={"test": "".join(f"q{number}\td{number}\t1\n" for number in numbers)},
        answers=[{"_id": f"q{number}", "answers": [answer]} for number, answer in enumerate(answers)],
    )


def _case(passage: str = "d", *right: Span) -> Case:
    text = _TEXT.replace("\n", " ")
    expected = tuple(Expected(passage, text[start:end], (start, end)) for start, end in right)
    return Case("when?", GoldPassage(passage, "", text, "en", (_FIRST, _SECOND, _THIRD)), expected)


def test_the_sentences_with_an_answer_are_right(tmp_path: Path) -> None:
    (case,) = cases(_folder(tmp_path, [_TEXT], ["June"]), half_of(_TEXT), occurrences, lambda _: True)
    assert case.passage.sentences == (_FIRST, _SECOND, _THIRD)
    assert [expected.span for expected in case.expected] == [_FIRST, _THIRD]
    assert (case.question, case.passage.title, case.passage.language) == ("when 0?", "Force", "en")


def test_a_case_has_two_sentences_an_answer_and_room(tmp_path: Path) -> None:
    half = half_of(_TEXT)
    one_sentence = next(text for text in (f"It is {number}." for number in range(99)) if half_of(text) == half)
    folder = _folder(tmp_path, [_TEXT, one_sentence, _TEXT], ["June", "It", "May"])
    assert [case.question for case in cases(folder, half, occurrences, lambda _: True)] == ["when 0?"]
    assert not list(cases(folder, half, occurrences, lambda _: False))


def test_an_answer_of_known_place_is_right_there_only(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl.xz"
    rows = [
        {"id": "set:fr:q0", "answers": [{"text": "June", "start": 73}]},
        {"id": "set:fr:q1", "answers": [{"text": "June", "start": 3}]},  # another text
    ]
    with lzma.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    answers = known_answers(file)
    text = _TEXT.replace("\n", " ")
    assert answers(Question("q0", "when?", ()), text) == ((73, 77),)
    assert answers(Question("q1", "when?", ()), text) == ()
    assert answers(Question("q2", "when?", ()), text) == ()


@pytest.mark.parametrize(
    ("quote", "right"),
    [
        (_FIRST, True),
        ((4, 10), True),  # a part of the sentence
        ((0, 53), True),  # with the next sentence
        (_SECOND, False),
        (_THIRD, False),
    ],
)
def test_a_quote_is_right_if_half_of_the_shorter_is_shared(quote: Span, right: bool) -> None:
    assert accuracy([_case("d", _FIRST)], lambda *_: quote).value == right


def test_questions_about_one_passage_are_resampled_together() -> None:
    chosen = [_case("a", _FIRST)] * 3 + [_case("b", _SECOND)]
    measured = accuracy(chosen, lambda *_: _FIRST)
    assert (measured.value, measured.count, measured.interval) == (0.75, 4, (0.0, 1.0))


def test_maxsim_chooses_the_sentence_with_the_words_of_the_question() -> None:
    choose = Quoting(HashEmbedder(), identifier()).choose
    assert choose("how many months do the works last", _case().passage) == _SECOND
    assert choose("when does the pool close", _case().passage) == _FIRST
