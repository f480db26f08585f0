"""README and docs/ are true: every command in them is run, in a copy of what a reader has, and shows what they show.

The blocks of a page are one session of a shell, in its order. What runs until Ctrl-C goes on beside what follows.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from index.local.archive import LocalArchive
from index.local.snapshot import restore, snapshot
from index.model.cache import Model
from index.read.formats import FORMATS
from qa.service.api_docs import reference
from qa.settings import Settings
from tests.fakes import app_of, build_archive, write_files

_ROOT = Path(__file__).parents[1]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md"))]
_PROSE = [*_PAGES, *(_ROOT / name for name in ("CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md"))]
_NAMES = [str(page.relative_to(_ROOT)) for page in _PAGES]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
_MAKE = re.compile(r"\bmake ([a-z]+)")
_ELSEWHERE = re.compile(r"^make .*\n", re.MULTILINE)  # they make what a session begins with; CI runs them
_ENDLESS = re.compile(r"^((?:\w+=\S+ )*\.venv/bin/newsqa (?:serve|watch)\b)", re.MULTILINE)
_MARK = "--- the next block"
_READER = {
    "news/pool.md": "---\ntitle: The pool\nsource: Courier\n---\nThe municipal pool closes in June.\n",
    "dump.jsonl": '{"text": "Le pont rouvre lundi.", "title": "Le pont", "date": "2026-02-12"}\n',
}
_SESSION = """\
set -euo pipefail
trap 'kill $(jobs -p) || true' EXIT
endless() {
    if [[ " $* " == *" serve "* ]]; then
        if [[ -v service ]]; then kill "$service"; wait "$service" || true; fi
        env "$@" &
        service=$!
        until curl -sf "localhost:$NEWSQA_PORT/livez" >/dev/null; do kill -0 "$service"; sleep 0.2; done
    else
        env "$@" &
    fi
}
"""


def _blocks(page: Path, *kinds: str) -> Iterator[tuple[str, str]]:
    for kind, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind in kinds:
            yield kind, block


def _session(page: Path, port: int) -> tuple[str, list[tuple[int, str]]]:
    """Return the commands of a page as one script, and what is to be shown at the end of which block."""
    parts: list[str] = []
    shown = []
    for kind, block in _blocks(page, "sh", "python", "text"):
        if kind == "text":
            shown.append((len(parts), block))
        elif kind == "python":
            parts.append(f".venv/bin/python - <<'PYTHON'\n{block}PYTHON\n")
        else:
            parts.append(_ENDLESS.sub(r"endless \1", _ELSEWHERE.sub("", block)))
    return f"echo '{_MARK}'\n".join(parts).replace("localhost:8000", f"localhost:{port}"), shown


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def demonstration(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of the archive that `make ask` makes."""
    file = tmp_path_factory.mktemp("docs") / "seeds.sqlite"
    snapshot(seeds, file)
    return file


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="bash or curl is not there: the docs are not run"
)
@pytest.mark.parametrize("page", _PAGES, ids=_NAMES)
def test_every_command_runs_and_shows_what_the_page_shows(
    page: Path, tmp_path: Path, demonstration: Path, model: Model
) -> None:
    port = _free_port()
    session, shown = _session(page, port)
    if not session:
        return
    for name in ("seeds", "eval"):
        (tmp_path / name).symlink_to(_ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    restore(demonstration, tmp_path / "var" / "newsqa")
    write_files(tmp_path, _READER)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("NEWSQA_") or name == "NEWSQA_CACHE"
    }
    given = {"NEWSQA_PORT": str(port), "COLUMNS": "200", "NO_COLOR": "1", "NO_PROXY": "localhost,127.0.0.1"}
    result = subprocess.run(
        ["bash", "-c", _SESSION + session],  # noqa: S607 - wherever it is
        cwd=tmp_path,
        env=kept | given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:]
    printed = ["", *(" ".join(part.split()) for part in result.stdout.split(_MARK))]
    for number, block in shown:
        at = 0
        for part in re.split(r"\n|…", block):
            at = printed[number].find(" ".join(part.split()), at)
            assert at >= 0, f"{part!r} is not shown: {printed[number]}"


