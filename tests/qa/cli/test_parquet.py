"""Exports in Parquet and their imports, on the real model."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.local.catalog import FILE
from index.parquet.manifest import MANIFEST, Manifest
from index.parquet.tables import FILES, VECTORS
from tests.qa.cli.command import run

_QUESTIONS = ("why did Kalinowski leave?", "Qui dirige xAI ?", "What happened in February 2026?")


def _answer(data: Path, question: str) -> dict[str, Any]:
    """Return an answer without its id, its time and the number of the generation."""
    answer: dict[str, Any] = json.loads(run("ask", question, "--top-k", "10", "--json", "--data", data).stdout)
    assert len(answer["passages"]) == 10
    return {name: value for name, value in answer.items() if name not in {"id", "took_ms", "generation"}}


@pytest.fixture(scope="module")
def folder(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of the archive of seeds/."""
    place = tmp_path_factory.mktemp("parquet") / "export"
    ran = run("export", "--format", "parquet", place, "--data", seeds)
    assert ran.returncode == 0, ran
    return place


def test_an_imported_archive_answers_as_the_original_did(seeds: Path, folder: Path, tmp_path: Path) -> None:
    ran = run("import", folder, "--data", tmp_path / "back")
    assert (ran.returncode, "OK: no problems found" in ran.stdout) == (0, True), ran
    for question in _QUESTIONS:
        assert _answer(tmp_path / "back", question) == _answer(seeds, question)
    checked = run("doctor", "--sample", "0.1", "--data", tmp_path / "back")
    assert (checked.returncode, "OK: no problems found" in checked.stdout) == (0, True)
    again = run("import", folder, "--data", tmp_path / "back")
    assert (again.returncode, "add --force" in again.stderr) == (1, True)
    assert run("import", folder, "--data", tmp_path / "back", "--force", "--json").returncode == 0


def test_an_export_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    refused = run("import", folder, "--data", tmp_path / "back", NEWSQA_MODEL="org/other")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "made with the model bundled@" in refused.stderr
    other = shutil.copytree(folder, tmp_path / "other")
    manifest = Manifest.read(other, FILES)
    (other / MANIFEST).unlink()
    replace(manifest, model=replace(manifest.model, identity="bundled@0000000000000000")).write(other)
    refused = run("import", other, "--data", tmp_path / "back")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "made with the model bundled@0000000000000000" in refused.stderr
    assert not (tmp_path / "back" / FILE).exists()


def test_a_damaged_export_is_refused_in_one_line(folder: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(folder, tmp_path / "damaged")
    (damaged / VECTORS).write_bytes((folder / VECTORS).read_bytes()[:-1] + b"?")
    refused = run("import", damaged, "--data", tmp_path / "back")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert f"{damaged / VECTORS}: damaged" in refused.stderr
    assert not (tmp_path / "back").exists()


def test_a_folder_is_named_with_the_format_parquet_and_only_with_it(seeds: Path, tmp_path: Path) -> None:
    wrong: tuple[tuple[str | Path, ...], ...] = (
        (tmp_path / "a",),
        ("--format", "parquet"),
        ("--format", "parquet", "--output", tmp_path / "a", tmp_path / "b"),
    )
    for arguments in wrong:
        assert run("export", *arguments, "--data", seeds).returncode == 2
    inside = run("export", "--format", "parquet", seeds / "export", "--data", seeds)
    assert (inside.returncode, "inside the data folder" in inside.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []
