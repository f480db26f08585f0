"""Index the same articles on one host, on two, and on two of which one is lost half-way, and compare the vectors."""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from eval.hosts.cluster import ADDRESS, Cluster, missing
from index.errors import NoArchive
from index.local.archive import reader
from index.local.whole import whole

_SEEDS = Path(__file__).parents[2] / "seeds"
_SENTENCE = re.compile(r"[^\s#>*|-][^.!?\n]{40,160}[.!?](?=\s)")
_SENTENCES = 3  # of an article, which then is one short passage
_POLL = 0.2  # seconds


def write_articles(file: Path, passages: int, seed: int = 0) -> None:
    """Write articles of one short passage each: sentences of seeds/ in random order, so that no two are equal."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    sentences = sorted({each for path in _SEEDS.glob("*.md") for each in _SENTENCE.findall(path.read_text("utf-8"))})
    with file.open("w", encoding="utf-8") as lines:
        for number in range(passages):
            text = " ".join(chance.sample(sentences, _SENTENCES))
            article = {"title": f"Report {number}", "text": text, "url": f"https://reports.example/{number}"}
            lines.write(json.dumps(article, ensure_ascii=False) + "\n")


def run(
    command: list[str], data: Path, at: int = 0, then: Callable[[], None] = lambda: None
) -> tuple[float, dict[str, int]]:
    """Run an update; call `then` when `data` has `at` vectors. Return the seconds, and the passages of each host."""
    start = time.monotonic()
    with subprocess.Popen([*command, "--data", str(data), "--json"], stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            time.sleep(_POLL)
            if at and embedded(data) >= at:
                then()
                at = 0
        seconds = time.monotonic() - start
        if process.returncode or process.stdout is None:
            raise SystemExit("the update failed")
        hosts: dict[str, int] = json.loads(process.stdout.read())["hosts"]
    return seconds, hosts


def embedded(data: Path) -> int:
    """Return the number of vectors in an archive, 0 if there is none."""
    try:
        with reader(data) as opened:
            return opened.counts()["embeddings"]
    except NoArchive:
        return 0


def differing(data: Path, other: Path) -> int:
    """Return how many passages of two archives do not have the same vectors and token codes, byte for byte."""
    with whole(data) as one, whole(other) as two:
        ours, theirs = dict(one.used_vectors()), dict(two.used_vectors())
    return len(ours.keys() ^ theirs.keys()) + sum(
        not (
            np.array_equal(ours[key].vector, theirs[key].vector)
            and np.array_equal(ours[key].tokens.counts, theirs[key].tokens.counts)
            and np.array_equal(ours[key].tokens.codes, theirs[key].tokens.codes)
        )
        for key in ours.keys() & theirs.keys()
    )


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m eval.hosts", description=__doc__)
    parser.add_argument("--passages", type=int, default=2000)
    parser.add_argument("--quota", type=float, default=0.6, help="cores of each host")
    options = parser.parse_args()
    if lacking := missing():
        raise SystemExit(f"skipped: {lacking}")
    with tempfile.TemporaryDirectory(prefix="nqa") as scratch:
        folder, passages = Path(scratch), options.passages
        file = folder / "articles.jsonl"
        write_articles(file, passages)
        seconds: dict[str, float] = {}

        def measure(name: str, command: list[str], at: int = 0, then: Callable[[], None] = lambda: None) -> None:
            seconds[name], hosts = run(command, folder / name, at, then)
            shares = ", ".join(f"{count} on {host}" for host, count in hosts.items()) or "this process"
            different = differing(folder / name, folder / "alone")
            print(f"{name:10} {seconds[name]:6.1f} s   {shares}; {different} vectors differ", flush=True)

        measure("alone", [sys.executable, "-m", "qa.cli.main", "index", str(file)])
        with Cluster(folder / "r", options.quota) as cluster:
            command = cluster.command("index", file, "--engine", ADDRESS)
            cluster.start()
            measure("one", command)
            second = cluster.start()
            measure("two", command)
            measure("lost", command, passages // 2, lambda: cluster.lose(second))
    expected = (seconds["one"] + seconds["two"]) / 2
    print(f"two hosts take {seconds['two'] / seconds['one']:.2f} of the time of one")
    print(f"with one of two lost half-way, {seconds['lost'] - expected:+.1f} s beside half of each ({expected:.1f} s)")


if __name__ == "__main__":
    main()
