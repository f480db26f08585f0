"""Measures equal those of ir_measures, trec_eval and scikit-learn, and examples worked by hand."""

import itertools
import random
from collections.abc import Mapping, Sequence

import ir_measures
import numpy as np
import pytest
import pytrec_eval
from ir_measures import AP, RR, R, Success, nDCG
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from eval import measures
from eval.judge import Ranking

_TREC_EVAL = {
    "nDCG@10": "ndcg_cut_10",
    "Success@1": "success_1",
    "Success@5": "success_5",
    "R@10": "recall_10",
    "R@100": "recall_100",
    "AP": "map",
}
_ALPHABET = ["a", "Z", "0", "é", "泳", "ب", "🏊", "-", ":"]


def _id(draw: random.Random, number: int) -> str:
    return "".join(draw.choices(_ALPHABET, k=draw.randint(0, 3))) + str(number)


def _ranking(draw: random.Random) -> Ranking:
    """Return up to 150 ids, in any order or sorted against their ranks; relevant are some of them, and some others."""
    length = draw.choice([0, 1, 2, 5, 9, 10, 11, 40, 100, 101, 150])
    ids = [_id(draw, number) for number in range(length)]
    order = draw.choice(["as drawn", "against the rank", "with it"])
    if order != "as drawn":
        ids.sort(reverse=order == "against the rank")
    missed = [_id(draw, number) for number in range(1000, 1000 + draw.choice([0, 0, 1, 3, 20]))]
    found = draw.sample(ids, draw.randint(0, min(length, draw.choice([1, 2, 30]))))
    relevant = {id_: draw.choice([1, 1, 1, 2, 3, 7]) for id_ in draw.sample(found + missed, len(found + missed))}
    return Ranking(tuple(ids), relevant)


@pytest.fixture(scope="module")
def rankings() -> dict[str, Ranking]:
    draw = random.Random(5)  # noqa: S311
    return {f"q{number}": _ranking(draw) for number in range(1000)}


@pytest.fixture(scope="module")
def judged(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, int]]:
    return {id_: ranking.relevant for id_, ranking in rankings.items() if ranking.relevant}


@pytest.fixture(scope="module")
def run(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, float]]:
    """The rankings with scores of another kind than those that the harness gives, in the same order."""
    return {id_: {found: 1 / (1 + rank) for rank, found in enumerate(of.ids)} for id_, of in rankings.items()}


# --- rankings


def test_the_random_rankings_are_of_all_kinds(rankings: Mapping[str, Ranking]) -> None:
    assert sum(not of.ids for of in rankings.values()) > 50
    assert sum(not of.relevant for of in rankings.values()) > 20
    assert sum(bool(set(of.relevant) - set(of.ids)) for of in rankings.values()) > 200
    assert sum(list(of.ids) == sorted(of.ids, reverse=True) for of in rankings.values()) > 200
    assert sum(len(of.ids) > 100 for of in rankings.values()) > 100
    assert sum(len(set(of.relevant.values())) > 1 for of in rankings.values()) > 200


def test_measures_equal_those_of_trec_eval(
    rankings: Mapping[str, Ranking], judged: dict[str, dict[str, int]], run: dict[str, dict[str, float]]
) -> None:
    ours = measures.score(rankings)
    assert set(ours) == set(judged)
    theirs = pytrec_eval.RelevanceEvaluator(judged, {"ndcg_cut", "success", "recall", "map"}).evaluate(run)
    for id_, name in itertools.product(judged, _TREC_EVAL):
        expected = theirs[id_][_TREC_EVAL[name]] if run[id_] else 0.0
        assert ours[id_][name] == expected, (id_, name)
    first = {id_: dict(itertools.islice(found.items(), 10)) for id_, found in run.items()}
    cut = pytrec_eval.RelevanceEvaluator(judged, {"recip_rank"}).evaluate(first)
    assert {id_: of["RR@10"] for id_, of in ours.items()} == {
        id_: cut[id_]["recip_rank"] if run[id_] else 0.0 for id_ in judged
    }


