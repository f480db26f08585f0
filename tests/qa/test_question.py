"""Question validation."""

import pytest

from index.errors import QuestionError, QuestionTooLong
from qa.question import MAX_QUESTION, MAX_TOKENS, check, check_tokens
from tests.fakes import HashEmbedder


def test_a_question_is_trimmed_and_composed() -> None:
    assert check("  pourquoi cette de\u0301cision ?\n") == "pourquoi cette décision ?"


def test_a_question_of_maximum_length_is_accepted() -> None:
    assert len(check("é" * MAX_QUESTION)) == MAX_QUESTION


@pytest.mark.parametrize("question", ["", " ", "\t\n\u00a0\u3000", "\u200b\u200b", "\ufeff"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="question is empty"):
        check(question)


def test_a_question_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(QuestionError, match=r"2001 characters.*at most 2000"):
        check("a" * (MAX_QUESTION + 1))


@pytest.mark.parametrize(
    ("question", "code"), [("qui\x00 ?", "U+0000"), ("qui\x1b[31m ?", "U+001B"), ("a\x85b", "U+0085")]
)
def test_a_control_character_is_named(question: str, code: str) -> None:
    with pytest.raises(QuestionError, match=code.replace("+", r"\+")):
        check(question)


@pytest.mark.parametrize("question", ["?", "🙂", "为什么？", 'foo:bar AND "x', "KALINOWSKI", "¿Por qué?"])
def test_an_unusual_question_is_accepted(question: str) -> None:
    assert check(question) == question


def test_a_question_of_combining_marks_is_refused_before_normalization() -> None:
    with pytest.raises(QuestionError, match="128001 characters"):
        check("a" + "\u0301\u0323" * 64_000)


def test_a_question_of_too_many_tokens_is_refused() -> None:
    embedder = HashEmbedder()
    check_tokens("a" * MAX_QUESTION, embedder)
    check_tokens("é?" * (MAX_TOKENS // 2), embedder)
    with pytest.raises(QuestionTooLong, match=r"641 tokens.*at most 640"):
        check_tokens("?" * (MAX_TOKENS + 1), embedder)