@pytest.mark.parametrize("page", _PAGES, ids=_NAMES)
def test_what_is_shown_as_data_can_be_read(page: Path) -> None:
    for kind, block in _blocks(page, "json", "yaml"):
        assert json.loads(block) if kind == "json" else yaml.safe_load(block)


@pytest.mark.parametrize("page", _PAGES, ids=_NAMES)
def test_every_block_says_what_it_is(page: Path) -> None:
    tested, others = {"sh", "python", "text", "json", "yaml"}, {"ini", "nginx", "console"}
    assert {kind for kind, _ in _BLOCK.findall(page.read_text(encoding="utf-8"))} <= tested | others


@pytest.mark.parametrize("page", _PROSE, ids=lambda page: page.name)
def test_links_lead_somewhere_and_there_is_something_to_make(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path, place in _LINK.findall(text):
        target = page.parent / path if path else page
        assert target.exists(), path
        if place:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert place in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    targets = set(re.findall(r"^([a-z]+):.*##", (_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    written = "".join(block for _, block in _blocks(page, "sh")) + "\n".join(re.findall(r"`([^`\n]+)`", text))
    assert set(_MAKE.findall(written)) <= targets


def test_the_reference_is_that_of_the_code(tmp_path: Path) -> None:
    with LocalArchive(build_archive(tmp_path, {"a.md": "La piscine ferme en juin.\n"})) as archive:
        made = reference(app_of(archive).openapi())
    assert (_ROOT / "docs" / "api.md").read_text(encoding="utf-8") == made, "run make docs"


def test_readme_lists_every_format_that_can_be_indexed() -> None:
    readme = (_ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`\.\w+`(?:, `\.\w+`)*) \| (.*) \|$", readme, re.MULTILINE)
    listed = [(sorted(re.findall(r"\.\w+", suffixes)), holds) for suffixes, holds in rows]
    expected = [
        (sorted(suffix for suffix, other in FORMATS.items() if other == format_), format_.holds)
        for format_ in dict.fromkeys(FORMATS.values())
    ]
    assert sorted(listed) == sorted(expected), "copy the rows of index.read.formats.FORMATS to README.md"


def _listed_files(tree: str) -> Iterator[str]:
    """Give the modules that a tree lists: a folder ends in a slash, and its files are below it or on its line."""
    folders: dict[int, str] = {}
    for line in tree.splitlines():
        depth = len(line) - len(line.lstrip())
        above = "".join(name for indent, name in sorted(folders.items()) if indent < depth)
        entry = line.split()[0]
        if entry.endswith("/"):
            folders = {indent: name for indent, name in folders.items() if indent < depth} | {depth: entry}
            above += entry
        yield from (above + name for name in re.findall(r"\b\w+\.py\b", line))


def test_architecture_lists_every_module_once() -> None:
    text = (_ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (tree,) = (block for _, block in _BLOCK.findall(text) if block.startswith("index/"))
    modules = [file for folder in ("index", "qa", "eval") for file in (_ROOT / folder).rglob("*.py")]
    assert sorted(_listed_files(tree)) == sorted(
        str(file.relative_to(_ROOT)) for file in modules if file.name != "__init__.py"
    ), "list every module once in ARCHITECTURE.md"
    for path in re.findall(r"`((?:index|qa|eval|tests|docs)/[\w/.]+)`", text):
        assert (_ROOT / path).exists(), path


def test_every_setting_is_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (_ROOT / "docs" / "operations.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    settings = {f"NEWSQA_{field.name.upper()}" for field in fields(Settings) if field.name != "traces"}
    assert named == settings | {"OTEL_EXPORTER_OTLP_ENDPOINT"}
