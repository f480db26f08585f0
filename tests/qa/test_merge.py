"""Answers to the parts of a message become one, which keeps both sides of a dispute."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.local.archive import LocalArchive
from qa.ask import Asker
from qa.merge import merge
from qa.texts import texts
from qa.types import Answer
from tests.fakes import HashEmbedder, PhraseReader, build_archive, identifier

_FILES = {
    "a.md": "---\ndate: 2026-02-01\nsource: Le Phare\n---\nLe péage du pont Neuf coûte 3 euros par voiture.\n",
    "b.md": "---\ndate: 2026-02-02\nsource: L’Ancre\n---\nAu pont Neuf, le péage atteint 11 euros selon la préfète.\n",
    "c.md": "---\ndate: 2026-02-03\n---\nLa banque de Brest est dirigée par Anna Keller.\n",
}
_TOLL, _BANK = "Combien coûte le péage du pont Neuf ?", "Qui dirige la banque de Brest ?"


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    data: Path = build_archive(tmp_path_factory.mktemp("archive"), _FILES)
    reader = PhraseReader("3 euros", "11 euros", "Anna Keller")
    with LocalArchive(data) as archive:
        yield Asker(archive, HashEmbedder(), identifier(), reader=reader)


def _sides(answer: Answer) -> dict[str, int | None]:
    return {citation.article.outlet: citation.side for citation in answer.citations if citation.side}


@pytest.mark.parametrize("parts", [(_TOLL, _BANK), (_BANK, _TOLL)])
@pytest.mark.parametrize("top_k", [8, 3])
def test_both_sides_of_a_dispute_are_kept(asker: Asker, parts: tuple[str, str], top_k: int) -> None:
    assert len(_sides(asker.ask(_TOLL))) == 2
    answer = merge(" ".join(parts), [asker.ask(part) for part in parts], top_k)
    assert answer.status == "disputed"
    assert {*_sides(answer)} == {"Le Phare", "L’Ancre"}
    assert texts("fr").disputed in answer.notes
    assert len(answer.hits) <= top_k


def test_one_side_alone_is_no_dispute(asker: Asker) -> None:
    answer = merge("?", [asker.ask(_TOLL), asker.ask(_BANK)], 1)
    assert answer.citations
    assert (answer.status, _sides(answer)) == ("answered", {})
    assert texts("fr").disputed not in answer.notes


def test_a_quote_that_another_part_disputes_has_its_side(asker: Asker) -> None:
    toll = asker.ask(_TOLL)
    plain = replace(toll, citations=(replace(toll.citations[0], side=None),), notes=())
    assert {*_sides(merge("?", [plain, toll], 8))} == {"Le Phare", "L’Ancre"}


def test_sides_are_numbered_from_1_in_turn(asker: Asker) -> None:
    toll = asker.ask(_TOLL)
    first, second = toll.citations
    elsewhere = replace(toll, citations=(replace(first, side=2), replace(second, side=3)))
    merged = merge("?", [elsewhere, toll], 8)
    assert {*_sides(merged).values()} == {1, 2}
    assert len(merged.sides) == 2


def test_the_parts_that_nothing_answers_are_named_unless_it_is_all_or_none_of_them(asker: Asker) -> None:
    toll, bank = asker.ask(_TOLL), asker.ask(_BANK)
    nothing = replace(bank, citations=(), notes=())
    note = f"Aucun passage ne répond à : {_BANK}"
    assert note in merge("?", [toll, nothing], 8).notes
    assert note not in merge("?", [toll, bank], 8).notes
    assert note not in merge("?", [nothing, nothing], 8).notes
