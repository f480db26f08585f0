import random
from dataclasses import replace

import pytest

from eval.reader import negatives
from eval.reader.items import Item, capitalized, contains
from eval.reader.sets import Example
from tests.eval.reader.fakes import BRIDGE, BUDGET, EXAMPLES, JUDGED, POOL, corpus, cutter

_MAKERS = {
    negatives.SIBLING: negatives.sibling,
    negatives.DELETED: negatives.deleted,
    negatives.OTHER_QUESTION: negatives.other_question,
    negatives.NEIGHBOR: negatives.neighbor,
    negatives.LOOKALIKE: negatives.lookalike,
}
_CORPUS = corpus(neighbors={example.id: [BUDGET, POOL, BRIDGE] for example in EXAMPLES})


def _made(kind: str, example: Example) -> list[Item]:
    made = (_MAKERS[kind](example, _CORPUS, random.Random(seed)) for seed in range(20))
    return [item for item in made if item is not None]


@pytest.mark.parametrize("kind", _MAKERS)
@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.answers], ids=lambda each: each.question)
def test_a_negative_has_its_kind_and_no_answer(kind: str, example: Example) -> None:
    for item in _made(kind, example):
        assert (item.kind, item.answerable, item.language) == (kind, False, example.language)
        if kind != negatives.LOOKALIKE:
            assert item.question == example.question
            assert not contains(item.window.text, example.texts)


@pytest.mark.parametrize("kind", _MAKERS)
def test_every_kind_can_be_made(kind: str) -> None:
    assert any(_made(kind, example) for example in EXAMPLES if example.answers)


def test_a_sibling_is_another_passage_of_the_article() -> None:
    assert {item.window.text[item.window.body :][:9] for item in _made(negatives.SIBLING, EXAMPLES[0])} <= {
        "The counc",
        "Half of i",
        "The rest ",
    }


def test_deleting_leaves_the_other_sentences() -> None:
    for item in _made(negatives.DELETED, EXAMPLES[1]):
        assert item.window.text == "City\nThe municipal pool closes in June. Swimmers protested at once."


def test_a_lookalike_asks_about_what_the_window_does_not_have() -> None:
    items = _made(negatives.LOOKALIKE, EXAMPLES[1])
    assert items
    for item in items:
        changed = set(item.question.split()) - set(EXAMPLES[1].question.split())
        assert len(changed) == 1
        assert not contains(item.window.text, [changed.pop().strip("?")])
        assert "Ana Silva" in item.window.text


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("Who signed it in 2019?", "In 2019 it was signed.", "en"),
        ("Qui l’a signé en mai ?", "Il fut signé en mai.", "fr"),
        ("Who met Ana Silva?", "They met Ana Silva.", "en"),
    ],
)
def test_a_number_a_month_or_a_name_is_exchanged(question: str, text: str, language: str) -> None:
    changed = negatives.exchanged(question, text, language, ["Léa Morel"], random.Random(1))
    assert changed is not None
    assert changed != question
    assert len(changed.split()) == len(question.split())


@pytest.mark.parametrize("question", ["Who signed it?", "Who signed it in 1848?", "Ana Silva?", "", "?"])
def test_nothing_is_exchanged_that_the_window_does_not_have(question: str) -> None:
    assert negatives.exchanged(question, "In 2019 it was signed.", "en", ["Léa Morel"], random.Random(1)) is None


def test_human_written_and_judged_negatives() -> None:
    item = negatives.unanswerable(EXAMPLES[2], _CORPUS, random.Random(1))
    assert item is not None
    assert item.kind == negatives.UNANSWERABLE
    assert "Ana Silva" in item.window.text
    judged = negatives.judged(JUDGED, cutter(), random.Random(1))
    assert judged is not None
    assert (judged.kind, judged.window.text) == (negatives.JUDGED, "Tram\nTrams run on rails in many cities.")


def test_other_sentences_about_a_speaker() -> None:
    quote = 'Mayor Ana Silva said no. "The pool is safe", said Ana Silva. Ana Silva left. Others stayed.'
    example = replace(EXAMPLES[0], passage=quote, answers=((26, 42),), about="Silva", question="What did Silva say?")
    made = [negatives.about(example, corpus([example]), random.Random(seed)) for seed in range(10)]
    texts = {item.window.text for item in made if item is not None}
    assert texts
    assert all("Silva" in text and "safe" not in text for text in texts)


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("It closed in June.", ["june"], True),
        ("It closed in Junes.", ["june"], False),
        ("「六月」に", ["六月"], True),
        ("A-B", ["a b"], True),
        ("", [""], False),
    ],
)
def test_contains(text: str, answers: list[str], expected: bool) -> None:
    assert contains(text, answers) is expected


def test_the_names_of_a_question() -> None:
    assert capitalized("Did Ana Silva meet Léa in the Town Hall?") == ["Ana Silva", "Léa", "Town Hall"]
    assert capitalized("Ana left?") == []
    assert capitalized("¿Quién vio a Ana Silva?") == ["Ana Silva"]
    assert capitalized("いつ") == []
