"""The locks with hashes have the versions of the constraints, and the audit of them tells what it found."""

import re
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.audit import findings

_CI = Path(__file__).parents[1] / ".ci"
_PINNED = re.compile(r"^([^\s=#]+)==(\S+)(.*)(?=\n)", re.MULTILINE)
_ELSEWHERE = re.compile("sys_platform == '(?:win32|emscripten)'")
_UNHASHED = {"torch"}  # whose builds differ by index


def _versions(file: Path) -> dict[str, str]:
    """Return the pinned versions of packages that Linux needs, by name."""
    pins = _PINNED.findall(file.read_text(encoding="utf-8"))
    return {canonicalize_name(name): version for name, version, rest in pins if not _ELSEWHERE.search(rest)}


@pytest.mark.parametrize("name", ["required", "web", "dev"])
def test_a_lock_has_the_versions_of_the_constraints(name: str) -> None:
    constraints, lock = _versions(_CI / "constraints.txt"), _versions(_CI / "lock" / f"{name}.txt")
    assert lock.keys() <= constraints.keys(), "run make lock"
    assert {package: constraints[package] for package in lock} == lock, "run make lock"
    assert name != "dev" or constraints.keys() - lock.keys() == _UNHASHED


def test_the_lock_for_milvus_has_the_versions_of_the_others() -> None:
    lock, other = _versions(_CI / "lock" / "milvus.txt"), _versions(_CI / "lock" / "web.txt")
    assert {package: lock[package] for package in other} == other, "run make lock"
    assert "pymilvus" in lock


@pytest.mark.parametrize("file", [*(_CI / "lock").iterdir()], ids=lambda file: str(file.stem))
def test_every_package_of_a_lock_has_hashes(file: Path) -> None:
    entries = re.split(r"\n(?=\S)", file.read_text(encoding="utf-8").strip())
    assert len(entries) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_an_audit_names_each_vulnerability_or_says_that_nothing_was_looked_up() -> None:
    skipped = {"name": "a", "skip_reason": "not found"}
    found = {"name": "b", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
    assert findings({"dependencies": [skipped]}) is None
    assert findings({"dependencies": [skipped, {"name": "c", "version": "1", "vulns": []}]}) == []
    assert findings({"dependencies": [skipped, found]}) == ["b 1: PYSEC-1, fixed in 2"]
