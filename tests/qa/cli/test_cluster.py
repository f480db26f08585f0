"""The commands on an archive in Milvus, with the real model."""

import json
from pathlib import Path

from index.model.cache import Model
from tests.fakes import write_files
from tests.index.contract.milvus_lite import MilvusLite
from tests.qa.cli.command import run

_FILES = {
    "quai.md": "# Le quai\n\nLe quai des brumes est fermé, parce que la digue s'est fissurée pendant la tempête.",
    "phare.md": "# Le phare\n\nLe phare s'allume de nouveau. Son gardien a remplacé la lampe en avril.",
}


def test_doctor_refuses_what_milvus_does_not_need_before_it_reads_the_archive(tmp_path: Path) -> None:
    nowhere = {"NEWSQA_STORE": "milvus+http://127.0.0.1:1"}
    for option in ("--repair", "--vacuum"):
        ran = run("doctor", option, "--data", tmp_path, **nowhere)
        assert (ran.returncode, f"newsqa doctor {option} is not available with NEWSQA_STORE" in ran.stderr) == (1, True)


def test_an_archive_in_milvus_is_examined_exported_and_imported(model: Model, tmp_path: Path) -> None:
    server = MilvusLite(tmp_path)
    try:
        first, second = ({"NEWSQA_STORE": server.address(name)} for name in ("first", "second"))
        files, data = write_files(tmp_path / "files", _FILES), tmp_path / "data"
        assert run("index", files, "--data", data, **first).returncode == 0
        checked = run("doctor", "--sample", "1", "--json", "--data", data, **first)
        assert (checked.returncode, json.loads(checked.stdout)["problems"]) == (0, [])
        assert json.loads(checked.stdout)["checked"]["passages embedded again"] == 2
        by_default = json.loads(run("doctor", "--json", "--data", data, **first).stdout)["checked"]
        assert by_default["passages embedded again"] == 2  # of few passages all
        stats = json.loads(run("stats", "--json", "--data", data, **first).stdout)
        assert (stats["data"], stats["articles"], "bytes" in stats) == (first["NEWSQA_STORE"], 2, False)
        other = run("ask", "Qui ?", "--model", "else/where", "--data", data, **first)
        assert f"{first['NEWSQA_STORE']}: made with the model" in other.stderr
        assert "or index under another name (NEWSQA_STORE)" in other.stderr
        assert run("export", "--format", "parquet", tmp_path / "out", "--data", data, **first).returncode == 0
        imported = run("import", tmp_path / "out", "--data", data, **second)
        assert (imported.returncode, "OK: no problems found" in imported.stdout) == (0, True), imported
    finally:
        server.stop()
