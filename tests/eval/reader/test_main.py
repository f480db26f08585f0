"""`make reader` from training sets to a file and its description."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from eval.reader.export import MAX_BYTES
from index.model.cache import Model
from tests.eval.reader.fakes import BRIDGE, BUDGET, POOL
from tests.eval.reader.test_sets import write_sets

pytest.importorskip("torch")


def _rows() -> list[dict[str, object]]:
    """Return rows of twelve articles: one is for development."""
    made: list[dict[str, object]] = []
    for number in range(12):
        for passage, question, answer in (
            (POOL, "When does the pool close?", "June"),
            (BUDGET, "Where does half of it go?", "schools"),
            (BRIDGE, "Quand rouvre le pont ?", "lundi"),
        ):
            article = f"piaf_dev:City {number}"
            answers = [{"text": answer, "start": passage.index(answer)}]
            row = {"lang": "en", "article": article, "passage": passage, "answers": answers, "answerable": True}
            made.append({**row, "id": f"{number} {question}", "question": question})
    return made


def test_a_short_training_writes_a_reader_and_what_it_was_made_of(tmp_path: Path, model: Model, cache: Path) -> None:
    shared = write_sets(tmp_path / "shared", {"piaf_dev": _rows()})
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(cache / "models")
    run = subprocess.run(
        [sys.executable, "-m", "eval.reader", str(shared), "--smoke", "--layers", "2", "--items", "24"],
        env=os.environ | {"NEWSQA_CACHE": str(tmp_path / "cache")},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "left out: thquad, MIT (repository)" in run.stdout
    folder = tmp_path / "cache" / "reader" / "smoke"
    description = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
    assert description["model"] == model.identity
    assert description["command"].endswith("--smoke --layers 2 --items 24")
    assert description["sets"]["piaf_dev"]["license"] == "MIT (repository); Wikipedia CC BY-SA"
    assert 0 < description["sets"]["piaf_dev"]["examples"] < 36
    assert 24 <= description["items"] < 100
    assert description["export"]["same_answerable"] >= 0.9
    assert 1_000_000 < (folder / "reader.onnx").stat().st_size < MAX_BYTES


def test_a_missing_folder_is_one_line(tmp_path: Path, cache: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "eval.reader", str(tmp_path)],
        env=os.environ | {"NEWSQA_CACHE": str(cache)},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith(f"newsqa: {tmp_path}/train/piaf_dev.jsonl.xz: no such file")
