"""The protocol between the race and the process of a system."""

import json
import sys
from pathlib import Path

import pytest

from eval.race.systems import PEERS, SystemStopped, python_of, started
from tests.eval.fakes import write_rows
from tests.eval.race.fakes import fake_environment, fake_system

_ROWS = [
    {"id": "p1", "title": "", "text": "the pool closes", "language": "en", "outlet": "A"},
    {"id": "p2", "title": "", "text": "la piscine ferme 🏊", "language": "fr", "outlet": "B"},
]


@pytest.fixture
def passages(tmp_path: Path) -> str:
    """A file with two passages."""
    return str(write_rows(tmp_path / "passages.jsonl", _ROWS))


def test_a_system_indexes_opens_answers_and_reports_what_it_used(tmp_path: Path, passages: str) -> None:
    system = fake_system(tmp_path, "fake")
    with started(system, Path(sys.executable), tmp_path, tmp_path / "data", tmp_path / "log") as child:
        assert child.loaded["filters"] == ["language", "outlet"]
        assert list(child.loaded["versions"]) == ["pip"]  # what is not installed has no version
        child.run("prepare")
        assert child.run("index", passages=passages, vectors=None)["seconds"] > 0
        child.run("open")
        assert child.run("ask", question="la piscine", k=1, filters={})["ids"] == ["p2"]
        assert child.run("ask", question="la piscine", k=5, filters={"language": "en"})["ids"] == ["p1"]
        usage = child.run("usage")
    assert 0 < usage["memory"] <= usage["peak"]
    assert usage["used"] > 0
    assert "a library prints" in (tmp_path / "log").read_text(encoding="utf-8")


def test_peers_see_neither_newsqa_nor_its_path(tmp_path: Path, passages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "ours"))
    system = fake_system(tmp_path / "adapters", "fake")
    python = python_of(system, fake_environment(tmp_path / "env"))
    with started(system, python, tmp_path, tmp_path / "data", tmp_path / "log") as child:
        child.run("index", passages=passages, vectors=None)
    _, _, path = json.loads((tmp_path / "data" / "passages.json").read_text(encoding="utf-8"))
    assert str(tmp_path / "ours") not in path
    assert not any("eval/race" in each for each in path)  # an adapter must not be imported in place of its library


def test_an_error_of_a_system_is_named_and_the_next_command_answered(tmp_path: Path, passages: str) -> None:
    system = fake_system(tmp_path, "fake")
    with started(system, Path(sys.executable), tmp_path, tmp_path / "data", tmp_path / "log") as child:
        with pytest.raises(SystemStopped, match=r"^fake: open: FileNotFoundError: "):
            child.run("open")
        child.run("index", passages=passages, vectors=None)


def test_a_system_that_does_not_load_is_named(tmp_path: Path) -> None:
    system = fake_system(tmp_path, "fake", "does not load")
    with (
        pytest.raises(SystemStopped, match=r"^fake: load: OSError: no weights$"),
        started(system, Path(sys.executable), tmp_path, tmp_path / "data", tmp_path / "log"),
    ):
        pass


@pytest.mark.parametrize(
    ("behavior", "reason"), [("dies", "its process ended: see .*log"), ("hangs", "no reply within 1 s: see .*log")]
)
def test_a_system_that_ends_or_takes_too_long_is_stopped(
    tmp_path: Path, passages: str, behavior: str, reason: str
) -> None:
    system = fake_system(tmp_path, "fake", behavior)
    with (
        pytest.raises(SystemStopped, match=f"fake: index: {reason}"),
        started(system, Path(sys.executable), tmp_path, tmp_path / "data", tmp_path / "log", limit=1) as child,
    ):
        child.run("index", passages=passages, vectors=None)


def test_every_peer_has_an_adapter_and_exact_versions() -> None:
    requirements = Path(PEERS[0].adapter.parents[1], "requirements.txt").read_text(encoding="utf-8").casefold()
    for peer in PEERS:
        assert peer.adapter.is_file()
        assert all(f"\n{package}==" in requirements for package in peer.packages), peer.name
