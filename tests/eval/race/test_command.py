"""The command `newsqa eval race`."""

from pathlib import Path

from typer.testing import CliRunner

from eval.race.run import prepare_model
from qa.cli.main import app


def test_an_unknown_peer_is_refused_with_the_names_of_the_known(tmp_path: Path) -> None:
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"})
    result = runner.invoke(app, ["eval", "race", str(tmp_path), "--peer", "elasticsearch"])
    assert result.exit_code == 2
    assert "'elasticsearch' is none of sentence-transformers, txtai, haystack, langchain, llama-index" in result.stderr


def test_a_model_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    assert prepare_model(tmp_path) == tmp_path
    assert list(tmp_path.iterdir()) == []
