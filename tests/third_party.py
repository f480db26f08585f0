"""Write `THIRD_PARTY.md`: the packages that newsqa installs, with version and license, from their metadata."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILE = ROOT / "THIRD_PARTY.md"
_MAX_LICENSE = 60  # characters; some packages give the whole text
_EXTRAS = ("", "web", "parquet", "otel")
_PINNED = re.compile(r"^([^\s=#]+)==(\S+)", re.MULTILINE)
_HEAD = """# Packages of others

What `pip install newsqa[web,parquet,otel]` brings on Linux with the versions of `.ci/constraints.txt`, by `make
licenses`. The license is what the metadata of the package states.

| package | version | license |
|---|---|---|
"""


def _needed() -> dict[str, Distribution]:
    """Return the installed distributions that newsqa needs, directly or not, by name."""
    found: dict[str, Distribution] = {}
    waiting: list[tuple[Requirement, tuple[str, ...]]] = [
        (Requirement(text), _EXTRAS) for text in requires("newsqa") or []
    ]
    while waiting:
        requirement, extras = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # of another platform
            continue
        if name in found and not requirement.extras:
            continue
        found[name] = package
        inner = (Requirement(text) for text in package.requires or [])
        waiting += [(each, ("", *requirement.extras)) for each in inner if canonicalize_name(each.name) not in found]
    return dict(sorted(found.items()))


def _license(package: Distribution) -> str:
    metadata = package.metadata
    stated = [metadata[name] for name in ("License-Expression", "License") if name in metadata]
    if stated and 0 < len(stated[0]) <= _MAX_LICENSE and "\n" not in stated[0]:
        return str(stated[0])
    classes = metadata.get_all("Classifier") or []
    return ", ".join(each.rpartition(" :: ")[2] for each in classes if "License ::" in each) or "see its files"


def _rows() -> Iterator[str]:
    lock = (ROOT / ".ci/constraints.txt").read_text(encoding="utf-8")
    versions = {str(canonicalize_name(name)): version for name, version in _PINNED.findall(lock)}
    for name, package in _needed().items():
        if name in versions:
            yield f"| {name} | {versions[name]} | {_license(package)} |\n"


def content() -> str:
    """Return the content of the file."""
    return _HEAD + "".join(_rows())


if __name__ == "__main__":
    FILE.write_text(content(), encoding="utf-8")
