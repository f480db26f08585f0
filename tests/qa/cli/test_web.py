"""The commands that fetch from the web, over a site on this machine."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import write_files
from tests.index.web.site import Reply, Site, page
from tests.qa.cli.command import COMMAND, environment, run

_HARBOR = (
    "The new harbor of Brel opened on Tuesday after six years of work. It cost the town forty-one million euros. "
    "Mayor Ilsa Korn said that the first ferry to Tarn leaves on Friday at noon."
)
_SNOW = (
    "Snow has closed the pass above Tarn since Tuesday evening. Forty drivers spent the night in a school. "
    "The road service of the canton hopes to open one lane by Thursday."
)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/harbor": page(_HARBOR, "The harbor"), "/snow": page(_SNOW, "Snow")}) as site:
        yield site


def _run(folder: Path, site: Site, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(*arguments, "--data", folder / "data", **_allowed(site))


def _allowed(site: Site) -> dict[str, str]:
    return {"NEWSQA_FETCH_PRIVATE": "127.0.0.1", "NEWSQA_FETCH_PORTS": str(site.port)}


def _json(result: subprocess.CompletedProcess[str]) -> Any:
    assert result.stdout, result.stderr
    return json.loads(result.stdout)


def test_addresses_are_indexed_beside_folders_and_their_articles_are_quoted(tmp_path: Path, site: Site) -> None:
    write_files(tmp_path, {"news/pool.md": "The municipal pool closes in June."})
    addresses = (f"{site.url}/harbor", f"{site.url}/snow2", "ftp://news.example/snow")
    first = _run(tmp_path, site, "index", tmp_path / "news", *addresses, "--json")
    summary = _json(first)
    assert first.returncode == 1
    assert (summary["added"], summary["articles"]) == (2, 2)
    assert sorted(summary["problems"]) == [
        "ftp://news.example/snow: not an http or https address: write it as https://news.example/story",
        f"{site.url}/snow2: the server answers 404 Not Found: check the address",
    ]
    answer = _json(_run(tmp_path, site, "ask", "How much did the harbor of Brel cost?", "--json"))
    citation = answer["citations"][0]
    assert citation["cited_text"] == "It cost the town forty-one million euros."
    assert citation["url"] == f"{site.url}/harbor"
    site.pages |= {"/snow2": site.pages["/snow"], "/harbor": page(f"{_HARBOR} The last ferry leaves at ten.")}
    # What is no address of the web is not tried again.
    retried = _run(tmp_path, site, "index", tmp_path / "news", f"{site.url}/harbor", "--retry", "--prune")
    assert retried.returncode == 0
    assert "1 new, 1 changed, 1 unchanged: 3 articles in the archive" in retried.stderr


def test_feeds_are_kept_and_updated(tmp_path: Path, site: Site) -> None:
    feed = f"{site.url}/feed"
    site.pages["/feed"] = Reply(b"<rss><channel><title>Tarn</title><item><link>/snow</link></item></channel></rss>")
    assert "no feeds: add one with newsqa feeds add URL" in _run(tmp_path, site, "feeds", "update").stderr
    assert _json(_run(tmp_path, site, "feeds", "add", feed, f"{site.url}/gone", "--json"))["added"][0] == feed
    updated = _run(tmp_path, site, "feeds", "update", "--json")
    assert (updated.returncode, _json(updated)["added"], len(_json(updated)["problems"])) == (1, 1, 1)
    listed = _json(_run(tmp_path, site, "feeds", "list", "--json"))
    assert [(each["url"], each["title"], each["failures"]) for each in listed] == [
        (feed, "Tarn", 0),
        (f"{site.url}/gone", None, 1),
    ]
    assert _run(tmp_path, site, "feeds", "remove", f"{site.url}/gone").returncode == 0
    assert "write a time of a minute or more" in _run(tmp_path, site, "feeds", "update", "--schedule", "5s").stderr
    command = [str(COMMAND), "feeds", "update", "--schedule", "1h", "--json", "--data", str(tmp_path / "data")]
    # A shell that runs the tests in the background has them ignore what Ctrl-C sends.
    reset_sigint = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    variables = environment(**_allowed(site))
    process = subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True, preexec_fn=reset_sigint)  # noqa: PLW1509
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["problems"] == []
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def test_without_the_extra_a_message_says_what_to_install(tmp_path: Path) -> None:
    script = 'import sys; sys.modules["feedparser"] = None; from qa.cli.main import main; main()'
    for arguments in (
        ["index", "https://news.example/"],
        ["feeds", "add", "https://news.example/"],
        ["feeds", "update"],
    ):
        command = [sys.executable, "-c", script, *arguments, "--data", str(tmp_path / "data")]
        result = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
        if arguments[1] != "add":
            assert result.returncode == 1
            expected = "feedparser is not installed, which web addresses and feeds need: run pip install 'newsqa[web]'"
            assert result.stderr == f"newsqa: {expected}\n"
        else:
            assert result.returncode == 0


def test_something_to_index_is_required(tmp_path: Path) -> None:
    result = run("index", "--data", tmp_path / "data")
    assert result.returncode == 2
    assert "name files, folders or web addresses" in result.stderr
