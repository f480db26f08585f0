"""What the Dockerfile and the systemd unit name is there."""

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from qa.cli.main import app
from qa.settings import Settings

_ROOT = Path(__file__).parents[2]
_IMAGE = (_ROOT / "Dockerfile").read_text(encoding="utf-8")
_UNIT = (_ROOT / "deploy" / "newsqa.service").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [_IMAGE, _UNIT], ids=["Dockerfile", "newsqa.service"])
def test_their_variables_are_settings(text: str) -> None:
    named = set(re.findall(r"\b(NEWSQA_\w+)", text))
    assert {"NEWSQA_DATA", "NEWSQA_CACHE"} <= named <= {f"NEWSQA_{field.name.upper()}" for field in fields(Settings)}


def test_their_commands_are_those_of_newsqa() -> None:
    commands = {command.name or (command.callback and command.callback.__name__) for command in app.registered_commands}
    named = re.findall(r"(?:\bnewsqa |CMD \[\")(\w+)(?: /|\"\])", _IMAGE) + re.findall(r"bin/newsqa (\w+)", _UNIT)
    assert sorted(named) == ["index", "serve", "serve"]
    assert commands >= set(named)


def test_the_image_copies_what_is_there() -> None:
    copied = [name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", _IMAGE, re.MULTILINE) for name in line.split()]
    copied += re.findall(r"type=bind,source=([^,]+)", _IMAGE)
    assert set(copied) >= {"pyproject.toml", "index", "qa", "eval", ".ci/lock"}
    copied += [f".ci/lock/{name}.txt" for name in re.findall(r"^ARG LOCK=(\w+)$", _IMAGE, re.MULTILINE)]
    assert [name for name in copied if not (_ROOT / name).exists()] == []


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed: the unit is not verified"
)
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "newsqa.service"
    installed = Path(sys.executable).with_name("newsqa")
    unit.write_text(_UNIT.replace("/opt/newsqa/bin/newsqa", str(installed)), encoding="utf-8")
    verify = ["systemd-analyze", "verify", "--man=no", str(unit)]
    verified = subprocess.run(verify, capture_output=True, text=True, timeout=60, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
