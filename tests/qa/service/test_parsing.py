"""Texts that clients send are read the same in another process, which ends when it takes too long."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing

import pytest

from index.errors import FieldError
from index.read.article import RawArticle, readable
from qa.service.parsing import Parser
from qa.service.schemas.writing import NewArticle

_LONG = "# Le pont\n\nIl *ouvre* lundi, [dit la mairie](https://example.org/) : « enfin ! » 🌉\n\n" * 300
_ENDLESS = "<p " * 100_000  # takes minutes: the end of each tag is looked for to the end of the text


@pytest.fixture
def parser() -> Iterator[Parser]:
    with closing(Parser()) as parser:
        yield parser


def _read(steps: Generator[None, None, RawArticle]) -> RawArticle:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            article: RawArticle = end.value
            return article


@pytest.mark.parametrize("form", ["plain", "markdown"])
def test_a_long_text_is_read_as_a_short_one(parser: Parser, form: str) -> None:
    article = NewArticle.model_validate({"text": _LONG, "format": form, "author": "Ana Mora"})
    assert _read(parser.steps(article)) == article.raw(readable)


def test_a_text_that_takes_too_long_is_refused_and_the_next_one_is_read() -> None:
    with closing(Parser(max_seconds=4)) as parser:  # a busy machine takes a second to start the process
        with pytest.raises(FieldError, match="too costly to read, of 300000 characters") as error:
            _read(parser.steps(NewArticle(text=_ENDLESS, format="markdown")))
        assert error.value.field == "text"
        assert _read(parser.steps(NewArticle(text=_LONG))).text.startswith("Le pont")


def test_the_caller_is_not_held_while_a_long_text_is_read(parser: Parser) -> None:
    steps = parser.steps(NewArticle(text=_ENDLESS, format="markdown"))
    began = time.perf_counter()
    next(steps)
    assert time.perf_counter() - began < 1
    steps.close()


def test_a_bad_field_beside_a_long_text_is_named(parser: Parser) -> None:
    with pytest.raises(FieldError, match="is not a code"):
        _read(parser.steps(NewArticle(text=_LONG, language="12")))
