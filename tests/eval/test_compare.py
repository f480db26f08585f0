"""Two results are compared with significance tests."""

import itertools
import random

import numpy as np
import pytest

from eval.compare import compare_results, holm, randomization_test
from eval.errors import EvaluationError
from eval.result import Result
from eval.types import Expected, Question, SystemAnswer, SystemFailed
from tests.eval.fakes import ARTICLES, citing, data_set, evaluate, question, quoting, ranked_data, ranking_system, whole


@pytest.fixture(scope="module")
def good() -> Result:
    data, rankings = ranked_data(120)
    return evaluate(data, ranking_system(lambda asked: rankings[asked.id]), name="good")


@pytest.fixture(scope="module")
def shuffled() -> Result:
    """The same system with its first ten in any order."""
    data, rankings = ranked_data(120)
    draw = random.Random(1)  # noqa: S311

    def ids(asked: Question) -> list[str]:
        ranking = rankings[asked.id]
        return [*draw.sample(ranking[:10], 10), *ranking[10:]]

    return evaluate(data, ranking_system(ids), name="shuffled")


# --- results


def test_a_system_does_not_differ_from_itself(good: Result) -> None:
    comparison = compare_results(good, good)
    assert [one.measure for one in comparison.differences] == [
        f"articles {name}" for name in ("nDCG@10", "RR@10", "Success@1", "R@10", "R@100")
    ]
    for one in comparison.differences:
        assert (one.difference, one.low, one.high, one.p, one.corrected) == (0.0, 0.0, 0.0, 1.0, 1.0)
        assert one.before == one.after == good.figures[one.measure].value
    assert comparison.better == comparison.worse == ()
    assert comparison.questions == 120


def test_shuffling_the_first_ten_is_significant(good: Result, shuffled: Result) -> None:
    comparison = compare_results(good, shuffled)
    differences = {one.measure: one for one in comparison.differences}
    worse = differences["articles nDCG@10"]
    assert worse.difference < -0.2
    assert worse.low <= worse.difference <= worse.high < 0
    assert worse.p is not None
    assert worse.corrected is not None
    assert worse.p <= worse.corrected < 0.01
    # What is among the first ten stays there.
    for name in ("articles R@10", "articles R@100"):
        assert (differences[name].difference, differences[name].p, differences[name].corrected) == (0.0, 1.0, 1.0)


def test_the_other_way_round_only_signs_change(good: Result, shuffled: Result) -> None:
    there, back = compare_results(good, shuffled), compare_results(shuffled, good)
    for one, other in zip(there.differences, back.differences, strict=True):
        assert (one.difference, one.p) == (-other.difference, other.p)
        assert (one.before, one.after) == (other.after, other.before)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-12)
    assert {change.id for change in there.worse} == {change.id for change in back.better}
    assert {change.id for change in there.better} == {change.id for change in back.worse}


def test_a_comparison_is_the_same_for_the_same_seed(good: Result, shuffled: Result) -> None:
    assert compare_results(good, shuffled, 3) == compare_results(good, shuffled, 3)


def test_differences_by_chance_are_seldom_significant() -> None:
    data, rankings = ranked_data(60)
    draw = random.Random(4)  # noqa: S311
    significant = 0
    for _ in range(20):
        one, other = (
            evaluate(data, ranking_system(lambda asked: draw.sample(rankings[asked.id], 10))) for _ in range(2)
        )
        corrected = [each.corrected for each in compare_results(one, other).differences]
        significant += any(p is not None and p < 0.05 for p in corrected)
    assert significant <= 3


def test_questions_that_changed_most_come_first() -> None:
    data = data_set(*(question(id_, Expected("a"), text=f"text of {id_}") for id_ in ("same", "little", "much", "up")))
    ranks = {"same": (1, 1), "little": (1, 2), "much": (1, 9), "up": (3, 1)}

    def placed(which: int) -> Result:
        def ids(asked: Question) -> list[str]:
            others = [f"n{number}" for number in range(10)]
            return [*others[: ranks[asked.id][which] - 1], "a", *others[ranks[asked.id][which] - 1 :]]

        return evaluate(data, ranking_system(ids))

    before, after = placed(0), placed(1)
    comparison = compare_results(before, after)
    assert comparison.deciding == "articles nDCG@10"
    assert [change.id for change in comparison.worse] == ["much", "little"]
    (better,) = comparison.better
    assert (better.id, better.question, better.before, better.after) == ("up", "text of up", 0.5, 1.0)


def test_a_change_shows_what_came_first_or_why_nothing_did() -> None:
    data = data_set(question("q", quoting("pool", "eight months")))

    def failing(asked: Question, k: int) -> SystemAnswer:
        raise SystemFailed("503: gone")

    before = evaluate(data, lambda asked, k: SystemAnswer((whole("pool"),)))
    (change,) = compare_results(before, evaluate(data, failing)).worse
    assert change.first_before == f"The pool: {ARTICLES['pool'].text}"
    assert change.first_after == "503: gone"
    (change,) = compare_results(evaluate(data, lambda asked, k: SystemAnswer(())), before).better
    assert change.first_before is None


def test_answers_are_compared_where_both_systems_give_any() -> None:
    data = data_set(question("q", quoting("pool", "eight months"), answers=("eight",)))
    quoted = citing("pool", "eight months")
    answering = evaluate(data, lambda asked, k: SystemAnswer((whole("pool"),), (quoted,), text="eight months"))
    wrong = evaluate(data, lambda asked, k: SystemAnswer((whole("pool"),), (), text="no"))
    ranking = evaluate(data, lambda asked, k: SystemAnswer((whole("pool"),)))
    differences = {one.measure: one.difference for one in compare_results(answering, wrong).differences}
    assert differences["citation precision"] == differences["citation recall"] == -1.0
    assert differences["answer containment"] == differences["first quote accuracy"] == -1.0
    assert not any("citation" in one.measure for one in compare_results(answering, ranking).differences)