def test_measures_equal_those_of_ir_measures(
    rankings: Mapping[str, Ranking], judged: dict[str, dict[str, int]], run: dict[str, dict[str, float]]
) -> None:
    ours = measures.score(rankings)
    asked = [nDCG @ 10, RR @ 10, Success @ 1, Success @ 5, R @ 10, R @ 100, AP]
    theirs = {(one.query_id, str(one.measure)): one.value for one in ir_measures.iter_calc(asked, judged, run)}
    assert {name for _, name in theirs} == set(ours["q0"]) == {str(measure) for measure in asked}
    for id_, of in ours.items():
        assert of == {name: theirs.get((id_, name), 0.0) for name in of}, id_


def test_means_equal_those_of_ir_measures(
    rankings: Mapping[str, Ranking], judged: dict[str, dict[str, int]], run: dict[str, dict[str, float]]
) -> None:
    theirs = ir_measures.calc_aggregate([nDCG @ 10, AP], judged, run)
    ours = measures.score(rankings)
    for measure, expected in theirs.items():
        mean = measures.mean([of[str(measure)] for of in ours.values()], list(ours))
        assert mean.value == pytest.approx(expected, abs=1e-12)
        assert mean.count == len(judged)


def test_a_ranking_scores_as_computed_by_hand() -> None:
    scores = measures.score({"q": Ranking(("x", "a", "y", "b"), {"a": 1, "b": 2, "c": 1})})["q"]
    gained = 1 / np.log2(3) + 2 / np.log2(5)
    ideal = 2 / np.log2(2) + 1 / np.log2(3) + 1 / np.log2(4)
    assert scores == pytest.approx(
        {
            "nDCG@10": gained / ideal,
            "RR@10": 1 / 2,
            "Success@1": 0,
            "Success@5": 1,
            "R@10": 2 / 3,
            "R@100": 2 / 3,
            "AP": (1 / 2 + 2 / 4) / 3,
        }
    )


def test_a_question_that_came_back_empty_counts_nothing() -> None:
    scores = measures.score({"empty": Ranking((), {"a": 1}), "found": Ranking(("a",), {"a": 1})})
    assert set(scores["empty"].values()) == {0.0}
    assert set(scores["found"].values()) == {1.0}
    assert set(measures.score({"empty": Ranking((), {"a": 1})})["empty"].values()) == {0.0}


def test_a_question_with_nothing_relevant_has_no_scores() -> None:
    assert measures.score({"q": Ranking(("a",), {})}) == {}
    assert measures.score({}) == {}


@pytest.mark.parametrize("depth", [10, 11, 100, 101])
def test_the_depth_of_a_measure_is_what_it_says(depth: int) -> None:
    ids = [f"n{number}" for number in range(200)]
    ids[depth - 1] = "a"
    scores = measures.score({"q": Ranking(tuple(ids), {"a": 1})})["q"]
    assert (scores["R@10"], scores["R@100"]) == (float(depth <= 10), float(depth <= 100))
    assert scores["RR@10"] == (1 / depth if depth <= 10 else 0.0)
    assert (scores["nDCG@10"] > 0) == (depth <= 10)


# --- means and their intervals


def test_values_that_are_all_alike_leave_no_doubt() -> None:
    mean = measures.mean([0.5] * 20, [str(number) for number in range(20)])
    assert (mean.value, mean.interval, mean.count) == (0.5, (0.5, 0.5), 20)
    alone = measures.mean([1.0], ["a"])
    assert (alone.value, alone.interval, alone.count) == (1.0, (1.0, 1.0), 1)


def test_an_interval_is_the_same_for_the_same_seed() -> None:
    values = np.random.default_rng(1).random(40).tolist()
    groups = [str(number) for number in range(40)]
    three, again, four = (measures.mean(values, groups, seed).interval for seed in (3, 3, 4))
    assert three == again != four


