"""The cases over seeds/ match the README, and each quote occurs once in its article."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations

import pytest

from eval.data import load
from eval.judge import normalize
from eval.types import Expected, Half, Question
from index.language import DEFAULT
from index.local.catalog import Catalog
from index.types import Article
from tests.conftest import SEEDS
from tests.fakes import HashEmbedder, index_paths

_CASES = SEEDS.parent / "eval" / "cases" / "seeds.jsonl"
_LANGUAGES = {"fr", "en", "es", "de", "it", "pt", "zh", "ar"}
_KINDS = {"why", "who", "when", "where", "what", "how-many", "said", "comparison", "disagreement", "list", "latest"}
_HALVES: tuple[Half, Half] = ("development", "report")
_MIN_COPY = 8  # consecutive words that count as copied from the article
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
def articles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Article]:
    """The articles of seeds/ by their ids."""
    data = tmp_path_factory.mktemp("cases")
    index_paths(SEEDS, data=data, embedder=HashEmbedder())
    with Catalog.open(data) as catalog, catalog.reading():
        return {article.id: article for article in catalog.page(500, 0)}


@pytest.fixture(scope="module")
def texts(articles: Mapping[str, Article]) -> dict[str, str]:
    return {id_: article.text for id_, article in articles.items()}


def _by_location(questions: Sequence[Question], wrong: Mapping[str, object]) -> dict[str, object]:
    """Return the errors by file and line."""
    locations = {question.id: question.location for question in questions}
    return {locations[id_]: error for id_, error in wrong.items()}


def _expected(question: Question) -> set[Expected]:
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


def test_kinds_match_whether_a_question_is_answerable(questions: Sequence[Question]) -> None:
    answered = Counter(question.kind for question in questions if question.answerable)
    unanswered = Counter(question.kind for question in questions if not question.answerable)
    assert set(answered) == _KINDS
    assert set(unanswered) == _UNANSWERABLE
    assert min((answered + unanswered).values()) >= 8


def test_hard_kinds_have_enough_questions_in_both_halves() -> None:
    for half in _HALVES:
        kinds = Counter(question.kind for question in load(_CASES, half=half).questions)
        assert kinds["near-miss"] >= 45
        assert kinds["comparison"] + kinds["disagreement"] >= 30
        assert min(kinds["list"], kinds["latest"]) >= 9


def test_a_list_expects_a_quote_for_each_of_several_members(questions: Sequence[Question]) -> None:
    lists = {question.id: question for question in questions if question.kind == "list"}
    wrong = {id_: len(one.expected) for id_, one in lists.items() if min(len(one.expected), len(one.answers)) < 3}
    assert _by_location(questions, wrong) == {}


def test_the_newest_state_of_a_story_is_expected_first(
    questions: Sequence[Question], articles: Mapping[str, Article]
) -> None:
    wrong = {}
    for question in questions:
        if question.kind == "latest":
            dates = [articles[expected.article].published or date.min for expected in question.expected]
            if dates != sorted(dates, reverse=True):
                wrong[question.id] = dates
    assert _by_location(questions, wrong) == {}


def test_every_quote_occurs_exactly_once_in_its_article(
    questions: Sequence[Question], texts: Mapping[str, str]
) -> None:
    wrong = {
        question.id: (expected.article, expected.quote)
        for question in questions
        for expected in question.expected
        if texts.get(expected.article, "").count(expected.quote or "\0") != 1
    }
    assert _by_location(questions, wrong) == {}


def test_quotes_of_a_question_do_not_overlap(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    wrong = {}
    for question in questions:
        spans = defaultdict(list)
        for expected in question.expected:
            start = texts[expected.article].index(expected.quote or "")
            spans[expected.article].append((start, start + len(expected.quote or "")))
        overlapping = [pair for of in spans.values() for pair in combinations(sorted(of), 2) if pair[0][1] > pair[1][0]]
        if overlapping:
            wrong[question.id] = overlapping
    assert _by_location(questions, wrong) == {}


def test_quotes_neither_begin_nor_end_within_a_word(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    wrong = {}
    for question in questions:
        for expected in question.expected:
            quote, text = expected.quote or "", texts[expected.article]
            start = text.index(quote)
            around = (text[max(0, start - 1) : start + 1], text[start + len(quote) - 1 : start + len(quote) + 1])
            if quote != quote.strip() or any(len(two) == 2 and two.isalnum() for two in around):
                wrong[question.id] = quote
    assert _by_location(questions, wrong) == {}


def test_every_answer_occurs_in_a_quote(questions: Sequence[Question]) -> None:
    wrong = {
        question.id: answer
        for question in questions
        for answer in question.answers
        if not any(normalize(answer) in normalize(expected.quote or "") for expected in question.expected)
    }
    assert _by_location(questions, wrong) == {}


def test_unanswerable_questions_have_no_answers(questions: Sequence[Question]) -> None:
    assert _by_location(questions, {q.id: q.answers for q in questions if q.answers and not q.answerable}) == {}


def test_translations_expect_the_same(groups: Mapping[str, Sequence[Question]], questions: Sequence[Question]) -> None:
    wrong = {
        other.id: first.id
        for first, *others in groups.values()
        for other in others
        if (_expected(other), set(other.answers), other.kind) != (_expected(first), set(first.answers), first.kind)
    }
    assert _by_location(questions, wrong) == {}


def test_no_question_is_asked_twice(questions: Sequence[Question]) -> None:
    texts = Counter((question.language, normalize(question.text)) for question in questions)
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_question_gives_its_answer_away(questions: Sequence[Question]) -> None:
    wrong = {q.id: answer for q in questions for answer in q.answers if normalize(answer) in normalize(q.text)}
    assert _by_location(questions, wrong) == {}


def test_questions_are_not_copied_from_the_articles(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    read = {normalize(text) for text in texts.values()}
    wrong = {}
    for question in questions:
        words = normalize(question.text).split()
        runs = (" ".join(words[start : start + _MIN_COPY]) for start in range(len(words) - _MIN_COPY + 1))
        if copied := next((run for run in runs if any(run in text for text in read)), None):
            wrong[question.id] = copied
    assert _by_location(questions, wrong) == {}


def test_most_articles_are_expected_by_a_question(questions: Sequence[Question], texts: Mapping[str, str]) -> None:
    asked = {expected.article for question in questions for expected in question.expected}
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
