from dataclasses import replace

import pytest

from eval.errors import EvaluationError
from eval.reader.items import ANSWER, Corpus
from eval.reader.mixture import KINDS, Mixture, is_development
from tests.eval.reader.fakes import BUDGET, EXAMPLES, POOL, corpus, cutter, example

_SHARES = {"piaf_dev": 1.0}


def test_the_item_of_an_index_depends_on_the_seed_only() -> None:
    first, again, other = (Mixture(corpus(), _SHARES, seed) for seed in (1, 1, 2))
    items = [first.item(index) for index in range(30)]
    assert [again.item(index) for index in reversed(range(30))] == items[::-1]
    assert [other.item(index) for index in range(30)] != items


def test_half_of_the_items_answer_and_all_kinds_occur() -> None:
    mixture = Mixture(corpus(neighbors={EXAMPLES[0].id: [BUDGET]}), _SHARES, 1)
    items = [mixture.item(index) for index in range(400)]
    assert 0.4 < sum(item.answerable for item in items) / len(items) < 0.65
    assert {item.kind for item in items} == set(KINDS) - {"why", "said", "about", "near miss"}


def test_questions_are_asked_in_the_languages_of_their_translations() -> None:
    questions = {"en": "When does it close?", "fr": "Quand ferme-t-elle ?"}
    examples = [example(text, POOL, "June", language=language, parallel="1") for language, text in questions.items()]
    items = [Mixture(corpus(examples), _SHARES, 1).item(index) for index in range(60)]
    asked = {(item.language, item.question) for item in items if item.kind == ANSWER}
    assert asked == {(language, text) for language in questions for text in questions.values()}


def test_nothing_to_train_on_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="nothing to train on"):
        Mixture(corpus([EXAMPLES[2]]), _SHARES, 1)


def test_an_example_that_makes_no_item_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="no item could be made"):
        Mixture(Corpus([replace(EXAMPLES[0], passage="\n\n")], [], cutter()), _SHARES, 1).item(0)


def test_all_examples_about_an_article_are_on_one_side() -> None:
    sides = [{is_development(replace(each, article=f"{number}")) for each in EXAMPLES} for number in range(300)]
    assert all(len(side) == 1 for side in sides)
    assert 5 < sum(True in side for side in sides) < 40


def test_an_article_of_squad_and_its_translations_are_on_one_side() -> None:
    for source, article in (("xquad_early", "1973_oil_crisis"), ("squad_it", "Crisi energetica (1973)")):
        assert is_development(replace(EXAMPLES[0], source=source, article=article))
    assert not is_development(replace(EXAMPLES[0], source="squad_it", article="Ugonotti"))