def test_a_system_that_always_fails_is_compared_in_all_that_the_other_was_measured_in() -> None:
    data = data_set(question("q", quoting("pool", "eight months"), answers=("eight",)))

    def failing(asked: Question, k: int) -> SystemAnswer:
        raise SystemFailed("503: gone")

    quoted = citing("pool", "eight months")
    answering = evaluate(data, lambda asked, k: SystemAnswer((whole("pool"),), (quoted,), text="eight months"))
    after = {one.measure: one.after for one in compare_results(answering, evaluate(data, failing)).differences}
    assert after["passages nDCG@10"] == 0.0
    assert after["citation precision"] == after["answer containment"] == 0.0


def test_only_questions_that_both_were_asked_are_compared(good: Result) -> None:
    few = good.model_copy(update={"questions": good.questions[:30]})
    assert compare_results(good, few).questions == compare_results(few, good).questions == 30
    with pytest.raises(EvaluationError, match="no answerable question in common"):
        compare_results(few, good.model_copy(update={"questions": good.questions[30:]}))


def test_unanswerable_questions_are_not_compared() -> None:
    data = data_set(question("q", Expected("a")), question("none"))
    result = evaluate(data, ranking_system(lambda asked: ["a"]))
    assert compare_results(result, result).questions == 1
    only = evaluate(data_set(question("none")), ranking_system(lambda asked: ["a"]))
    with pytest.raises(EvaluationError, match="no answerable question"):
        compare_results(only, only)


def test_results_of_different_data_sets_are_refused(good: Result) -> None:
    other = good.data.model_copy(update={"sha256": "1" * 64, "name": "another"})
    with pytest.raises(EvaluationError, match="small and another"):
        compare_results(good, good.model_copy(update={"data": other}))
    passages = good.data.model_copy(update={"level": "passages"})
    with pytest.raises(EvaluationError, match="not the same data set"):
        compare_results(good, good.model_copy(update={"data": passages}))


def test_translations_of_one_question_are_one_observation() -> None:
    # Ten questions that got better, in ten languages each: no more is known than from the ten alone.
    def compared(languages: int) -> float | None:
        data = data_set(
            *(
                question(f"q{number}.{language}", Expected("a"), group=f"q{number}")
                for number in range(10)
                for language in range(languages)
            )
        )
        worse = {f"q{number}" for number in range(2)}
        before = evaluate(data, ranking_system(lambda asked: ["a"] if asked.group in worse else ["n", "a"]))
        after = evaluate(data, ranking_system(lambda asked: ["n", "a"] if asked.group in worse else ["a"]))
        return compare_results(before, after).differences[0].p

    assert compared(1) == pytest.approx(compared(10), abs=0.02)


def test_separations_are_compared_on_the_same_resamples_and_have_no_p() -> None:
    answerable = [question(f"q{number}", quoting("pool", "eight months")) for number in range(30)]
    misses = [question(f"m{number}", kind="near-miss") for number in range(30)]
    data = data_set(*answerable, *misses)

    def placed(shift: float) -> Result:
        # Of 30 near misses, 10 are above all answerable questions, or 5 with the shift.
        def ask(asked: Question, k: int) -> SystemAnswer:
            number = int(asked.id[1:])
            certain = 0.5 if asked.answerable else 0.9 if number < 10 - shift else 0.1
            return SystemAnswer((whole("pool"),), confidence=certain)

        return evaluate(data, ask)

    comparison = compare_results(placed(0), placed(5))
    differences = {one.measure: one for one in comparison.differences}
    assert comparison.questions == 30
    for name in ("abstention AUROC", "abstention AUROC near-miss", "refusal at 95 %", "refusal at 95 % near-miss"):
        one = differences[name]
        assert [one.before, one.after] == pytest.approx([20 / 30, 25 / 30])
        assert one.questions == 60
        assert 0 < one.low < one.difference < one.high < 0.35
        assert (one.p, one.corrected) == (None, None)
    same = {one.measure: one for one in compare_results(placed(3), placed(3)).differences}
    assert (same["abstention AUROC"].low, same["abstention AUROC"].high) == (0.0, 0.0)


# --- the test and its correction


def test_corrected_p_values_are_as_computed_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []
    assert holm([0.04, 0.01, 0.04, 0.01]) == pytest.approx([0.08, 0.04, 0.08, 0.04])


def test_no_difference_has_p_1_and_p_is_never_0() -> None:
    assert randomization_test(np.zeros(50)) == 1.0
    assert 0 < randomization_test(np.ones(1000)) < 0.001


def test_p_is_what_all_permutations_give() -> None:
    draw = np.random.default_rng(3)
    for shift in (0.0, 0.3, 0.6):
        differences = draw.normal(shift, 0.5, size=10)
        sums = [abs(np.dot(signs, differences)) for signs in itertools.product((1, -1), repeat=10)]
        exact = np.mean([one >= abs(differences.sum()) - 1e-9 for one in sums])
        assert randomization_test(differences) == pytest.approx(exact, abs=0.02)


def test_p_is_below_5_in_a_hundred_as_often_as_it_says() -> None:
    draw = np.random.default_rng(5)
    below = sum(randomization_test(draw.normal(0, 1, size=20)) < 0.05 for _ in range(200))
    assert 2 <= below <= 20
