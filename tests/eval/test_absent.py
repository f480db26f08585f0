"""Questions about names that seeds/ does not have are refused, or the answer says which names it lacks."""

import re
from pathlib import Path

from eval.data import load
from index.local.archive import LocalArchive
from index.model.embed import Embedder
from qa.ask import Asker
from qa.mentions import named
from tests.conftest import SEEDS
from tests.fakes import identifier

_CASES = SEEDS.parent / "eval" / "cases" / "absent.jsonl"
_MIN_SHARE = 0.9


def test_a_name_of_every_question_is_in_no_article() -> None:
    archive = "\n".join(path.read_text(encoding="utf-8") for path in SEEDS.glob("*.md"))
    for question in load(_CASES).questions:
        names = [question.text[start:end] for start, end in named(question.text)]
        assert any(not re.search(rf"\b{re.escape(name)}\b", archive) for name in names), question.text


def test_most_are_refused_or_the_answer_says_whom_it_does_not_mention(seeds: Path, embedder: Embedder) -> None:
    questions = load(_CASES).questions
    with LocalArchive(seeds) as archive:
        asker = Asker(archive, embedder, identifier())
        answers = [asker.ask(question.text) for question in questions]
    silent = [answer for answer in answers if answer.citations and not answer.notes]
    assert len(silent) <= (1 - _MIN_SHARE) * len(questions)
    assert [answer.question for answer in silent if answer.confidence and answer.confidence > 0.5] == []
