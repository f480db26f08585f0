"""Peers are installed one by one, into an environment of their own."""

import subprocess
from pathlib import Path

from eval.race.environment import REQUIREMENTS, install
from tests.eval.race.fakes import fake_system


def test_a_peer_that_cannot_be_installed_is_named_and_the_others_are_installed_once(tmp_path: Path) -> None:
    commands: list[list[str]] = []

    def run(command: list[str]) -> None:
        commands.append(command)
        if "venv" in command:
            Path(command[-1], "bin").mkdir(parents=True)
            Path(command[-1], "bin", "python").touch()
        elif len(commands) == 2:
            raise subprocess.CalledProcessError(1, command, stderr="a warning\nERROR: no matching distribution\n")

    systems = [fake_system(tmp_path, name) for name in ("first", "second")]
    systems.append(fake_system(tmp_path, "newsqa", peer=False))
    folder = tmp_path / "env"
    assert install(systems, folder, run) == {"first": "cannot be installed: ERROR: no matching distribution"}
    _, _, second = commands
    assert second == [
        *(str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "-c", str(REQUIREMENTS)),
        "fake-package",
    ]
    assert install(systems, folder, run) == {}  # tried again
    assert len(commands) == 4
    assert install(systems, folder, run) == {}
    assert len(commands) == 4


def test_an_environment_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    def run(command: list[str]) -> None:
        raise FileNotFoundError(f"{command[0]}: no such file")

    failures = install([fake_system(tmp_path, "first")], tmp_path / "env", run)
    assert list(failures) == ["first"]
    assert failures["first"].startswith("cannot be installed: ")
