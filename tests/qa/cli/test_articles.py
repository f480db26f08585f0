"""The commands for the articles of an archive, with the real model."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from index.errors import ArchiveError
from index.local.catalog import FILE
from qa.cli.articles import _replaced
from tests.qa.cli.command import run


def _articles(data: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(run("articles", "--data", data, "--json").stdout)["articles"]
    return listed


def test_show_prints_an_article_whole(seeds: Path) -> None:
    first, second = _articles(seeds)[:2]
    shown = run("show", first["id"], "--data", seeds).stdout
    fields, *_ = (json.loads(line) for line in run("show", first["id"], "--json", "--data", seeds).stdout.splitlines())
    assert fields["text"] in shown
    assert {name: fields[name] for name in first} == first
    assert len(run("show", first["id"], second["id"], first["id"], "--json", "--data", seeds).stdout.splitlines()) == 2


def test_an_export_overwrites_no_file_of_the_archive(data: Path) -> None:
    before = (data / FILE).stat().st_size
    refused = run("export", "--output", data / FILE, "--data", data)
    assert refused.returncode == 1
    assert "inside the data folder" in refused.stderr
    assert (data / FILE).stat().st_size == before > 0


def test_an_export_through_another_name_of_the_archive_leaves_it(data: Path, tmp_path: Path) -> None:
    exported = tmp_path / "articles.jsonl"
    os.link(data / FILE, exported)
    before = (data / FILE).read_bytes()
    assert run("export", "--output", exported, "--data", data).returncode == 0
    assert (data / FILE).read_bytes() == before
    assert json.loads(exported.read_text(encoding="utf-8").splitlines()[0])["text"]


def test_an_export_into_a_missing_folder_names_the_file_that_was_given(seeds: Path, tmp_path: Path) -> None:
    refused = run("export", "--output", tmp_path / "missing" / "articles.jsonl", "--data", seeds)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert f"{tmp_path / 'missing' / 'articles.jsonl'}: No such file or directory" in refused.stderr


def test_an_export_that_fails_leaves_the_one_before(tmp_path: Path) -> None:
    exported = tmp_path / "articles.jsonl"
    exported.write_text("{}", encoding="utf-8")
    writing = _replaced(exported)
    writing.__enter__().write("half")
    assert not writing.__exit__(ArchiveError, ArchiveError("damaged"), None)
    assert [(each.name, each.read_text(encoding="utf-8")) for each in tmp_path.iterdir()] == [("articles.jsonl", "{}")]


def test_exported_articles_index_to_the_same_articles(seeds: Path, tmp_path: Path) -> None:
    exported = tmp_path / "out" / "articles.jsonl"
    exported.parent.mkdir()
    assert run("export", "--output", exported, "--data", seeds).returncode == 0
    assert run("export", "--data", seeds).stdout == exported.read_text(encoding="utf-8")
    assert run("index", exported, "--data", tmp_path / "copy").returncode == 0

    def without_ids(data: Path) -> list[tuple[Any, ...]]:
        lines = run("show", *(article["id"] for article in _articles(data)), "--json", "--data", data).stdout
        articles = map(json.loads, lines.splitlines())
        return sorted(tuple(article[name] for name in ("title", "text", "url", "published")) for article in articles)

    assert without_ids(tmp_path / "copy") == without_ids(seeds)


def test_deleted_articles_are_found_no_more(data: Path) -> None:
    article = next(each for each in _articles(data) if "Kalinowski" in each["title"])
    assert json.loads(run("delete", article["id"], "--json", "--data", data).stdout) == {"deleted": 1}
    assert article["id"] not in {each["id"] for each in _articles(data)}
    answer = json.loads(run("ask", "why did Kalinowski leave?", "--json", "--data", data).stdout)
    assert article["id"] not in {passage["article_id"] for passage in answer["passages"]}
    assert json.loads(run("doctor", "--no-embed", "--json", "--data", data).stdout)["problems"] == []


@pytest.mark.parametrize("command", ["show", "delete"])
def test_an_unknown_id_changes_nothing_and_is_reported(data: Path, command: str) -> None:
    listed = _articles(data)
    result = run(command, listed[0]["id"], "nowhere", "--data", data)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "newsqa: no article has the id nowhere: list the articles with newsqa articles\n"
    assert _articles(data) == listed
