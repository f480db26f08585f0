"""Results on a terminal."""

import io

from rich.console import Console

from eval import table
from eval.result import Figure, Result
from tests.eval.test_report import question_result, result

_COLUMNS = (
    *("passages nDCG@10", "first quote accuracy", "citation precision", "citation recall", "answer containment"),
    *("abstention AUROC near-miss", "abstention AUROC off-topic"),
    *("refusal at 95 % near-miss", "refusal at 95 % off-topic"),
)


def _shown(outcome: Result) -> list[str]:
    stream = io.StringIO()
    table.show(Console(file=stream, width=80), outcome)
    return [line for line in stream.getvalue().splitlines() if line.strip()]


def _figures(value: float, *names: str) -> dict[str, Figure]:
    return {name: Figure(value=value, low=value - 0.01, high=value + 0.01, count=340) for name in names or _COLUMNS}


def test_a_result_with_every_column_fits_a_terminal_of_80_columns() -> None:
    kinds = {"disagreement": _figures(0.027), "near-miss": _figures(0.054, "abstention AUROC near-miss")}
    outcome = result([question_result()] * 340).model_copy(update={"figures": _figures(0.027), "by": {"kind": kinds}})
    lines = _shown(outcome)
    rows = {line.split()[0]: line.split()[1:] for line in lines}
    assert rows["disagreement"] == ["0", *["0.027"] * len(_COLUMNS)]
    assert rows["near-miss"] == ["0", "0.054"]
    assert max(len(line) for line in lines) <= 80
    assert not any("…" in line.replace(" … ", "") for line in lines)


def test_totals_are_shown_with_their_intervals_and_rarer_measures_are_left_to_the_file() -> None:
    figures = _figures(0.5, "articles nDCG@10", "articles AP", "passages RR@10", "passages AP", "refused")
    figures["calibration error"] = Figure(value=0.25, count=7)
    lines = _shown(result([question_result()]).model_copy(update={"figures": figures, "by": {}}))
    assert [" ".join(line.split()) for line in lines if line[0].islower()][1:6] == [
        "articles nDCG@10 0.500 0.490 … 0.510 340",
        "passages RR@10 0.500 0.490 … 0.510 340",
        "refused 0.500 0.490 … 0.510 340",
        "calibration error 0.250 7",
    ]


def test_a_set_with_one_kind_of_unanswerable_questions_shows_its_auroc() -> None:
    kinds = {kind: _figures(0.7, "abstention AUROC", "refusal at 95 %") for kind in ("answerable", "unanswerable")}
    outcome = result([question_result()]).model_copy(update={"figures": kinds["answerable"], "by": {"kind": kinds}})
    rows = {line.split()[0]: line.split()[1:] for line in _shown(outcome)}
    assert rows["answerable"] == ["0", "0.700", "0.700"]
