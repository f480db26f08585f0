"""The table and the goals of a race, from figures."""

import json

from eval.race.measure import Figure, Results
from eval.race.table import goals, markdown, to_json

_ROW = "10,000 passages: question, {} ms, p50"


def _results(over_http: float, peer: float, newsqa: float = 0.9) -> Results:
    results = Results(versions={"txtai": "9.14.0"})
    for unit in ("wall", "CPU"):
        for factor in (0.9, 1.0, 1.2):
            results.add(_ROW.format(unit), "newsqa over HTTP", over_http * factor)
            results.add(_ROW.format(unit), "txtai", peer * factor)
            results.add(_ROW.format(unit), "slow", 900.0)
    results.means["nDCG@10 PIAF"] = {"newsqa": Figure(newsqa, 0.8, 0.95), "txtai": Figure(0.88, 0.8, 0.9)}
    return results


def test_half_the_time_of_the_fastest_peer_and_a_better_ranking_meet_the_goals() -> None:
    met = goals(_results(over_http=20.0, peer=40.0))
    assert [goal.met for goal in met] == [True, True, True]
    assert "20.0 ms to 40.0 ms of txtai, ratio 0.50, over 10,000 passages" in str(met[0])
    assert str(met[2]) == "met: nDCG@10 PIAF is better than that of each peer (0.900 to 0.880 of txtai)"


def test_more_time_or_an_equal_ranking_miss_them() -> None:
    missed = goals(_results(over_http=20.1, peer=40.0, newsqa=0.88))
    assert [goal.met for goal in missed] == [False, False, False]
    assert str(missed[0]).startswith("missed: ")


def test_without_peers_or_archives_goals_are_not_measured() -> None:
    results = Results(means={"nDCG@10 PIAF": {"newsqa": Figure(0.9, 0.8, 1.0)}})
    assert [goal.met for goal in goals(results)] == [None, None, None]
    assert all(str(goal).startswith("not measured: ") for goal in goals(results))


def test_a_second_larger_archive_does_not_count_for_the_goals() -> None:
    results = _results(over_http=20.0, peer=40.0)
    results.add("100,000 passages: question, wall ms, p50", "newsqa over HTTP", 100.0)
    assert [goal.met for goal in goals(results)] == [True, True, True]


def test_cells_have_the_median_with_the_lowest_and_highest_round() -> None:
    text = markdown(_results(20.0, 40.0), ["newsqa", "newsqa over HTTP", "txtai", "absent"], ["A note."])
    assert text.splitlines() == [
        "| | newsqa | newsqa over HTTP | txtai |",
        "|---|---|---|---|",
        "| nDCG@10 PIAF | 0.900 (0.800 to 0.950) | - | 0.880 (0.800 to 0.900) |",
        "| 10,000 passages: question, wall ms, p50 | - | 20.0 (18.0 to 24.0) | 40.0 (36.0 to 48.0) |",
        "| 10,000 passages: question, CPU ms, p50 | - | 20.0 (18.0 to 24.0) | 40.0 (36.0 to 48.0) |",
        "",
        "A note.",
        "Versions: txtai 9.14.0",
        "",
        *(f"- {goal}" for goal in goals(_results(20.0, 40.0))),
    ]


def test_the_file_has_the_values_of_each_round() -> None:
    content = json.loads(to_json(_results(20.0, 40.0), ["A note."]))
    assert content["figures"][_ROW.format("CPU")]["txtai"]["values"] == [36.0, 40.0, 48.0]
    assert content["goals"][0]["met"] is True
