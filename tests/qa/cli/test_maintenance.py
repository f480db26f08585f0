"""The commands that maintain an archive, on the real model."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np

from index.checksums import checksum
from index.local.catalog import FILE, Catalog
from index.local.generation import GENERATIONS
from index.local.schema import codes_row
from index.types import TokenCodes
from tests.fakes import write_files
from tests.qa.cli.command import COMMAND, run


def _json(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    ran = run(*arguments, "--json")
    assert ran.returncode == code, ran
    printed: dict[str, Any] = json.loads(ran.stdout)
    return printed


def test_doctor_finds_no_problems_in_the_seeds(data: Path) -> None:
    report = _json("doctor", "--sample", "0.1", "--data", data)
    assert report["problems"] == []
    checked = report["checked"]
    assert checked["passages"] == checked["vectors compared with the index"] >= 50
    assert checked["passages embedded again"] >= checked["passages"] // 10


def test_doctor_prints_problems_and_repairs_them_on_request(data: Path) -> None:
    shutil.rmtree(data / GENERATIONS)
    ran = run("doctor", "--no-embed", "--data", data)
    assert ran.returncode == 1
    assert "problem: " in ran.stdout
    assert "no index has been published: run newsqa doctor --repair" in ran.stdout.replace("\n", " ")
    assert not (data / GENERATIONS).exists()
    repaired = run("doctor", "--no-embed", "--repair", "--data", data)
    assert (repaired.returncode, "OK: no problems found" in repaired.stdout) == (0, True)


def test_doctor_vacuum_frees_the_space_of_deleted_articles_and_says_so(data: Path) -> None:
    with Catalog.open(data) as catalog:
        ids = [article.id for article in catalog.page(10, 0)]
    assert run("delete", *ids, "--data", data).returncode == 0
    before = (data / FILE).stat().st_size
    ran = run("doctor", "--no-embed", "--vacuum", "--data", data)
    assert (ran.returncode, "OK: no problems found" in ran.stdout, "vacuum: " in ran.stdout) == (0, True, True)
    assert (data / FILE).stat().st_size < before - 100_000


def test_doctor_converts_an_archive_of_the_version_before(data: Path) -> None:
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        (stored,) = connection.execute("SELECT value FROM settings WHERE key = 'model'").fetchone()
        model = json.loads(stored)
        del model["projection"], model["component_means"], model["level_step"]
        described = json.dumps(model | {"grid": [[-0.2] * 384, [0.03] * 384]})
        settings = (described, checksum("model", described))
        connection.execute("UPDATE settings SET value = ?, checksum = ? WHERE key = 'model'", settings)
        for key, counts in connection.execute("SELECT key, counts FROM tokens").fetchall():
            rows = np.frombuffer(counts, "<u2")
            codes = np.random.default_rng(0).integers(0, 256, (rows.sum(), 192), dtype=np.uint8)
            connection.execute("REPLACE INTO tokens VALUES (?, ?, ?, ?)", codes_row(key, TokenCodes(rows, codes)))
        connection.execute("PRAGMA user_version = 4")
    refused = run("stats", "--data", data)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "run newsqa doctor --repair, which converts it" in refused.stderr
    report = _json("doctor", "--no-embed", "--repair", "--data", data)
    assert report["problems"] == []
    assert any(note.startswith("converted: ") for note in report["notes"])
    assert run("stats", "--data", data).returncode == 0


def test_doctor_repairs_at_once_what_only_a_rebuilt_index_of_sqlite_shows(data: Path) -> None:
    with closing(sqlite3.connect(data / FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        key, vector = connection.execute("SELECT key, vector FROM embeddings LIMIT 1").fetchone()
    content = (data / FILE).read_bytes()
    place = content.index(key + vector[:32])  # the row; its index has the key without the vector
    (data / FILE).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    (problem,) = _json("doctor", "--no-embed", "--data", data, code=1)["problems"]
    assert "missing from index" in problem
    assert _json("doctor", "--repair", "--data", data)["problems"] == []


def test_doctor_advises_no_repair_of_what_it_cannot_repair(data: Path) -> None:
    with closing(sqlite3.connect(data / FILE)) as connection, connection:
        connection.execute("UPDATE settings SET value = value || ' ' WHERE key = 'model'")
    for option in ("--no-embed", "--repair"):
        ran = run("doctor", option, "--data", data)
        assert ran.returncode == 1
        assert "the settings are damaged: not repairable: restore a snapshot" in ran.stdout + ran.stderr
    (data / FILE).write_bytes(b"no" + (data / FILE).read_bytes()[2:])
    ran = run("doctor", "--repair", "--data", data)
    assert "damaged (file is not a database): not repairable: restore a snapshot, or index into" in ran.stderr


def test_commands_without_an_archive_print_one_line(tmp_path: Path) -> None:
    for command in (["doctor"], ["doctor", "--no-embed"], ["snapshot", tmp_path / "news.sqlite"]):
        ran = run(*command, "--data", tmp_path / "nowhere")
        assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
        assert "no archive in" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_answers_as_the_archive_did(data: Path, tmp_path: Path) -> None:
    file, back = tmp_path / "news.sqlite", tmp_path / "back"
    assert _json("snapshot", file, "--data", data)["checked"] == _json("restore", file, "--data", back)["checked"]
    question = ("ask", "why did Kalinowski leave?", "--json", "--data")
    before, after = (json.loads(run(*question, folder).stdout) for folder in (data, back))
    assert before["citations"]
    assert (before["citations"], before["passages"]) == (after["citations"], after["passages"])
    again = run("snapshot", file, "--data", data)
    assert (again.returncode, "add --force" in again.stderr) == (1, True)
    assert run("snapshot", file, "--data", data, "--force").returncode == 0


def test_a_damaged_snapshot_is_refused_in_one_line(data: Path, tmp_path: Path) -> None:
    ran = run("restore", data / FILE, "--data", tmp_path / "back")
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "not a snapshot, or damaged" in ran.stderr
    assert not (tmp_path / "back").exists()


def test_a_running_service_is_copied_and_uses_a_restored_archive(data: Path, tmp_path: Path) -> None:
    articles = write_files(
        tmp_path / "articles", {"piscine.md": "# La piscine\n\nLa piscine municipale ferme en juin."}
    )
    file, other = tmp_path / "news.sqlite", tmp_path / "other"
    assert run("index", articles, "--data", other).returncode == 0
    command = [str(COMMAND), "serve", "--data", str(data), "--json"]
    with subprocess.Popen(command, env=os.environ | {"NEWSQA_PORT": "0"}, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout
        try:
            address = json.loads(service.stdout.readline())["ready"]

            def quoted() -> str:
                answer = httpx.post(f"{address}/ask", json={"question": "Quand ferme la piscine ?"})
                answer.raise_for_status()
                return " ".join(citation["cited_text"] for citation in answer.json()["citations"])

            assert "La piscine municipale" not in quoted()
            assert run("snapshot", file, "--data", data).returncode == 0
            assert run("snapshot", file, "--data", other, "--force").returncode == 0
            assert run("restore", file, "--data", data, "--force").returncode == 0
            assert quoted() == "La piscine municipale ferme en juin."
            assert run("doctor", "--data", data).returncode == 0
        finally:
            service.kill()
