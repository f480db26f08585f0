"""An update that is interrupted and repeated gives the same archive as one that is not."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any

import pytest

from index.local.doctor import examine
from index.model.cache import Model
from index.model.embed import Embedder
from index.process import ArticleProcessor
from tests.fakes import identifier, write_files
from tests.index.web.site import Answer, Reply, Site, page
from tests.qa.cli.command import COMMAND, environment
from tests.torture.rounds import rounds
from tests.torture.served import report

_SIGNALS = {
    signal.SIGINT: (130, -signal.SIGINT),
    signal.SIGTERM: (-signal.SIGTERM,),
    signal.SIGKILL: (-signal.SIGKILL,),
}
_ARTICLES = 90  # lines of the file in JSON Lines
_HOSTS = ("127.0.0.2", "127.0.0.3", "127.0.0.4")  # fetched at the same time; each gets one request a second
_WORDS = "pont grue port neige mairie école vote budget train quai 港口 الجسر hiver ferry harbor council strike".split()
_TABLES = {
    "articles": "*",
    "passages": 'id, article_id, "start", "end", language, sentences, embedding',
    "embeddings": "*",
    "tokens": "*",
    "versions": "article_id, version, content",
    "provenance": "*",
}


def _sentences(random: Random, count: int) -> str:
    return " ".join(
        " ".join(random.choices(_WORDS, k=random.randrange(4, 20))).capitalize() + "." for _ in range(count)
    )


def _write(folder: Path, seed: int) -> list[Path]:
    """Write files of several formats; with another seed some are changed, and others are new or gone."""
    random, files = Random(seed), folder / "news"  # noqa: S311 - reproducible
    same = Random(0)  # noqa: S311
    shutil.rmtree(files, ignore_errors=True)
    texts = {f"same{number}.md": f"# Same {number}\n\n{_sentences(same, 3)}" for number in range(8)}
    texts |= {f"changed{number}.txt": _sentences(random, 4) for number in range(8)}
    texts |= {f"new{seed}/{number}.md": f"# New {number}\n\n{_sentences(random, 3)}" for number in range(4)}
    texts |= {"page.html": f"<html><body><article><p>{_sentences(random, 6)}</p></article></body></html>"}
    texts |= {"letter.eml": f"Subject: Letter\nDate: Thu, 12 Feb 2026 10:00:00 +0000\n\n{_sentences(random, 3)}"}
    texts |= {"table.csv": "title,text\n" + "".join(f"Row {n},{_sentences(random, 2)}\n" for n in range(6))}
    texts |= {"empty.md": "", "notes.xyz": "another format"}
    url = {"url": "https://news.example/story", "title": "Story"}
    texts |= {
        f"story{number}.json": json.dumps(url | {"date": f"2026-02-0{number}", "text": _sentences(random, 3)})
        for number in (1, 3, 2)
    }
    write_files(files, texts)
    with zipfile.ZipFile(files / "packed.zip", "w") as packed:
        for number in range(4):
            packed.writestr(f"{number}.md", _sentences(random, 3))
    lines = [{"title": f"Line {n}", "text": _sentences(same if n % 3 else random, 2)} for n in range(_ARTICLES)]
    dump = folder / "dump.jsonl"
    dump.write_text("\n".join(map(json.dumps, lines)) + "\nno JSON\n", encoding="utf-8")
    return [files, dump]


def _pages(port: int, seed: int) -> dict[str, Answer]:
    """Return a feed of pages on several hosts, and their pages."""
    random = Random(seed)  # noqa: S311 - reproducible
    links = [f"http://{host}:{port}/{number}" for host in _HOSTS for number in range(2)]
    items = "".join(f"<item><link>{link}</link></item>" for link in [*links, f"http://{_HOSTS[0]}:{port}/gone"])
    whole = f"<item><guid>w</guid><content:encoded><![CDATA[<p>{_sentences(random, 2)}</p>]]></content:encoded></item>"
    feed = '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Tarn</title>'
    pages = {f"/{number}": page(_sentences(random, 4), f"Page {number}") for number in range(2)}
    return {"/feed": Reply(f"{feed}{items}{whole}</channel></rss>".encode()), **pages}


class _Updates:
    """Runs the same update, whole or interrupted, from the same first state of an archive."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._folder = folder
        self._site = site
        self._first = folder / "first"
        self.data = folder / "data"  # the same path each time
        self._variables = environment(
            NEWSQA_FETCH_PRIVATE="127.0.0.0/8", NEWSQA_FETCH_PORTS=str(site.port), NEWSQA_DATA=str(self.data)
        )
        self._paths = self._prepare(1)
        self.run()
        self.data.rename(self._first)
        self._prepare(2)

    def _prepare(self, seed: int) -> list[Path]:
        self._site.pages = _pages(self._site.port, seed)
        return _write(self._folder, seed)

    def begin_again(self, *, empty: bool) -> None:
        """Replace the archive by its first state, or delete it."""
        shutil.rmtree(self.data, ignore_errors=True)
        if not empty:
            shutil.copytree(self._first, self.data)

    def _start(self) -> subprocess.Popen[str]:
        feed = f"http://127.0.0.1:{self._site.port}/feed"
        command = [str(COMMAND), "index", *map(str, self._paths), feed, "--prune", "--json"]
        # A shell that runs the tests in the background has them ignore what Ctrl-C sends.
        reset_sigint = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return subprocess.Popen(
            command,
            env=self._variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=reset_sigint,  # noqa: PLW1509
        )

    def run(self) -> dict[str, Any]:
        """Run the update to its end; return its summary."""
        with self._start() as process:
            output, errors = process.communicate(timeout=300)
        assert process.returncode == 1, errors  # of the problems
        summary: dict[str, Any] = json.loads(output)
        return summary

    def interrupt(self, sent: signal.Signals, seconds: float) -> bool:
        """Send a signal to the update after some seconds; return whether that ended it."""
        with self._start() as process:
            time.sleep(seconds)
            process.send_signal(sent)
            _, errors = process.communicate(timeout=300)
        if process.returncode == 1:
            return False
        assert process.returncode in _SIGNALS[sent], errors
        return True

    def content(self) -> Mapping[str, object]:
        """Return all that the archive holds, without numbers and moments that may differ."""
        with closing(sqlite3.connect(self.data / "catalog.sqlite")) as database:
            rows = {
                table: sorted(database.execute(f"SELECT {columns} FROM {table}"), key=repr)
                for table, columns in _TABLES.items()
            }
        refused = json.loads((self.data / "refused.json").read_text(encoding="utf-8"))["refused"]
        return rows | {"refused": sorted(each["url"] for each in refused)}


