"""The extra `models` is needed for other models than the bundled one, and for nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.model.cache import Model, find
from tests.fakes import write_files

_WITHOUT = """\
import sys
sys.modules.update(dict.fromkeys(["torch", "transformers", "sentence_transformers", "safetensors"]))
from qa.cli.main import main
main()
"""


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no library of the extra can be imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSQA_")}
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT, *arguments],
        env=environment | {"NEWSQA_DATA": str(folder / "data"), "NEWSQA_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_bundled_model_is_prepared_and_answers_without_torch(tmp_path: Path, model: Model) -> None:
    write_files(tmp_path, {"news/pool.md": "The municipal pool closes in June.\n"})
    indexed = _run(tmp_path, "index", str(tmp_path / "news"))
    assert indexed.returncode == 0, indexed.stderr
    asked = _run(tmp_path, "ask", "Quand ferme la piscine ?")
    assert asked.returncode == 0, asked.stderr
    assert "The municipal pool closes in June." in asked.stdout
    assert find(model.identity, tmp_path / "cache") == model


@pytest.mark.parametrize("name", ["somebody/some-model", "."])
def test_another_model_needs_the_extra(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"pool.md": "The municipal pool closes in June.\n", "model/modules.json": "[]"})
    name = str(tmp_path / "model") if name == "." else name
    indexed = _run(tmp_path, "index", str(tmp_path / "pool.md"), "--model", name)
    assert indexed.returncode == 1
    assert indexed.stderr.splitlines() == [
        f"newsqa: model {name}: sentence-transformers is not installed, which all models but `bundled` need: "
        "run pip install 'newsqa[models]'"
    ]
