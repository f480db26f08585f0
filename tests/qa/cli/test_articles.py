"""The commands for the articles of an archive, with the real model."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.model.cache import Model

_COMMAND = Path(sys.executable).with_name("newsqa")


@pytest.fixture(autouse=True)
def _prepared(model: Model) -> None:
    """Prepare the model before commands are run."""


@pytest.fixture
def data(seeds: Path, tmp_path: Path) -> Path:
    """A copy of the archive of seeds/."""
    return shutil.copytree(seeds, tmp_path / "data")


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "NEWSQA_DATA"}
    command = [str(_COMMAND), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def _articles(data: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(_run("articles", "--data", data, "--json").stdout)["articles"]
    return listed


def test_show_prints_an_article_whole(seeds: Path) -> None:
    first, second = _articles(seeds)[:2]
    shown = _run("show", first["id"], "--data", seeds).stdout
    fields, *_ = (json.loads(line) for line in _run("show", first["id"], "--json", "--data", seeds).stdout.splitlines())
    assert fields["text"] in shown
    assert {name: fields[name] for name in first} == first
    assert len(_run("show", first["id"], second["id"], first["id"], "--json", "--data", seeds).stdout.splitlines()) == 2


def test_exported_articles_index_to_the_same_articles(seeds: Path, tmp_path: Path) -> None:
    exported = tmp_path / "out" / "articles.jsonl"
    exported.parent.mkdir()
    assert _run("export", "--output", exported, "--data", seeds).returncode == 0
    assert _run("export", "--data", seeds).stdout == exported.read_text(encoding="utf-8")
    assert _run("index", exported, "--data", tmp_path / "copy").returncode == 0

    def without_ids(data: Path) -> list[tuple[Any, ...]]:
        lines = _run("show", *(article["id"] for article in _articles(data)), "--json", "--data", data).stdout
        articles = map(json.loads, lines.splitlines())
        return sorted(tuple(article[name] for name in ("title", "text", "url", "published")) for article in articles)

    assert without_ids(tmp_path / "copy") == without_ids(seeds)


def test_deleted_articles_are_found_no_more(data: Path) -> None:
    article = next(each for each in _articles(data) if "Kalinowski" in each["title"])
    assert json.loads(_run("delete", article["id"], "--json", "--data", data).stdout) == {"deleted": 1}
    assert article["id"] not in {each["id"] for each in _articles(data)}
    answer = json.loads(_run("ask", "why did Kalinowski leave?", "--json", "--data", data).stdout)
    assert article["id"] not in {passage["article_id"] for passage in answer["passages"]}
    assert json.loads(_run("doctor", "--no-embed", "--json", "--data", data).stdout)["problems"] == []


@pytest.mark.parametrize("command", ["show", "delete"])
def test_an_unknown_id_changes_nothing_and_is_reported(data: Path, command: str) -> None:
    listed = _articles(data)
    result = _run(command, listed[0]["id"], "nowhere", "--data", data)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "newsqa: no article has the id nowhere: list the articles with newsqa articles\n"
    assert _articles(data) == listed
