"""Real questions over real articles, on the real model."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.local.archive import LocalArchive
from index.model.embed import Embedder
from qa.ask import Asker
from qa.types import Answer
from tests.fakes import SHARED, identifier

_CASES = SHARED / "seeds-cases.jsonl"
_cases: list[dict[str, Any]] = (
    [json.loads(line) for line in _CASES.read_text(encoding="utf-8").splitlines()] if _CASES.is_file() else []
)
_answerable = [case for case in _cases if case["evidence"]]
_kalinowski = [case for case in _answerable if "Kalinowski" in case["question"]]


@pytest.fixture(scope="module")
def asker(shared_archive: Path, embedder: Embedder) -> Iterator[Asker]:
    with LocalArchive(shared_archive) as archive:
        yield Asker(archive, embedder, identifier())


def _name(case: dict[str, Any]) -> str:
    return str(case["id"])


def _folded(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def _rank(case: dict[str, Any], answer: Answer) -> int:
    """Return the rank of the first passage with evidence, or a large one."""
    for rank, hit in enumerate(answer.hits, start=1):
        if any(_folded(evidence) in _folded(hit.text) for evidence in case["evidence"]):
            return rank
    return 10_000


def test_there_are_cases(shared: Path) -> None:
    assert len(_answerable) >= 13
    assert len(_kalinowski) >= 5


@pytest.mark.parametrize("case", _answerable, ids=_name)
def test_evidence_is_among_the_first_five_passages(asker: Asker, case: dict[str, Any]) -> None:
    assert _rank(case, asker.ask(case["question"])) <= 5


@pytest.mark.parametrize("case", _kalinowski, ids=_name)
def test_reasons_for_leaving_are_first_in_english_and_among_three_in_any_language(
    asker: Asker, case: dict[str, Any]
) -> None:
    answer = asker.ask(case["question"])
    assert _rank(case, answer) <= (1 if case["language"] == "en" else 3)
    assert Path(answer.hits[0].article.origin).name in case["files"]


@pytest.mark.parametrize("case", _cases, ids=_name)
def test_citations_are_exact_on_real_articles(asker: Asker, case: dict[str, Any]) -> None:
    answer = asker.ask(case["question"])
    for citation in answer.citations:
        stored = asker.archive.articles([citation.article.id])[citation.article.id]
        assert stored.text[slice(*citation.span)] == answer.text[slice(*citation.in_answer)]
