"""The cases over seeds/ are what README says they are, and each of their quotes stands in its article."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest

from eval.data import load
from eval.judge import folded
from eval.types import Expected, Half, Question
from index.language import DEFAULT
from index.local.catalog import Catalog
from tests.conftest import SEEDS
from tests.fakes import HashEmbedder, index_paths

_CASES = SEEDS.parent / "eval" / "cases" / "seeds.jsonl"
_LANGUAGES = {"fr", "en", "es", "de", "it", "pt", "zh", "ar"}
_KINDS = {"why", "who", "when", "where", "what", "how-many", "said", "comparison", "disagreement"}
_HALVES: tuple[Half, Half] = ("development", "report")
_RUN = 8  # words in a row that would be the article's own sentence
_UNANSWERABLE = {"near-miss", "off-topic"}


@pytest.fixture(scope="module")
def questions() -> tuple[Question, ...]:
    return load(_CASES).questions


@pytest.fixture(scope="module")
def groups(questions: Sequence[Question]) -> dict[str, list[Question]]:
    found = defaultdict(list)
    for question in questions:
        found[question.group].append(question)
    return dict(found)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The texts of the articles of seeds/ by their ids."""
    data = tmp_path_factory.mktemp("cases")
    index_paths(SEEDS, data=data, embedder=HashEmbedder())
    with Catalog.open(data) as catalog, catalog.reading():
        return {article.id: article.text for article in catalog.page(500, 0)}


def _told(questions: Sequence[Question], wrong: Mapping[str, object]) -> dict[str, object]:
    """Return what is wrong, by file and line."""
    places = {question.id: question.place for question in questions}
    return {places[id_]: what for id_, what in wrong.items()}


def _places(question: Question) -> set[Expected]:
    return set(question.expected)


def test_there_are_120_questions_and_25_that_the_archive_does_not_answer(questions: Sequence[Question]) -> None:
    assert sum(question.answerable for question in questions) >= 120
    assert sum(not question.answerable for question in questions) >= 25


def test_there_are_enough_questions_before_they_were_translated(groups: Mapping[str, Sequence[Question]]) -> None:
    assert sum(group[0].answerable for group in groups.values()) >= 100
    assert sum(not group[0].answerable for group in groups.values()) >= 25


def test_they_are_in_eight_languages(questions: Sequence[Question]) -> None:
    languages = Counter(question.language for question in questions if question.answerable)
    assert set(languages) == _LANGUAGES <= set(DEFAULT)
    assert min(languages.values()) >= 5


def test_every_language_has_questions_without_an_answer(questions: Sequence[Question]) -> None:
    assert {question.language for question in questions if not question.answerable} == _LANGUAGES


def test_25_questions_at_least_are_asked_in_french_and_english(groups: Mapping[str, Sequence[Question]]) -> None:
    both = [group for group in groups.values() if {"fr", "en"} <= {question.language for question in group}]
    assert sum(group[0].answerable for group in both) >= 25


def test_kinds_tell_what_is_asked_and_whether_it_is_answered(questions: Sequence[Question]) -> None:
    answered = Counter(question.kind for question in questions if question.answerable)
    unanswered = Counter(question.kind for question in questions if not question.answerable)
    assert set(answered) == _KINDS
    assert set(unanswered) == _UNANSWERABLE
    assert min((answered + unanswered).values()) >= 8


def test_every_quote_stands_exactly_once_in_its_article(
    questions: Sequence[Question], texts: Mapping[str, str]
) -> None:
    wrong = {
        question.id: (place.article, place.quote)
        for question in questions
        for place in question.expected
        if texts.get(place.article, "").count(place.quote or "\0") != 1
    }
    assert _told(questions, wrong) == {}


def test_quotes_of_a_question_do_not_overlap(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    wrong = {}
    for question in questions:
        spans = defaultdict(list)
        for place in question.expected:
            start = texts[place.article].index(place.quote or "")
            spans[place.article].append((start, start + len(place.quote or "")))
        overlapping = [pair for of in spans.values() for pair in combinations(sorted(of), 2) if pair[0][1] > pair[1][0]]
        if overlapping:
            wrong[question.id] = overlapping
    assert _told(questions, wrong) == {}


def test_quotes_neither_begin_nor_end_within_a_word(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    wrong = {}
    for question in questions:
        for place in question.expected:
            quote, text = place.quote or "", texts[place.article]
            start = text.index(quote)
            around = (text[max(0, start - 1) : start + 1], text[start + len(quote) - 1 : start + len(quote) + 1])
            if quote != quote.strip() or any(len(two) == 2 and two.isalnum() for two in around):
                wrong[question.id] = quote
    assert _told(questions, wrong) == {}


def test_every_answer_stands_in_a_quote(questions: Sequence[Question]) -> None:
    wrong = {
        question.id: answer
        for question in questions
        for answer in question.answers
        if not any(folded(answer) in folded(place.quote or "") for place in question.expected)
    }
    assert _told(questions, wrong) == {}


def test_what_is_not_answered_has_no_answers(questions: Sequence[Question]) -> None:
    assert _told(questions, {q.id: q.answers for q in questions if q.answers and not q.answerable}) == {}


def test_translations_expect_the_same(groups: Mapping[str, Sequence[Question]], questions: Sequence[Question]) -> None:
    wrong = {
        other.id: first.id
        for first, *others in groups.values()
        for other in others
        if (_places(other), set(other.answers), other.kind) != (_places(first), set(first.answers), first.kind)
    }
    assert _told(questions, wrong) == {}


def test_no_question_is_asked_twice(questions: Sequence[Question]) -> None:
    texts = Counter((question.language, folded(question.text)) for question in questions)
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_question_gives_its_answer_away(questions: Sequence[Question]) -> None:
    wrong = {q.id: answer for q in questions for answer in q.answers if folded(answer) in folded(q.text)}
    assert _told(questions, wrong) == {}


def test_questions_are_not_copied_from_the_articles(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    read = {folded(text) for text in texts.values()}
    wrong = {}
    for question in questions:
        words = folded(question.text).split()
        runs = (" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
        if copied := next((run for run in runs if any(run in text for text in read)), None):
            wrong[question.id] = copied
    assert _told(questions, wrong) == {}


def test_most_articles_are_asked_about(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    asked = {place.article for question in questions for place in question.expected}
    assert asked <= set(texts)
    assert len(asked) >= 0.9 * len(texts)


def test_both_halves_have_40_percent_at_least(questions: Sequence[Question]) -> None:
    halves = [load(_CASES, half=half).questions for half in _HALVES]
    assert sum(map(len, halves)) == len(questions)
    assert min(map(len, halves)) >= 0.4 * len(questions)
    unanswerable = [sum(not question.answerable for question in half) for half in halves]
    assert min(unanswerable) >= sum(unanswerable) / 3


def test_the_halves_share_no_group() -> None:
    one, other = ({question.group for question in load(_CASES, half=half).questions} for half in _HALVES)
    assert one & other == set()