@pytest.fixture
def updates(tmp_path: Path, model: Model) -> Iterator[_Updates]:
    """Updates on the real model; the site is served at all addresses of the loopback network."""
    with Site(host="0.0.0.0") as site:  # noqa: S104
        yield _Updates(tmp_path, site)


@pytest.mark.timeout(7200)
def test_an_interrupted_update_that_is_repeated_gives_the_archive_of_an_uninterrupted_one(
    updates: _Updates, embedder: Embedder, capsys: pytest.CaptureFixture[str]
) -> None:
    updates.begin_again(empty=False)
    began = time.perf_counter()
    summary = updates.run()
    duration = time.perf_counter() - began
    expected = {False: updates.content()}
    assert all(summary[name] for name in ("added", "updated", "unchanged", "superseded", "pruned")), summary
    counts: Counter[str] = Counter()
    random = Random(int(os.environ.get("NEWSQA_TORTURE_SEED", "1")))  # noqa: S311 - reproducible
    signals = cycle(_SIGNALS)
    for number in range(rounds(3, 50)):
        sent, empty = next(signals), number % 4 == 3
        if empty and empty not in expected:
            updates.begin_again(empty=True)
            updates.run()
            expected[empty] = updates.content()
        updates.begin_again(empty=empty)
        seconds = random.random() * duration
        while not updates.interrupt(sent, seconds):
            updates.begin_again(empty=empty)
            seconds *= 0.8
        counts[sent.name] += 1
        updates.run()
        actual = updates.content()
        for name, rows in expected[empty].items():
            assert actual[name] == rows, f"round {number}, {sent.name} after {seconds:.2f} s: {name}"
        assert examine(updates.data, ArticleProcessor(embedder, identifier()), share=0.1).problems == []
    report(capsys, f"interrupted and repeated: {dict(counts)}, an update takes {duration:.1f} s")