def test_an_interval_covers_the_mean_in_95_of_100_samples() -> None:
    draw = np.random.default_rng(2)
    covered = 0
    for _ in range(400):
        mean = measures.mean(draw.normal(0.6, 0.2, size=60).tolist(), [str(number) for number in range(60)])
        low, high = mean.interval
        assert low < mean.value < high
        covered += low <= 0.6 <= high
    assert 0.91 <= covered / 400 <= 0.98


def test_an_interval_covers_the_mean_of_translations_in_95_of_100_samples() -> None:
    draw = np.random.default_rng(3)
    groups = [str(number // 4) for number in range(240)]
    covered, naively = 0, 0
    for _ in range(400):
        values = np.repeat(draw.normal(0.6, 0.2, size=60), 4) + draw.normal(0, 0.02, size=240)
        low, high = measures.mean(values.tolist(), groups).interval
        low_alone, high_alone = measures.mean(values.tolist(), [str(number) for number in range(240)]).interval
        covered += low <= 0.6 <= high
        naively += low_alone <= 0.6 <= high_alone
    assert 0.91 <= covered / 400 <= 0.98
    assert naively / 400 < 0.8


def test_grouping_widens_the_interval_of_what_belongs_together() -> None:
    values = np.repeat(np.random.default_rng(4).random(30), 5).tolist()
    alone = measures.mean(values, [str(number) for number in range(150)])
    together = measures.mean(values, [str(number // 5) for number in range(150)])
    assert together.value == alone.value
    assert np.ptp(together.interval) > 1.8 * np.ptp(alone.interval)


def test_groups_of_different_sizes_weigh_by_their_questions() -> None:
    sums, counts = measures.grouped([1.0, 0.0, 0.0, 0.5], ["a", "b", "b", "c"])
    assert sums.tolist() == [1.0, 0.0, 0.5]
    assert counts.tolist() == [1.0, 2.0, 1.0]
    mean = measures.mean([1.0, 0.0, 0.0, 0.5], ["a", "b", "b", "c"])
    assert mean.value == 1.5 / 4
    assert mean.interval == (0.0, 1.0)


# --- citations


def test_precision_is_the_share_of_right_citations() -> None:
    assert measures.precision([True, True, False]) == 2 / 3
    assert measures.precision([False]) == 0.0
    assert measures.precision([]) == 0.0


# --- abstention


def test_auroc_is_as_computed_by_hand() -> None:
    assert measures.auroc([0.9, 0.4], [0.5, 0.4]) == 0.625
    assert measures.auroc([0.9], [0.1]) == 1.0
    assert measures.auroc([0.1], [0.9]) == 0.0
    assert measures.auroc([0.5] * 3, [0.5] * 2) == 0.5
    assert measures.auroc([], [0.5]) is None
    assert measures.auroc([0.5], []) is None


def test_certainties_without_end_are_ordered_too() -> None:
    infinite = float("inf")
    assert measures.auroc([-infinite, 0.5], [infinite, 0.1]) == 0.25
    assert measures.auroc([-infinite], [-infinite]) == 0.5


def test_auroc_equals_that_of_scikit_learn() -> None:
    draw = np.random.default_rng(6)
    for _ in range(200):
        size = int(draw.integers(2, 80))
        answerable = np.append(draw.random(size - 2) < 0.6, [True, False])
        certainties = np.round(draw.random(size) + 0.2 * answerable, int(draw.integers(1, 4)))
        ours = measures.auroc(certainties[answerable].tolist(), certainties[~answerable].tolist())
        assert ours == pytest.approx(roc_auc_score(answerable, certainties), abs=1e-12)


def _separated(answerable: Sequence[float], unanswerable: Sequence[float]) -> tuple[float, float]:
    """Return AUROC and refusal of questions that are each alone in their group."""
    certainties = [*answerable, *unanswerable]
    flags = [True] * len(answerable) + [False] * len(unanswerable)
    separation = measures.separation(certainties, flags, [str(number) for number in range(len(flags))])
    assert separation is not None
    auroc, refusal = separation
    assert auroc.count == refusal.count == len(flags)
    return auroc.value, refusal.value


def test_refusal_is_as_computed_by_hand() -> None:
    infinite = float("inf")
    # 19 of 20 reach 0.5; what is equal to the threshold is accepted.
    assert _separated([0.1, *[0.5] * 19], [0.2, 0.4, 0.5]) == pytest.approx(((2 * 19 + 19 / 2) / 60, 2 / 3))
    # 18 of 20 would be too few, so the threshold is 0.1.
    assert _separated([0.1, 0.1, *[0.5] * 18], [0.05, 0.4]) == pytest.approx(((20 + 18) / 40, 1 / 2))
    # Of fewer than twenty answerable questions all must be accepted.
    assert _separated([0.3, 0.9], [0.2, 0.4]) == (3 / 4, 1 / 2)
    assert _separated([0.9], [0.1]) == (1.0, 1.0)
    assert _separated([0.1], [0.9]) == (0.0, 0.0)
    assert _separated([-infinite, 0.5], [infinite, 0.1]) == (1 / 4, 0.0)


def test_questions_of_one_answerability_are_not_separated() -> None:
    assert measures.separation([0.5, 0.6], [True, True], ["a", "b"]) is None
    assert measures.separation([0.5], [False], ["a"]) is None
    assert measures.separation([], [], []) is None


def test_separation_equals_auroc_and_a_count_by_hand() -> None:
    draw = np.random.default_rng(11)
    for _ in range(100):
        answerable = np.round(draw.random(int(draw.integers(1, 60))) + 0.2, 1).tolist()
        unanswerable = np.round(draw.random(int(draw.integers(1, 60))), 1).tolist()
        threshold = max(
            one for one in answerable if sum(other >= one for other in answerable) >= 0.95 * len(answerable)
        )
        refused = sum(one < threshold for one in unanswerable) / len(unanswerable)
        assert _separated(answerable, unanswerable) == (measures.auroc(answerable, unanswerable), refused)


def test_resampled_separations_equal_those_of_the_drawn_questions() -> None:
    certainties, flags = [0.9, 0.4, 0.6, 0.5, 0.4, 0.1], [True, True, True, False, False, False]
    groups = ["a", "a", "b", "b", "c", "d"]
    separation = measures.separation(certainties, flags, groups, 5)
    assert separation is not None
    members = {"a": [0, 1], "b": [2, 3], "c": [4], "d": [5]}
    first = np.random.default_rng(5).integers(4, size=(200, 4))
    for auroc, refusal, drawn in zip(*(one.resamples for one in separation), first, strict=False):
        questions = [number for group in drawn for number in members["abcd"[group]]]
        answerable = [certainties[number] for number in questions if flags[number]]
        unanswerable = [certainties[number] for number in questions if not flags[number]]
        if answerable and unanswerable:
            assert (auroc, refusal) == pytest.approx(_separated(answerable, unanswerable))
        else:
            assert np.isnan(auroc)
            assert np.isnan(refusal)


def test_an_interval_covers_the_auroc_of_translations_in_95_of_100_samples() -> None:
    draw = np.random.default_rng(12)
    flags = np.repeat(np.arange(60) < 30, 4)
    groups = [str(number // 4) for number in range(240)]
    covered, naively = 0, 0
    for _ in range(200):
        # Two normal distributions that are one standard deviation apart have the AUROC 0.760.
        values = np.repeat(draw.normal(0, 1, size=60), 4) + flags
        for by in (groups, [str(number) for number in range(240)]):
            separation = measures.separation(values.tolist(), flags.tolist(), by)
            assert separation is not None
            low, high = separation[0].interval
            if by is groups:
                covered += low <= 0.760 <= high
            else:
                naively += low <= 0.760 <= high
    assert 0.89 <= covered / 200 <= 0.99
    assert naively / 200 < 0.8


def test_risks_are_as_computed_by_hand() -> None:
    curve = measures.risk_coverage([0.9, 0.5, 0.5], [True, False, True])
    assert curve == [(pytest.approx(1 / 3), 0.0), (pytest.approx(2 / 3), 0.25), (1.0, pytest.approx(1 / 3))]
    assert measures.risk_area([0.9, 0.5, 0.5], [True, False, True]) == pytest.approx((0 + 1 / 4 + 1 / 3) / 3)


def test_a_system_that_is_always_right_has_no_risk() -> None:
    assert measures.risk_area([0.1, 0.2], [True, True]) == 0.0
    assert measures.risk_area([0.1, 0.2], [False, False]) == 1.0
    assert measures.risk_area([], []) is None
    assert measures.risk_coverage([], []) == []


def test_certainty_about_what_is_wrong_is_a_risk() -> None:
    surely_right = measures.risk_area([0.9, 0.1], [True, False])
    surely_wrong = measures.risk_area([0.1, 0.9], [True, False])
    assert surely_right is not None
    assert surely_wrong is not None
    assert surely_right < surely_wrong


def _average_risks(certainties: Sequence[float], right: Sequence[bool]) -> list[float]:
    """Return the mean of the risks over every order in which equal certainties may come."""
    curves = []
    for order in itertools.permutations(range(len(right))):
        sorted_ = [certainties[number] for number in order]
        if sorted_ == sorted(sorted_, reverse=True):
            wrong = np.cumsum([not right[number] for number in order])
            curves.append(wrong / np.arange(1, len(right) + 1))
    risks: list[float] = np.mean(curves, axis=0).tolist()
    return risks


def test_equal_certainties_count_as_the_average_over_their_orders() -> None:
    draw = random.Random(8)  # noqa: S311
    for _ in range(60):
        size = draw.randint(1, 6)
        certainties = [draw.choice([0.1, 0.5, 0.9]) for _ in range(size)]
        right = [draw.random() < 0.5 for _ in range(size)]
        curve = measures.risk_coverage(certainties, right)
        assert [risk for _, risk in curve] == pytest.approx(_average_risks(certainties, right))
        assert [coverage for coverage, _ in curve] == pytest.approx([number / size for number in range(1, size + 1)])


# --- calibration


def test_the_calibration_error_is_as_computed_by_hand() -> None:
    assert measures.calibration_error([0.9, 0.9, 0.2], [True, False, False]) == pytest.approx(1 / 3)
    assert measures.calibration([0.9, 0.9, 0.2], [True, False, False]) == [(0.2, 0.0, 1), (0.9, 0.5, 2)]


def test_probabilities_that_come_true_as_often_as_they_say_have_no_error() -> None:
    assert measures.calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)
    assert measures.calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert measures.calibration_error([1.0, 0.0], [False, True]) == 1.0
    assert measures.calibration_error([], []) is None


def test_every_probability_is_in_one_of_ten_bins() -> None:
    draw = np.random.default_rng(9)
    probabilities = [0.0, 0.1, 0.3, 0.6, 0.7, 1.0, *draw.random(500).tolist()]
    bins = measures.calibration(probabilities, [True] * len(probabilities))
    assert sum(count for _, _, count in bins) == len(probabilities)
    assert len(bins) == 10
    assert all(number / 10 - 1e-9 <= predicted <= (number + 1) / 10 for number, (predicted, _, _) in enumerate(bins))


# --- languages


def test_the_parity_gap_is_as_computed_by_hand() -> None:
    scores = {"a": {"fr": 1.0, "en": 0.5}, "b": {"fr": 1.0, "en": 1.0}, "c": {"fr": 0.0}}
    assert measures.parity_gap(scores, "fr", "en") == (0.25, 2)
    assert measures.parity_gap(scores, "en", "fr") == (0.25, 2)
    assert measures.parity_gap(scores, "fr", "de") is None
    assert measures.parity_gap({}, "fr", "en") is None
