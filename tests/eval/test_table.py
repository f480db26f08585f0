"""Results on a terminal."""

import io
from collections.abc import Mapping

from rich.console import Console

from eval import table
from eval.result import Figure, Result
from tests.eval.test_report import question_result, result

_COLUMNS = (
    *("passages nDCG@10", "passages RR@10", "passages Success@1", "passages R@10"),
    *("citation precision", "answer containment", "refused"),
)


def _shown(outcome: Result) -> str:
    stream = io.StringIO()
    table.show(Console(file=stream, width=80), outcome)
    return stream.getvalue()


def _figures(value: float) -> Mapping[str, Figure]:
    return {name: Figure(value=value, low=None, high=None, count=340) for name in _COLUMNS}


def test_a_result_with_every_column_fits_a_terminal_of_80_columns() -> None:
    kinds = {"disagreement": _figures(0.027), "who": _figures(0.054)}
    outcome = result([question_result()] * 340).model_copy(update={"figures": _figures(0.027), "by": {"kind": kinds}})
    rows = {line.split()[0]: line.split()[1:] for line in _shown(outcome).splitlines() if line.strip()}
    assert rows["all"] == ["340", *["0.027"] * len(_COLUMNS)]
    assert rows["disagreement"] == ["0", *["0.027"] * len(_COLUMNS)]
