"""The stages of questions on two services."""

from pathlib import Path

import pytest

from eval import stages
from tests.fakes import build_archive, service_of


def test_the_stages_of_two_services_are_medians_with_their_ratios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "_QUESTIONS", 2)
    data = build_archive(tmp_path, {"pont.md": "# Le pont\n\nLe pont rouvre lundi."})
    with service_of(data) as first, service_of(data) as second:
        stages.main([first, second])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [row[0] for row in rows][-1] == "request"
    assert {"embed", "search", "rank"} < {row[0] for row in rows}
    assert all(len(row) == 5 for row in rows)
