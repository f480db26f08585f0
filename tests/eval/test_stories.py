"""Versions, copies and disagreement over the sets of stories, with the bundled model and the reader."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.stories import Checks, archive_of, checks, load_stories
from index.model.cache import Model
from qa.settings import Settings

_STORIES = load_stories()
_TEMPLATES = ("results", "template")


@pytest.fixture(scope="module")
def results(model: Model, cache: Path) -> list[tuple[str, Checks]]:
    """The kind of the set of each question, and its checks."""
    with archive_of(_STORIES, Settings(cache=cache, model=model.name)) as asker:
        return [
            (story.kind, checks(question, asker.ask(question.text)))
            for story in _STORIES
            for question in story.questions
        ]


def _share(results: Sequence[tuple[str, Checks]], name: str, *kinds: str) -> float:
    found = [each[name] for kind, each in results if kind in kinds and name in each]
    return sum(found) / len(found)


def test_there_are_twelve_sets_of_versions_results_and_templates() -> None:
    assert len([story for story in _STORIES if story.kind in ("wire", *_TEMPLATES)]) == 12


def test_the_newest_version_comes_first_and_the_others_are_grouped_with_it(results: list[tuple[str, Checks]]) -> None:
    assert _share(results, "first quote", "wire") == _share(results, "versions", "wire") == 1


def test_every_copy_is_named(results: list[tuple[str, Checks]]) -> None:
    assert _share(results, "copies", "wire") == 1


def test_the_facts_of_reports_with_the_same_words_are_found(results: list[tuple[str, Checks]]) -> None:
    assert _share(results, "any quote", *_TEMPLATES) >= 0.98


def test_sources_that_differ_are_found_and_few_others(results: list[tuple[str, Checks]]) -> None:
    assert _share(results, "status", "dispute") == 1
    assert _share(results, "status", "agreement", "wire", *_TEMPLATES) >= 0.98
